"""Where a model is to run, as people write it: ``auto``, ``cpu``, ``cuda:1``, ``cuda:0,cuda:1``, ``cpu,cpu``."""

import re
from typing import Literal, NamedTuple, TypeAlias

from srgan.errors import UsageError

__all__ = ["Device", "Kind", "Place", "place_of", "places_of"]

Device: TypeAlias = str
"""``"auto"``, ``"cpu"``, ``"cuda"`` or ``"tensorrt"``; for GPUs with a number, ``"cuda:1"``; some things take several,
separated by commas."""

Kind = Literal["auto", "cpu", "cuda", "tensorrt"]

_FORM = re.compile(r"(auto|cpu)|(cuda|tensorrt)(?::(\d{1,3}))?")
_MOST = 64
_KNOWN = "auto, cpu, cuda, cuda:1, tensorrt, or several of a kind: cuda:0,cuda:1"


class Place(NamedTuple):
    """One device.

    Attributes:
        kind: what it is, and how it is used.
        number: which of the GPUs.
        share: how many workers share the cores of a CPU.
    """

    kind: Kind
    number: int = 0
    share: int = 1


def places_of(device: Device) -> tuple[Place, ...]:
    """The devices that a text names.

    Raises:
        UsageError: it names none, or devices of different kinds, whose results would differ.
    """
    names = [name.strip() for name in device.split(",")]
    matches = [_FORM.fullmatch(name) for name in names]
    found = [(match[1] or match[2], int(match[3] or 0)) for match in matches if match is not None]
    if len(found) < len(names) or len(found) > _MOST:
        raise UsageError(f"{device!r} is no device; one of: {_KNOWN}")
    kinds = {kind for kind, _ in found}
    if len(kinds) > 1:
        raise UsageError(f"{device!r} mixes devices whose results differ; name several of one kind")
    if len(found) > 1 and "auto" in kinds:
        raise UsageError(f"{device!r} names several devices that are to be chosen; say which, or only auto")
    share = len(found) if kinds == {"cpu"} else 1
    return tuple(Place(kind, number, share) for kind, number in found)  # type: ignore[arg-type]


def place_of(device: Device | Place) -> Place:
    """The one device that a text names; a `Place` is one already.

    Raises:
        UsageError: it names none, or several.
    """
    if isinstance(device, Place):
        return device
    first, *others = places_of(device)
    if others:
        raise UsageError(f"{device!r} names several devices, and one is needed here")
    return first
