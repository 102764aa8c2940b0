"""Which pictures a training reads: folders, and pairs by name."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from srgan.errors import UsageError
from srgan.files import sha256_file
from srgan.images import list_pictures

__all__ = ["PairPaths", "data_hash", "pair_by_name"]

_SHOWN = 10


@dataclass(frozen=True)
class PairPaths:
    """One training pair; `low` is None where it is to be made from `high`."""

    high: Path
    low: Path | None


def pair_by_name(high: Path, low: Path, *, scale: int, key: str = "data") -> list[PairPaths]:
    """Pair two folders by name: ``0001.png`` with ``0001.png`` or ``0001x4.png``.

    Args:
        high: folder of the full pictures.
        low: folder of the small ones.
        scale: allows the suffix ``x{scale}`` of the DIV2K set.
        key: run-file section for messages.

    Raises:
        UsageError: names every picture without a partner.
    """
    suffix = re.compile(rf"[_-]?x{scale}$", re.IGNORECASE)

    def stems(folder: Path, side: str, *, strip: bool) -> dict[str, Path]:
        named: dict[str, Path] = {}
        for path in list_pictures(folder, key=f"{key}.{side}"):
            stem = path.relative_to(folder).with_suffix("").as_posix()
            stem = suffix.sub("", stem) if strip else stem
            if stem in named:
                raise UsageError(f"{key}.{side}: {named[stem]} and {path} have the same name; pairs need unique ones")
            named[stem] = path
        return named

    highs, lows = stems(high, "high", strip=False), stems(low, "low", strip=True)
    alone = [f"{highs[name]} has no small picture in {low}" for name in sorted(highs.keys() - lows.keys())]
    alone += [f"{lows[name]} has no full picture in {high}" for name in sorted(lows.keys() - highs.keys())]
    if alone:
        more = f"\n  ... and {len(alone) - _SHOWN} more" if len(alone) > _SHOWN else ""
        raise UsageError(f"{key}: {len(alone)} pictures without a partner:\n  " + "\n  ".join(alone[:_SHOWN]) + more)
    return [PairPaths(highs[name], lows[name]) for name in sorted(highs)]


def data_hash(pairs: list[PairPaths]) -> str:
    """A sha256 over the names and contents of all pictures: which data a model was trained on."""
    digest = hashlib.sha256()
    for pair in pairs:
        for path in (pair.high, pair.low):
            if path is not None:
                digest.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + sha256_file(path).encode() + b"\n")
    return digest.hexdigest()
