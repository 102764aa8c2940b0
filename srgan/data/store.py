"""Training pairs as uint8 arrays, in memory or in one memory-mapped file, so that a crop costs microseconds."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.data.folders import PairPaths
from srgan.errors import PictureError, UsageError
from srgan.images import crop_to_multiple, imresize, read

__all__ = ["PairStore", "load_pair", "load_pairs"]

Pixels = NDArray[np.uint8]
_SHOWN = 10


@dataclass(frozen=True)
class PairStore:
    """Pairs of pictures: `low` ``(h, w, 3)`` and `high` ``(h * scale, w * scale, 3)``, uint8."""

    low: list[Pixels]
    high: list[Pixels]
    scale: int

    def __len__(self) -> int:
        return len(self.high)


def load_pair(paths: PairPaths, scale: int) -> tuple[Pixels, Pixels]:
    """Read a pair; a missing small picture is made by MATLAB-exact bicubic.

    Returns:
        ``(low, high)``, with `high` cut at the bottom and right to a multiple of `scale`.

    Raises:
        PictureError: a picture cannot be read, or the sizes do not fit.
    """
    high = crop_to_multiple(_read_8bit(paths.high), scale).astype(np.uint8, copy=False)
    if paths.low is None:
        return imresize(high, scale=1.0 / scale).astype(np.uint8, copy=False), high
    low = _read_8bit(paths.low)
    if (low.shape[0] * scale, low.shape[1] * scale) != high.shape[:2]:
        raise PictureError(
            "size_mismatch",
            f"{paths.low} is {low.shape[1]}x{low.shape[0]}, but {paths.high} at scale {scale} "
            f"asks for {high.shape[1] // scale}x{high.shape[0] // scale}",
        )
    return low, high


def load_pairs(
    paths: list[PairPaths],
    scale: int,
    *,
    smallest: int,
    cache: Path | None = None,
    key: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> PairStore:
    """Read all pairs, before training starts, so that a bad one is named now and not after hours.

    Args:
        paths: what to read.
        scale: HR pixels per LR pixel.
        smallest: least side of the LR picture (the patch size).
        cache: folder for a memory-mapped copy; None keeps everything in memory.
        key: names the copy inside `cache` (a hash of the data).
        progress: called with (done, all).

    Raises:
        UsageError: names the pictures that cannot be used.
    """
    folder = None if cache is None else cache / f"pairs-{key[:16]}-x{scale}"
    if folder is not None and (folder / "index.json").is_file():
        store = _open(folder, scale)
    elif folder is not None:
        _write(folder, _loaded(paths, scale, progress))
        store = _open(folder, scale)
    else:
        loaded = list(_loaded(paths, scale, progress))
        store = PairStore([low for low, _ in loaded], [high for _, high in loaded], scale)
    small = [str(p.high) for p, low in zip(paths, store.low, strict=True) if min(low.shape[:2]) < smallest]
    if small:
        raise UsageError(
            f"data: {len(small)} pictures are smaller than the patch of {smallest}x{smallest} LR pixels "
            f"(x{scale}); remove them or set a smaller data.patch:\n  " + "\n  ".join(small[:_SHOWN])
        )
    return store


def _read_8bit(path: Path) -> Pixels:
    pixels = read(path).rgb
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return pixels.astype(np.uint8, copy=False)


def _loaded(
    paths: list[PairPaths], scale: int, progress: Callable[[int, int], None] | None
) -> Iterable[tuple[Pixels, Pixels]]:
    """Pairs in order, decoded by a few threads; all failures are collected into one message."""
    failures: list[str] = []

    def one(pair: PairPaths) -> tuple[Pixels, Pixels] | None:
        try:
            return load_pair(pair, scale)
        except PictureError as error:
            failures.append(f"{pair.high}: {error}")
            return None

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for done, loaded in enumerate(pool.map(one, paths), start=1):
            if loaded is not None:
                yield loaded
            if progress is not None:
                progress(done, len(paths))
    if failures:
        raise UsageError(f"data: {len(failures)} pictures cannot be used:\n  " + "\n  ".join(failures[:_SHOWN]))


def _write(folder: Path, pairs: Iterable[tuple[Pixels, Pixels]]) -> None:
    """Write the memory-mapped copy under a temporary name and rename it into place."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".pairs-", dir=folder.parent))
    try:
        shapes = []
        with (temporary / "low.bin").open("wb") as low_file, (temporary / "high.bin").open("wb") as high_file:
            for low, high in pairs:
                low_file.write(np.ascontiguousarray(low).data)
                high_file.write(np.ascontiguousarray(high).data)
                shapes.append([*low.shape[:2], *high.shape[:2]])
            for file in (low_file, high_file):
                file.flush()
                os.fsync(file.fileno())
        (temporary / "index.json").write_text(json.dumps(shapes))
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _open(folder: Path, scale: int) -> PairStore:
    shapes = json.loads((folder / "index.json").read_text())
    low_file = np.memmap(folder / "low.bin", np.uint8, "r")
    high_file = np.memmap(folder / "high.bin", np.uint8, "r")
    low, high, low_at, high_at = [], [], 0, 0
    for low_h, low_w, high_h, high_w in shapes:
        low.append(np.asarray(low_file[low_at : low_at + low_h * low_w * 3]).reshape(low_h, low_w, 3))
        high.append(np.asarray(high_file[high_at : high_at + high_h * high_w * 3]).reshape(high_h, high_w, 3))
        low_at += low_h * low_w * 3
        high_at += high_h * high_w * 3
    return PairStore(low, high, scale)
