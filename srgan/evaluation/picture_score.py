"""What is measured of one enlarged picture, and how."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.evaluation.benchmark_set import BenchmarkPicture
from srgan.metrics import (
    LpipsMetric,
    consistency,
    gradient_distance,
    grid_index,
    luma,
    ms_ssim,
    psnr,
    ssim,
    without_border,
)

__all__ = ["METRICS", "PictureScore", "metric_protocol", "score_picture"]

METRICS = ("psnr_y", "ssim_y", "lpips", "grid", "consistency", "psnr_rgb", "ssim_rgb", "ms_ssim", "sharpness")
"""Everything that is measured of a picture."""

Pixels = NDArray[np.uint8]

_SMALLEST = 11  # of SSIM, inside the border


@dataclass(frozen=True)
class PictureScore:
    """One picture; what could not be measured (too small a picture) or was not asked for is None.

    Attributes:
        picture: name of its file.
        psnr_y: PSNR of luma in dB.
        ssim_y: SSIM of luma.
        grid: grid index in dB.
        lpips: learned distance.
        psnr_rgb: PSNR of RGB in dB.
        ssim_rgb: SSIM, mean over R, G and B.
        ms_ssim: SSIM of luma at five scales.
        consistency: PSNR in dB between the small picture and the reduced result.
        sharpness: distance of the histograms of gradients, 0 to 1.
    """

    picture: str
    psnr_y: float
    ssim_y: float
    grid: float | None = None
    lpips: float | None = None
    psnr_rgb: float | None = None
    ssim_rgb: float | None = None
    ms_ssim: float | None = None
    consistency: float | None = None
    sharpness: float | None = None


def score_picture(
    picture: BenchmarkPicture, fake: Pixels, *, scale: int, lpips: LpipsMetric | None = None
) -> PictureScore:
    """All figures of one result.

    Args:
        picture: what it should be.
        fake: the result, of the shape of the full picture.
        scale: of the enlargement.
        lpips: also measure this.

    Raises:
        UsageError: the picture is too small to measure.
    """
    real = picture.real
    if min(real.shape[:2]) < _SMALLEST + 2 * scale:
        least = _SMALLEST + 2 * scale
        raise UsageError(
            f"{picture.name} is {real.shape[1]}x{real.shape[0]} pixels; figures at x{scale} need {least}x{least}"
        )
    channels = [np.asarray(image, np.float64) if picture.as_luma else luma(image) for image in (fake, real)]
    one, two = (without_border(channel, scale) for channel in channels)
    inner = [np.asarray(without_border(image, scale)) for image in (fake, real)]
    grid = several = None
    with suppress(ValueError):  # no grid at this scale, or too small to see one
        # Unlike PSNR, it does not depend on whether one-channel files are taken as luma.
        grid = grid_index(fake, real, scale=scale)
    with suppress(ValueError):  # too small
        several = ms_ssim(one, two)
    return PictureScore(
        picture=picture.name,
        psnr_y=psnr(one, two),
        ssim_y=ssim(one, two),
        grid=grid,
        lpips=None if lpips is None else lpips(fake, real),
        psnr_rgb=psnr(*inner),
        ssim_rgb=ssim(*inner),
        ms_ssim=several,
        consistency=consistency(fake, picture.small),
        sharpness=gradient_distance([fake], [real]),
    )


def metric_protocol(scores: Sequence[PictureScore], scale: int, lpips: str | None = None) -> dict[str, str]:
    """How each metric of which there is a value was measured, in words.

    Args:
        scores: of all pictures.
        scale: of the enlargement.
        lpips: `LpipsMetric.protocol` of what measured it.
    """
    words = {
        "psnr_y": f"PSNR of Y of BT.601 (16-235), border {scale}",
        "ssim_y": f"SSIM (11x11 Gaussian windows) of Y of BT.601 (16-235), border {scale}",
        "lpips": f"{lpips} on whole RGB pictures",
        "grid": "power of Y at the upscaling grid in dB over HR",
        "consistency": "PSNR of RGB between LR and the result reduced by MATLAB bicubic",
        "psnr_rgb": f"PSNR of RGB, border {scale}",
        "ssim_rgb": f"SSIM of R, G and B, border {scale}",
        "ms_ssim": f"MS-SSIM (five scales) of Y of BT.601 (16-235), border {scale}",
        "sharpness": "1 - intersection of the histograms of the luma gradients of result and HR",
    }
    counts = {name: sum(getattr(score, name) is not None for score in scores) for name in words}
    return {
        name: text
        if counts[name] == len(scores)
        else f"{text} ({counts[name]} of {len(scores)} pictures are large enough)"
        for name, text in words.items()
        if counts[name]
    }
