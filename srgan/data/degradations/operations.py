"""The operations of a degradation, on pictures ``(B, 3, H, W)`` in [0, 1]."""

from typing import Literal

import numpy as np
import torch
from kornia.filters import filter2d
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from srgan.data.augmentation import jpeg_round_trip

__all__ = ["MODES", "Mode", "add_gaussian_noise", "add_poisson_noise", "blur", "compress", "resize", "round_to_8_bit"]

Mode = Literal["area", "bilinear", "bicubic"]
MODES: tuple[Mode, ...] = ("area", "bilinear", "bicubic")

_GREY = (0.299, 0.587, 0.114)


def blur(pictures: Tensor, kernel: NDArray[np.float64]) -> Tensor:
    """Filter with a kernel ``(k, k)``; borders are mirrored (repeated where the picture is too small for that)."""
    border = "reflect" if min(pictures.shape[-2:]) > kernel.shape[0] // 2 else "replicate"
    return filter2d(pictures, torch.from_numpy(kernel)[None].to(pictures), border_type=border)


def resize(pictures: Tensor, size: tuple[int, int], mode: Mode) -> Tensor:
    """Resize to ``(height, width)`` without antialiasing (other than area's), as careless programs do.

    Bicubic leaves [0, 1] at edges; noise and compression clip.
    """
    if tuple(pictures.shape[-2:]) == size:
        return pictures
    corners = {} if mode == "area" else {"align_corners": False}
    return functional.interpolate(pictures, size=size, mode=mode, **corners)


def add_gaussian_noise(pictures: Tensor, random: np.random.Generator, *, sigma: float, grey: bool) -> Tensor:
    """Noise of standard deviation `sigma` (255ths), clipped to [0, 1].

    Args:
        pictures: ``(B, 3, H, W)``.
        random: source of the noise.
        sigma: in 255ths.
        grey: the same noise in all channels.
    """
    batch, channels, height, width = pictures.shape
    noise = random.standard_normal((batch, 1 if grey else channels, height, width), np.float32)
    return (pictures + torch.from_numpy(noise).to(pictures) * (sigma / 255)).clamp(0, 1)


def add_poisson_noise(pictures: Tensor, random: np.random.Generator, *, strength: float, grey: bool) -> Tensor:
    """Shot noise, clipped to [0, 1].

    A picture with at most 2^n different values is counted in 2^n quanta: the noise has the variance value / 2^n at
    strength 1.

    Args:
        pictures: ``(B, 3, H, W)``.
        random: source of the noise.
        strength: factor of the noise.
        grey: noise of the luma, the same in all channels.
    """
    pixels = round_to_8_bit(pictures)
    if grey:
        pixels = (pixels * pixels.new_tensor(_GREY).view(1, 3, 1, 1)).sum(dim=1, keepdim=True)
        pixels = round_to_8_bit(pixels)
    noise = []
    for picture in pixels.cpu().numpy():
        values = np.count_nonzero(np.bincount(np.rint(picture * 255).astype(np.uint8).ravel()))
        quanta = 2.0 ** np.ceil(np.log2(values))
        noise.append((random.poisson(picture * quanta) / quanta - picture).astype(np.float32))
    return (pictures + torch.from_numpy(np.stack(noise)).to(pictures) * strength).clamp(0, 1)


def compress(pictures: Tensor, quality: int) -> Tensor:
    """A JPEG file of the quality 1 to 100, written and read again (4:2:0, the libjpeg of OpenCV).

    A real codec instead of a differentiable imitation: a soft rounding would let through what a file loses, and the
    network would learn to rely on it.
    """
    pixels = round_to_8_bit(pictures).mul(255).byte().permute(0, 2, 3, 1).cpu().numpy()
    decoded = np.stack([jpeg_round_trip(np.ascontiguousarray(picture), quality) for picture in pixels])
    return torch.from_numpy(decoded).to(pictures.device).permute(0, 3, 1, 2).to(pictures.dtype) / 255


def round_to_8_bit(pictures: Tensor) -> Tensor:
    """The nearest whole 255ths within [0, 1]."""
    return pictures.mul(255).round().clamp(0, 255) / 255
