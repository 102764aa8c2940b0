"""Losses between a network's picture and the true one, listed by the name that run files use.

A function takes ``(fake, real)`` and keyword options; a class is made once with its options and called with
``(fake, real)``. One with ``needs_average = True`` takes the averaged generator's picture as a third argument.
"""

from collections.abc import Callable
from typing import Any

from srgan.losses.am_softmax import am_softmax
from srgan.losses.artefacts import LdlLoss
from srgan.losses.features import feature_matching
from srgan.losses.info_nce import info_nce
from srgan.losses.patch_nce import patch_nce
from srgan.losses.perceptual import LpipsLoss, VggLoss, tv
from srgan.losses.pixel import charbonnier, fft, l1, mse
from srgan.losses.pyramid import laplacian

__all__ = [
    "LOSSES",
    "LdlLoss",
    "LpipsLoss",
    "VggLoss",
    "am_softmax",
    "charbonnier",
    "feature_matching",
    "fft",
    "info_nce",
    "l1",
    "laplacian",
    "mse",
    "patch_nce",
    "tv",
]

LOSSES: dict[str, Callable[..., Any]] = {
    "charbonnier": charbonnier,
    "fft": fft,
    "l1": l1,
    "laplacian": laplacian,
    "ldl": LdlLoss,
    "lpips": LpipsLoss,
    "mse": mse,
    "tv": tv,
    "vgg": VggLoss,
}
