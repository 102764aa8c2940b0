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
from srgan.data.opaque import on_white
from srgan.errors import OutputError, PictureError, UsageError
from srgan.images import crop_to_multiple, imresize, read

__all__ = ["PairStore", "cache_folder", "load_pair", "load_pairs"]

Pixels = NDArray[np.uint8]
_SHOWN = 10


@dataclass(frozen=True)
class PairStore:
    """Pairs of pictures: `low` ``(h, w, 3)`` and `high` ``(h * scale, w * scale, 3)``, uint8.

    `low` is empty where a degradation makes the small pictures while the training runs.
    """

    low: list[Pixels]
    high: list[Pixels]
    scale: int

    def __len__(self) -> int:
        return len(self.high)

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Height and width of the small pictures, kept or not."""
        return [(high.shape[0] // self.scale, high.shape[1] // self.scale) for high in self.high]


def load_pair(paths: PairPaths, scale: int) -> tuple[Pixels, Pixels]:
    """Read a pair; a missing small picture is made by MATLAB-exact bicubic.

    Returns:
        ``(low, high)``, with `high` cut at the bottom and right to a multiple of `scale`.

    Raises:
        PictureError: a picture cannot be read, or the sizes do not fit; the message names the file.
    """
    high = _read_high(paths.high, scale)
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
    high_only: bool = False,
    cache: Path | None = None,
    key: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> PairStore:
    """Read all pairs, before training starts, so that a bad one is named now and not after hours.

    Args:
        paths: what to read.
        scale: HR pixels per LR pixel.
        smallest: least side of the LR picture (the patch size).
        high_only: keep no small pictures.
        cache: folder for a memory-mapped copy; None keeps everything in memory.
        key: names the copy inside `cache` (a hash of the data).
        progress: called with (done, all).

    Raises:
        UsageError: names the pictures that cannot be used.
        OutputError: the copy cannot be written.
    """
    if cache is None:
        loaded = list(_loaded(paths, scale, high_only, progress))
        store = PairStore([low for low, _ in loaded if low is not None], [high for _, high in loaded], scale)
    else:
        folder = cache_folder(cache, key, scale, high_only=high_only)
        if not (folder / "index.json").is_file():
            _write(folder, _loaded(paths, scale, high_only, progress))
        store = _open(folder, scale)
    small = [str(p.high) for p, size in zip(paths, store.sizes, strict=True) if min(size) < smallest]
    if small:
        raise UsageError(
            f"data: {len(small)} pictures are smaller than the patch of {smallest}x{smallest} LR pixels "
            f"(x{scale}); remove them or set a smaller data.patch:\n  " + "\n  ".join(small[:_SHOWN])
        )
    return store


def cache_folder(cache: Path, key: str, scale: int, *, high_only: bool = False) -> Path:
    """Where `load_pairs` keeps its copy inside `cache`."""
    return cache / f"{'full' if high_only else 'pairs'}-{key[:16]}-x{scale}"


def _read_high(path: Path, scale: int) -> Pixels:
    return crop_to_multiple(_read_8bit(path), scale).astype(np.uint8, copy=False)


def _read_8bit(path: Path) -> Pixels:
    try:
        pixels = on_white(read(path))
    except PictureError as error:
        raise PictureError(error.code, f"{path}: {error.message}") from error
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return pixels.astype(np.uint8, copy=False)


def _loaded(
    paths: list[PairPaths], scale: int, high_only: bool, progress: Callable[[int, int], None] | None
) -> Iterable[tuple[Pixels | None, Pixels]]:
    """Pairs in order, decoded by a few threads; all failures are collected into one message."""
    failures: list[str] = []

    def one(pair: PairPaths) -> tuple[Pixels | None, Pixels] | None:
        try:
            return (None, _read_high(pair.high, scale)) if high_only else load_pair(pair, scale)
        except PictureError as error:
            failures.append(str(error))
            return None

    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        for done, loaded in enumerate(pool.map(one, paths), start=1):
            if loaded is not None:
                yield loaded
            if progress is not None:
                progress(done, len(paths))
    if failures:
        raise UsageError(f"data: {len(failures)} pictures cannot be used:\n  " + "\n  ".join(failures[:_SHOWN]))


def _write(folder: Path, pairs: Iterable[tuple[Pixels | None, Pixels]]) -> None:
    """Write the memory-mapped copy under a temporary name and rename it into place."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".pairs-", dir=folder.parent))
    except OSError as error:
        raise OutputError(f"cannot write {str(folder)!r}: {error.strerror or error}") from error
    try:
        shapes: list[list[int]] = []
        with (temporary / "low.bin").open("wb") as low_file, (temporary / "high.bin").open("wb") as high_file:
            for low, high in pairs:
                if low is not None:
                    low_file.write(np.ascontiguousarray(low).data)
                high_file.write(np.ascontiguousarray(high).data)
                shapes.append([*((0, 0) if low is None else low.shape[:2]), *high.shape[:2]])
            for file in (low_file, high_file):
                file.flush()
                os.fsync(file.fileno())
        (temporary / "index.json").write_text(json.dumps(shapes))
        temporary.rename(folder)
    except BaseException as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if isinstance(error, OSError) and (folder / "index.json").is_file():
            return  # another process of the same training was faster
        if isinstance(error, OSError):
            raise OutputError(f"cannot write {str(folder)!r}: {error.strerror or error}") from error
        raise


def _open(folder: Path, scale: int) -> PairStore:
    shapes = json.loads((folder / "index.json").read_text())
    low = _map(folder / "low.bin", [(height, width) for height, width, _, _ in shapes if height])
    return PairStore(low, _map(folder / "high.bin", [(height, width) for _, _, height, width in shapes]), scale)


def _map(path: Path, shapes: list[tuple[int, int]]) -> list[Pixels]:
    """The pictures of one file, which stay there until they are looked at."""
    if not shapes:
        return []  # an empty file cannot be mapped
    content, pictures, start = np.memmap(path, np.uint8, "r"), [], 0
    for height, width in shapes:
        pictures.append(np.asarray(content[start : start + height * width * 3]).reshape(height, width, 3))
        start += height * width * 3
    return pictures
