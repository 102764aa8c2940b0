"""Real pictures for measuring what a lower precision costs."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError, UsageError
from srgan.exporting.examples import drawn_feeds
from srgan.images import imresize, list_pictures, read
from srgan.metrics import luma, psnr, without_border
from srgan.runtime import ModelMetadata, draw_noise

__all__ = ["Calibration", "drawn_calibration", "read_calibration"]

_PICTURES = 24
_SIDE = 96
_LEAST = 2


@dataclass(frozen=True)
class Calibration:
    """Pictures to measure ranges on, and others to judge by.

    Attributes:
        ranges: inputs of the model by name, one picture each.
        judged: likewise, of other pictures.
        truths: what the model should make of the judged ones, ``(H, W, 3)`` uint8; empty where that is not known (a
            translation has no true result in a folder of inputs).
        scale: of the model.
    """

    ranges: list[dict[str, NDArray[Any]]]
    judged: list[dict[str, NDArray[Any]]]
    truths: list[NDArray[np.uint8]]
    scale: int

    def quality(self, results: list[NDArray[np.float32]]) -> float:
        """Mean PSNR of the judged pictures' results, dB: on the luma of BT.601, a border of `scale` pixels left out.

        Args:
            results: ``(1, 3, H, W)`` each.
        """
        levels = [np.rint(255 * np.clip(np.nan_to_num(one[0], nan=0.0), 0, 1)).astype(np.uint8) for one in results]
        pairs = zip(levels, self.truths, strict=True)
        return float(np.mean([psnr(self._judged(one.transpose(1, 2, 0)), self._judged(true)) for one, true in pairs]))

    def _judged(self, picture: NDArray[np.uint8]) -> NDArray[Any]:
        return without_border(luma(picture), self.scale)


def read_calibration(folder: Path, metadata: ModelMetadata) -> Calibration:
    """Read the pictures of a folder; those at odd places are for measuring ranges, the others for judging.

    For a model that enlarges they are the large ones, and the model gets them reduced by MATLAB's bicubic. From each
    the middle is taken, at most 96 pixels a side of what the model gets.

    Args:
        folder: with two pictures at least; 24 are taken, evenly.
        metadata: of the model.

    Raises:
        UsageError: no folder, or too few pictures that are large enough and can be read.
    """
    files = list_pictures(folder, key="--calibration")
    chosen = [files[round(place)] for place in np.linspace(0, len(files) - 1, min(len(files), _PICTURES))]
    pairs = [pair for file in chosen if (pair := _pair(file, metadata)) is not None]
    if len(pairs) < _LEAST:
        raise UsageError(
            f"--calibration {folder}: {len(pairs)} of {len(chosen)} pictures can be used, and {_LEAST} are needed, of "
            f"{metadata.scale * _step(metadata)} pixels a side at least"
        )
    feeds = [_feed(small, place, metadata) for place, (small, _) in enumerate(pairs)]
    truths = [true for _, true in pairs] if metadata.task == "super_resolution" else []
    return Calibration(feeds[0::2], feeds[1::2], truths[1::2], metadata.scale)


def drawn_calibration(metadata: ModelMetadata) -> Calibration:
    """Noise, and texts or classes, for a model that makes pictures of these; there are no true results.

    Raises:
        UsageError: the model reads texts with a tokenizer that is not part of it.
    """
    feeds = [dict(feed) for feed in drawn_feeds(_PICTURES, metadata)]
    return Calibration(feeds[0::2], feeds[1::2], [], 1)


def _step(metadata: ModelMetadata) -> int:
    """Smallest side that the model gets."""
    step = metadata.multiple_of
    return math.ceil(max(metadata.minimum, 4 * metadata.scale, 16) / step) * step


def _pair(file: Path, metadata: ModelMetadata) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """What the model gets and what it should make of it; None for a picture that is unreadable or too small."""
    try:
        picture = read(file)
    except PictureError:
        return None
    deep = picture.rgb.dtype != np.uint8
    array: NDArray[np.uint8] = (np.rint(picture.rgb / 257) if deep else picture.rgb).astype(np.uint8)
    scale, step = metadata.scale, metadata.multiple_of
    sides = [min(side // scale, max(_SIDE, _step(metadata))) // step * step for side in array.shape[:2]]
    if min(sides) < _step(metadata):
        return None
    top, left = ((side - scale * kept) // 2 for side, kept in zip(array.shape[:2], sides, strict=True))
    true = np.ascontiguousarray(array[top : top + scale * sides[0], left : left + scale * sides[1]])
    return (true if scale == 1 else imresize(true, scale=1 / scale)), true


def _feed(small: NDArray[np.uint8], place: int, metadata: ModelMetadata) -> dict[str, NDArray[Any]]:
    planes = np.ascontiguousarray(small.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    noise = draw_noise(0, place, metadata.latent)
    return {"input": planes} if noise is None else {"input": planes, "noise": noise}
