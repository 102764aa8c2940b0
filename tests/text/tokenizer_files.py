"""Files of the tokenizers package, small ones."""

import json
from pathlib import Path
from typing import Any

WORDS = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "red": 4, "apple": 5, "a": 6}


def word_file(path: Path, *, marks: bool = True, **changes: Any) -> Path:  # noqa: ANN401
    """A tokenizer of the words of WORDS, lower case, with marks at the beginning and the end."""
    template = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]
    ends = {name: {"id": name, "ids": [WORDS[name]], "tokens": [name]} for name in ("[CLS]", "[SEP]")}
    content: dict[str, Any] = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [*template, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": template,
            "special_tokens": ends,
        }
        if marks
        else None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": WORDS, "unk_token": "[UNK]"},
    }
    path.write_text(json.dumps({**content, **changes}), encoding="utf-8")
    return path
