"""Texts as the bytes of their UTF-8 form: every script, no vocabulary file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.text.tokenizer import recorded

__all__ = ["ByteTokenizer"]

_LONGEST = 4  # bytes of a character


class ByteTokenizer:
    """UTF-8 bytes, each its value + 1; 0 is padding.

    Args:
        length: tokens of every text. Longer texts are cut before the character that does not fit.

    Raises:
        ValueError: `length` is too short for some characters.
    """

    kind: ClassVar[str] = "bytes"
    vocabulary = 257

    def __init__(self, length: int = 96) -> None:
        if length < _LONGEST:
            raise ValueError(f"length = {length}; characters have up to {_LONGEST} bytes")
        self.length = length

    def __call__(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of texts, ``(B, length)``."""
        tokens = np.zeros((len(texts), self.length), np.int64)
        for row, text in zip(tokens, texts, strict=True):
            # Only the character at the cut can be damaged, and is dropped.
            whole = text.encode()[: self.length].decode(errors="ignore").encode()
            row[: len(whole)] = np.frombuffer(whole, np.uint8)
            row[: len(whole)] += 1
        return tokens

    def to_json(self) -> dict[str, str | int]:
        """What a model file records."""
        return {"kind": self.kind, "length": self.length}

    @classmethod
    def from_json(cls, description: Mapping[str, object], *, file: Path | None = None) -> Self:
        """The tokenizer that was described.

        Raises:
            ModelError: the description is damaged.
            UsageError: there is a file, which this kind does not have.
        """
        if file is not None:
            raise UsageError(f"the model reads texts byte by byte; leave out the tokenizer file {file}")
        try:
            return cls(recorded(description, "length", int))
        except ValueError as error:
            raise ModelError(f"the model's description of its tokenizer is damaged: {error}") from None
