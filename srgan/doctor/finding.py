"""The outcome of one check."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "State"]

State = Literal["ok", "note", "problem"]
"""A note is worth knowing and no fault: something runs slower, or is not there and may not be needed."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at, in one or two words.
        state: how it is.
        detail: one sentence.
        repair: the command that repairs it, where there is one.
    """

    check: str
    state: State
    detail: str
    repair: str | None = None
