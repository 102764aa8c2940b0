"""Which tokenizer and which text encoder a model was trained with."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from srgan.errors import ModelError
from srgan.files import sha256_file
from srgan.text.byte_tokenizer import ByteTokenizer
from srgan.text.file_tokenizer import FileTokenizer
from srgan.text.tokenizer import Tokenizer

__all__ = ["TOKENIZERS", "TextDescription"]

TOKENIZERS: dict[str, type[Tokenizer]] = {
    "bytes": ByteTokenizer,
    "file": FileTokenizer,
}


@dataclass(frozen=True)
class TextDescription:
    """What a model file says about the texts that it understands.

    Attributes:
        tokenizer: its description, with its `kind`.
        encoder: SHA-256 of the file of the text encoder, 64 hexadecimal digits.
    """

    tokenizer: Mapping[str, str | int]
    encoder: str

    @classmethod
    def of(cls, tokenizer: Tokenizer, encoder: Path) -> Self:
        """The description of a tokenizer and of the file of an encoder.

        Raises:
            ModelError: the encoder cannot be read.
        """
        return cls(tokenizer.to_json(), _hash(encoder))

    def to_json(self) -> dict[str, object]:
        """An object for JSON."""
        return {"tokenizer": dict(self.tokenizer), "encoder": self.encoder}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """What `to_json` made.

        Raises:
            ModelError: it is damaged, or the kind of tokenizer is not known.
        """
        tokenizer = value.get("tokenizer") if isinstance(value, dict) else None
        encoder = value.get("encoder") if isinstance(value, dict) else None
        if not isinstance(tokenizer, dict) or not isinstance(encoder, str):
            raise ModelError(f"the model's description of its text encoder is damaged: {value!r}")
        kind = tokenizer.get("kind")
        if kind not in list(TOKENIZERS):  # which may be anything, even what has no hash
            raise ModelError(f"the model reads texts with a tokenizer of the kind {kind!r} (known: {_known()})")
        return cls(tokenizer, encoder)

    def open_tokenizer(self, file: Path | None = None) -> Tokenizer:
        """The tokenizer that the model was trained with.

        Args:
            file: the tokenizer's file, for kinds that have one.

        Raises:
            ModelError: the description is damaged.
            UsageError: the file is missing, superfluous, or another one.
        """
        return TOKENIZERS[str(self.tokenizer["kind"])].from_json(self.tokenizer, file=file)

    def refuse_another(self, encoder: Path) -> None:
        """Check that the file of an encoder is the one that the model was trained with.

        Raises:
            ModelError: it is not, or it cannot be read.
        """
        found = _hash(encoder)
        if found != self.encoder:
            raise ModelError(
                f"{encoder} is not the text encoder that the model was trained with: "
                f"its sha256 is {found}, not {self.encoder}"
            )


def _hash(encoder: Path) -> str:
    try:
        return sha256_file(encoder)
    except OSError as error:
        raise ModelError(f"the text encoder {encoder} cannot be read: {error.strerror}") from None


def _known() -> str:
    return ", ".join(sorted(TOKENIZERS))
