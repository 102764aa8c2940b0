"""Which pictures a training reads: folders, and pairs by name."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from srgan.errors import UsageError
from srgan.files import sha256_file
from srgan.images import list_pictures

__all__ = ["PairNames", "PairPaths", "data_hash", "pair_by_name"]

_SHOWN = 10


@dataclass(frozen=True)
class PairPaths:
    """One training pair; `low` is None where it is to be made from `high`."""

    high: Path
    low: Path | None


@dataclass(frozen=True)
class PairNames:
    """Two folders matched by name.

    Attributes:
        pairs: full and small pictures that belong together, by name.
        high_alone: full pictures without a small one.
        low_alone: small ones without a full one.
        alike: pictures of one folder that have the same name for this purpose (``a.png`` and ``a.jpg``).
    """

    pairs: list[PairPaths]
    high_alone: list[Path]
    low_alone: list[Path]
    alike: list[tuple[Path, Path]]

    @property
    def complete(self) -> bool:
        """Every picture has a partner."""
        return bool(self.pairs) and not self.high_alone and not self.low_alone

    @classmethod
    def of(cls, high: Path, low: Path, *, scale: int, key: str = "data") -> "PairNames":
        """Match two folders: ``0001.png`` with ``0001.png`` or ``0001x4.png``.

        Args:
            high: folder of the full pictures.
            low: folder of the small ones.
            scale: allows the suffix ``x{scale}`` of the DIV2K set.
            key: run-file section for messages.

        Raises:
            UsageError: a folder is not there or has no picture.
        """
        suffix = re.compile(rf"[_-]?x{scale}$", re.IGNORECASE)
        alike = []

        def stems(folder: Path, side: str, *, strip: bool) -> dict[str, Path]:
            named: dict[str, Path] = {}
            for path in list_pictures(folder, key=f"{key}.{side}"):
                stem = path.relative_to(folder).with_suffix("").as_posix()
                stem = suffix.sub("", stem) if strip else stem
                if stem in named:
                    alike.append((named[stem], path))
                named.setdefault(stem, path)
            return named

        highs, lows = stems(high, "high", strip=False), stems(low, "low", strip=True)
        return cls(
            [PairPaths(highs[name], lows[name]) for name in sorted(highs.keys() & lows.keys())],
            [highs[name] for name in sorted(highs.keys() - lows.keys())],
            [lows[name] for name in sorted(lows.keys() - highs.keys())],
            alike,
        )


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
    names = PairNames.of(high, low, scale=scale, key=key)
    for one, other in names.alike:
        raise UsageError(f"{key}: {one} and {other} have the same name; pairs need unique ones")
    alone = [f"{path} has no small picture in {low}" for path in names.high_alone]
    alone += [f"{path} has no full picture in {high}" for path in names.low_alone]
    if alone:
        more = f"\n  ... and {len(alone) - _SHOWN} more" if len(alone) > _SHOWN else ""
        raise UsageError(f"{key}: {len(alone)} pictures without a partner:\n  " + "\n  ".join(alone[:_SHOWN]) + more)
    return names.pairs


def data_hash(pairs: list[PairPaths]) -> str:
    """A sha256 over the names and contents of all pictures: which data a model was trained on."""
    digest = hashlib.sha256()
    for pair in pairs:
        for path in (pair.high, pair.low):
            if path is not None:
                digest.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + sha256_file(path).encode() + b"\n")
    return digest.hexdigest()
