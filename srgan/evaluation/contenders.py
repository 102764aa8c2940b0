"""Whatever makes full pictures of small ones: models, interpolation, and folders of finished results."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from srgan.errors import PictureError, UsageError
from srgan.images import list_pictures, read

if TYPE_CHECKING:
    from srgan.runtime import Model

__all__ = ["YARDSTICKS", "Contender", "finished_results", "lanczos", "running_model"]

Pixels = NDArray[np.uint8]

YARDSTICKS = ("bicubic", "lanczos")
"""Names of what enlarges without having learned anything."""


@dataclass(frozen=True)
class Contender:
    """What is measured, or compared.

    Attributes:
        name: in tables and pages.
        make: from the place of a picture in its set (without suffix), the small picture and the ``(height, width)``
            wanted to the result, of the channels of the small one.
        device: what computes, in words.
    """

    name: str
    make: Callable[[str, Pixels, tuple[int, int]], Pixels]
    device: str


def running_model(model: "Model", *, name: str | None = None) -> Contender:
    """A model, run through the path that `srgan upscale` takes.

    Args:
        model: for super-resolution.
        name: instead of the model's own.
    """

    def make(_place: str, small: Pixels, size: tuple[int, int]) -> Pixels:
        return np.asarray(model.upscale(small, size=size), np.uint8)

    return Contender(name or model.name, make, model.device_line)


def lanczos() -> Contender:
    """Lanczos interpolation of three lobes (Pillow's, in 8 bits)."""

    def make(_place: str, small: Pixels, size: tuple[int, int]) -> Pixels:
        picture = Image.fromarray(np.ascontiguousarray(small))
        return np.asarray(picture.resize((size[1], size[0]), Image.Resampling.LANCZOS), np.uint8)

    return Contender("lanczos", make, "Lanczos on the CPU (Pillow)")


def finished_results(name: str, folder: Path) -> Contender:
    """Results that are there already, whoever made them: files with the place and name of the picture.

    ``a.png`` belongs to the picture ``a``, and so does ``a_x4.png`` or any ``a_*.png`` where there is one alone.

    Args:
        name: of what made them.
        folder: where they are.

    Raises:
        UsageError: the folder holds no pictures; later, when one is wanted that is missing, cannot be read or has
            another size.
    """
    found = {path.relative_to(folder).with_suffix("").as_posix(): path for path in list_pictures(folder)}

    def make(place: str, small: Pixels, size: tuple[int, int]) -> Pixels:
        marked = [path for key, path in found.items() if key.startswith(f"{place}_")]
        path = found.get(place) or (marked[0] if len(marked) == 1 else None)
        if path is None:
            many = f"; {len(marked)} begin with {place}_" if marked else ""
            raise UsageError(f"{folder} has no result for {place}{many}")
        try:
            pixels = read(path).rgb
        except PictureError as error:
            raise UsageError(f"{path}: {error}") from error
        if pixels.dtype != np.uint8 or pixels.shape[:2] != size:
            raise UsageError(
                f"{path} is {pixels.shape[1]}x{pixels.shape[0]} of {pixels.dtype}; {size[1]}x{size[0]} of 8 bits are "
                "compared"
            )
        return np.ascontiguousarray(pixels[..., 0] if small.ndim == 2 else pixels, np.uint8)

    return Contender(name, make, f"finished results in {folder.name}")
