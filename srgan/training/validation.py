"""Measuring the averaged network during a training."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from srgan.data import PairStore, load_pairs
from srgan.images import imresize
from srgan.metrics import LpipsMetric, grid_index, luma, psnr, ssim, without_border
from srgan.networks import Generator
from srgan.training.parts import find_pairs
from srgan.training.sections import ValidationSection

__all__ = ["Validation", "ValidationResult", "enlarge"]

_SHOWN_SIDE = 256


@dataclass(frozen=True)
class ValidationResult:
    """Means over the pictures, and strips of LR | bicubic | model | HR to look at."""

    metrics: dict[str, float]
    images: dict[str, NDArray[np.uint8]]


class Validation:
    """PSNR, SSIM and grid index of luma (BT.601), border = scale, 8-bit output, as usual; LPIPS of whole RGB pictures.

    Args:
        section: the run file's table.
        scale: of the generator.
    """

    def __init__(self, section: ValidationSection, scale: int) -> None:
        paths = find_pairs(section.high, section.low, scale=scale, key="validation")[: section.limit]
        self._names = [path.high.stem for path in paths]
        self._shown = section.images
        self._lpips = LpipsMetric() if section.lpips else None
        self._scale = scale
        self._whole = section.crop is None
        self._pairs = _centre(load_pairs(paths, scale, smallest=1), section.crop)

    @property
    def protocol(self) -> str:
        """What the numbers mean, in words."""
        return (
            f"x{self._scale}, luma of BT.601, {self._scale} pixels of border cut off, 8-bit output"
            + ("" if self._whole else ", centres of the pictures only")
            + ("; LPIPS (AlexNet) of whole RGB pictures" if self._lpips else "")
        )

    def measure(self, generator: Generator, device: torch.device) -> ValidationResult:
        """Run the generator (in float32) over all pictures."""
        values: dict[str, list[float]] = {"psnr_y": [], "ssim_y": []}
        images: dict[str, NDArray[np.uint8]] = {}
        for name, low, high in zip(self._names, self._pairs.low, self._pairs.high, strict=True):
            tensor = torch.from_numpy(np.ascontiguousarray(low)).to(device).permute(2, 0, 1)[None].float() / 255
            with torch.inference_mode():
                output = (
                    enlarge(generator, tensor, like=generator)[0].mul(255).round().byte().permute(1, 2, 0).cpu().numpy()
                )
            fake, real = (without_border(luma(image), self._scale) for image in (output, high))
            values["psnr_y"].append(psnr(fake, real))
            values["ssim_y"].append(ssim(fake, real))
            if min(output.shape[:2]) > 10 * self._scale and self._scale > 1:
                values.setdefault("grid", []).append(grid_index(output, high, scale=self._scale))
            if self._lpips is not None:
                values.setdefault("lpips", []).append(self._lpips(output, high))
            if len(images) < self._shown:
                images[name] = _strip(low, output, high, self._scale)
        return ValidationResult({name: float(np.mean(list_)) for name, list_ in values.items()}, images)


def enlarge(call: Callable[[Tensor], Tensor], picture: Tensor, *, like: Generator) -> Tensor:
    """Run a generator on pictures of any size, in [0, 1]; what they lack in size repeats their border.

    Args:
        call: the generator as it is called.
        picture: ``(B, 3, H, W)``.
        like: knows its scale, and which sizes it takes.
    """
    height, width = picture.shape[-2:]
    unit, scale = like.multiple_of, like.scale
    down, right = (-(-max(length, like.minimum) // unit) * unit - length for length in (height, width))
    output: Tensor = call(F.pad(picture, (0, right, 0, down), mode="replicate"))
    return output[..., : height * scale, : width * scale].clamp(0, 1)


def _centre(pairs: PairStore, side: int | None) -> PairStore:
    """The centres of the pictures, at most `side` HR pixels a side."""
    if side is None:
        return pairs
    small = max(1, side // pairs.scale)

    def cut(image: NDArray[np.uint8], wanted: int, unit: int) -> NDArray[np.uint8]:
        offsets = [max(0, (length // unit - wanted // unit) // 2) * unit for length in image.shape[:2]]
        return image[offsets[0] : offsets[0] + wanted, offsets[1] : offsets[1] + wanted]

    low = [cut(image, small, 1) for image in pairs.low]
    high = [cut(image, small * pairs.scale, pairs.scale) for image in pairs.high]
    return PairStore(low, high, pairs.scale)


def _strip(low: NDArray[np.uint8], output: NDArray[np.uint8], high: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    """LR (pixels repeated) | bicubic | model | HR, the top left of each."""
    repeated = low.repeat(scale, axis=0).repeat(scale, axis=1)
    bicubic = imresize(low, scale=scale).astype(np.uint8, copy=False)
    return np.concatenate([image[:_SHOWN_SIDE, :_SHOWN_SIDE] for image in (repeated, bicubic, output, high)], axis=1)
