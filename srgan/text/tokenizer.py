"""What every tokenizer is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError

__all__ = ["Tokenizer", "recorded"]

Value = TypeVar("Value", str, int)


class Tokenizer(Protocol):
    """From prepared texts to numbers, which a text encoder reads.

    Attributes:
        kind: the name in descriptions.
    """

    kind: ClassVar[str]

    @property
    def length(self) -> int:
        """Tokens of every text, with padding."""
        ...

    @property
    def vocabulary(self) -> int:
        """How many different tokens there are; all are below this number."""
        ...

    def __call__(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Tokens of texts, ``(B, length)``; what is too long is cut, what is too short is padded at the end."""
        ...

    def to_json(self) -> dict[str, str | int]:
        """What a model file records; `from_json` makes the same tokenizer of it."""
        ...

    @classmethod
    def from_json(cls, description: Mapping[str, object], *, file: Path | None = None) -> Self:
        """The tokenizer that was described.

        Args:
            description: as `to_json` made it.
            file: the tokenizer's file, for kinds that have one.

        Raises:
            ModelError: the description is damaged.
            UsageError: a file is missing, superfluous, or another one.
        """
        ...


def recorded(description: Mapping[str, object], name: str, kind: type[Value]) -> Value:
    """An entry of a description.

    Raises:
        ModelError: it is not there, or of another type.
    """
    value = description.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ModelError(f"the model's description of its tokenizer is damaged: {name} is {value!r}")
    return value
