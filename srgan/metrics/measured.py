"""A number with what it says: numbers of different protocols are never compared."""

from collections.abc import Mapping
from dataclasses import dataclass

from srgan.errors import UsageError

__all__ = ["Measured", "ProtocolError", "check_comparable"]


class ProtocolError(UsageError):
    """Two numbers say different things, and must not be compared (exit code 2)."""


@dataclass(frozen=True)
class Measured:
    """A value of a metric, and how it was measured.

    Attributes:
        metric: its name, for instance ``"psnr_y"``.
        value: the number.
        protocol: all that another number must agree in to mean the same: by aspect (``"channel"``, ``"LR"``), in words.
    """

    metric: str
    value: float
    protocol: Mapping[str, str]

    def __sub__(self, other: "Measured") -> float:
        """How much larger this value is.

        Raises:
            ProtocolError: the other is of another metric or protocol.
        """
        self.check(other)
        return self.value - other.value

    def __lt__(self, other: "Measured") -> bool:
        """Whether this value is less; it is refused like the difference."""
        return self - other < 0.0

    def check(self, other: "Measured") -> None:
        """Refuse a number that says something else.

        Raises:
            ProtocolError: it is of another metric or protocol; the message names every aspect that differs.
        """
        if self.metric != other.metric:
            raise ProtocolError(f"{self.metric} and {other.metric} are different metrics and cannot be compared")
        check_comparable(self.protocol, other.protocol, what=f"these values of {self.metric}")


def check_comparable(one: Mapping[str, str], other: Mapping[str, str], *, what: str) -> None:
    """Refuse to put numbers of two protocols side by side.

    Args:
        one: protocol, by aspect.
        other: likewise.
        what: what would be compared, for the message.

    Raises:
        ProtocolError: names every aspect that differs, and how.
    """
    differing = [
        f"{aspect}: {one.get(aspect, 'not stated')} against {other.get(aspect, 'not stated')}"
        for aspect in dict.fromkeys([*one, *other])
        if one.get(aspect) != other.get(aspect)
    ]
    if differing:
        raise ProtocolError(f"{what} cannot be compared: they differ in {'; in '.join(differing)}")
