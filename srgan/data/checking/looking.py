"""One picture, or one pair, read once: what can be said of it without the others."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.data.checking.blockiness import JPEG_TRACES, blockiness
from srgan.data.checking.finding import Finding
from srgan.data.checking.likeness import Fingerprint, fingerprint
from srgan.data.checking.reduction import EXPECTED, KERNELS, Origin, middle, origin, reduced
from srgan.data.checking.shift import SHIFTED, shift
from srgan.data.folders import PairPaths
from srgan.errors import PictureError
from srgan.images import Picture, crop_to_multiple, read

__all__ = ["Look", "look"]

_WITHOUT_LOSS = ("PNG", "TIFF", "BMP", "PPM")
_COMPARED = 24  # least side of a small picture whose kernel and shift are looked for
_WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass
class Look:
    """What was seen of a picture or a pair.

    Attributes:
        path: the full picture.
        digest: sha256 of its size and pixels; None if it cannot be read.
        fingerprint: what it looks like.
        origin: which kernel made its small picture, where there is one.
        findings: what is wrong with it by itself.
    """

    path: Path
    digest: str | None = None
    fingerprint: Fingerprint | None = None
    origin: Origin | None = None
    findings: list[Finding] = field(default_factory=list)


def look(paths: PairPaths, *, scale: int, patch: int) -> Look:
    """Read a picture, and its small one if there is one.

    Args:
        paths: where they are.
        scale: HR pixels per LR pixel.
        patch: least side of the small picture.
    """
    seen = Look(paths.high)
    high = _read(paths.high, seen)
    low = None if paths.low is None else _read(paths.low, seen)
    if high is None:
        return seen
    luma = _luma(high)
    seen.digest = hashlib.sha256(repr(high.rgb.shape).encode() + np.ascontiguousarray(high.rgb).tobytes()).hexdigest()
    seen.fingerprint = fingerprint(luma)
    seen.findings += _sizes(paths.high, high, scale, patch)
    traces = blockiness(luma) if high.info.format in _WITHOUT_LOSS else None
    if traces is not None and traces >= JPEG_TRACES:
        message = f"traces of JPEG in a {high.info.format} file: blockiness {traces:.2f} (limit {JPEG_TRACES:g})"
        seen.findings.append(Finding("jpeg_traces", paths.high, message))
    if low is not None and paths.low is not None:
        _compare(seen, paths.low, crop_to_multiple(luma, scale), _luma(low), scale)
    return seen


def _read(path: Path, seen: Look) -> Picture | None:
    try:
        return read(path)
    except PictureError as error:
        seen.findings.append(Finding("unreadable", path, str(error)))
        return None


def _luma(picture: Picture) -> NDArray[np.float32]:
    """0 to 255, whatever the depth."""
    luma = picture.rgb.astype(np.float32) @ _WEIGHTS
    return np.asarray(luma / 257 if picture.rgb.dtype == np.uint16 else luma)


def _sizes(path: Path, high: Picture, scale: int, patch: int) -> list[Finding]:
    found = []
    if min(high.width, high.height) < patch * scale:
        message = f"{high.width}x{high.height} is smaller than a patch of {patch * scale}x{patch * scale}"
        found.append(Finding("too_small", path, message))
    right, bottom = high.width % scale, high.height % scale
    if right or bottom:
        message = f"{high.width}x{high.height} does not divide by {scale}: {right} columns and {bottom} rows are unused"
        found.append(Finding("not_multiple", path, message))
    return found


def _compare(seen: Look, path: Path, high: NDArray[np.float32], low: NDArray[np.float32], scale: int) -> None:
    """Size, kernel and shift of the small picture."""
    wanted = (high.shape[0] // scale, high.shape[1] // scale)
    if low.shape != wanted:
        message = f"is {low.shape[1]}x{low.shape[0]}, but {seen.path.name} at scale {scale} asks for "
        seen.findings.append(Finding("pair_size", path, f"{message}{wanted[1]}x{wanted[0]}", seen.path))
        return
    if scale == 1 or min(wanted) < _COMPARED:
        return
    high, low = middle(high, low, scale)
    seen.origin = origin(high, low, scale)
    place = shift(reduced(high, KERNELS[EXPECTED](scale)[0], scale), low)
    if place is not None and max(map(abs, place)) >= SHIFTED:
        message = f"lies {place[0]:+.2f} small pixels to the right of the full picture and {place[1]:+.2f} below it"
        seen.findings.append(Finding("shift", path, message, seen.path))
    best, decibels = seen.origin.best, seen.origin.decibels
    if seen.origin.kernel is None:
        message = f"no known kernel made it for certain; the nearest is {best} ({decibels[best]:.1f} dB)"
        seen.findings.append(Finding("unknown_kernel", path, message, seen.path))
    elif seen.origin.kernel != EXPECTED:
        message = f"made by {best} ({decibels[best]:.1f} dB), not by {EXPECTED} ({decibels[EXPECTED]:.1f} dB)"
        seen.findings.append(Finding("kernel", path, message, seen.path))
