"""Tokenizers of other people's sentence encoders, from their ``tokenizer.json``."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.text.tokenizer import recorded

__all__ = ["FileTokenizer"]

# What the usual families call padding, where the file does not say it itself.
_PADDING = ("[PAD]", "<pad>", "<|endoftext|>")


class FileTokenizer:
    """A tokenizer from a file of the `tokenizers` package (extra ``srgan[text]``), as MiniLM and CLIP have one.

    Texts are cut and padded to `length` whatever the file says about that.

    Args:
        file: ``tokenizer.json``.
        length: tokens of every text, with those that mark its beginning and end.
        sha256: of the file that is expected; None takes any.

    Attributes:
        sha256: of the file.
        padding: number of the token that fills up short texts.

    Raises:
        UsageError: the package or the file is missing, the file is damaged or another one, or `length` leaves no room
            for a text.
    """

    kind: ClassVar[str] = "file"

    def __init__(self, file: Path, length: int, *, sha256: str | None = None) -> None:
        try:
            from tokenizers import Tokenizer
        except ModuleNotFoundError as error:
            raise UsageError(f"{file} needs the package tokenizers: pip install 'srgan[text]'") from error
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(f"the tokenizer file {file} cannot be read: {error.strerror}") from None
        self.sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in (None, self.sha256):
            raise UsageError(
                f"{file} is not the tokenizer that the model was trained with: "
                f"its sha256 is {self.sha256}, not {sha256}"
            )
        try:
            self._tokenizer = Tokenizer.from_buffer(content)
        except Exception as error:  # the package knows no narrower one
            raise UsageError(f"{file} is no tokenizer file, or is damaged: {error}") from None
        marks = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        if length <= marks:
            raise UsageError(f"length = {length} leaves no room for a text: {file} adds {marks} tokens of its own")
        self.length, self.vocabulary = length, self._tokenizer.get_vocab_size()
        self.padding, token = self._padding()
        self._tokenizer.enable_truncation(max_length=length)
        self._tokenizer.enable_padding(length=length, pad_id=self.padding, pad_token=token)

    def _padding(self) -> tuple[int, str]:
        """Number and name of the token that fills up short texts."""
        own = self._tokenizer.padding
        if own is not None:
            return own["pad_id"], own["pad_token"]
        known = ((self._tokenizer.token_to_id(token), token) for token in _PADDING)
        return next(((number, token) for number, token in known if number is not None), (0, _PADDING[0]))

    def __call__(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of texts, ``(B, length)``."""
        return self.with_mask(texts)[0]

    def with_mask(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Tokens of texts, and 1 for each that is no padding; both ``(B, length)``."""
        # One by one: a batch is given to threads, and processes that fork later would be warned about them.
        encoded = [self._tokenizer.encode(text) for text in texts]
        shape = (len(encoded), self.length)
        tokens = np.array([one.ids for one in encoded], np.int64).reshape(shape)
        return tokens, np.array([one.attention_mask for one in encoded], np.int64).reshape(shape)

    def to_json(self) -> dict[str, str | int]:
        """What a model file records: not the file, but its hash."""
        return {"kind": self.kind, "length": self.length, "sha256": self.sha256}

    @classmethod
    def from_json(cls, description: Mapping[str, object], *, file: Path | None = None) -> Self:
        """The tokenizer that was described.

        Args:
            description: as `to_json` made it.
            file: ``tokenizer.json``.

        Raises:
            ModelError: the description is damaged.
            UsageError: the file is missing or another one, or as for the class.
        """
        sha256, length = recorded(description, "sha256", str), recorded(description, "length", int)
        if file is None:
            raise UsageError(f"the model reads texts through a tokenizer file; name the one with the sha256 {sha256}")
        if length < 1:
            raise ModelError(f"the model's description of its tokenizer is damaged: length is {length}")
        return cls(file, length, sha256=sha256)
