"""Super-resolution models on sets of pictures, by the protocol of the literature."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError, UsageError
from srgan.images import Picture, crop_to_multiple, imresize, list_pictures, read
from srgan.metrics import LpipsMetric, grid_index, luma, psnr, ssim, without_border
from srgan.runtime import Model

__all__ = ["PictureScore", "Row", "evaluate_model"]

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class PictureScore:
    """One picture: PSNR in dB and SSIM of luma, grid index in dB (None: too small); LPIPS where it was asked for."""

    picture: str
    psnr_y: float
    ssim_y: float
    grid: float | None = None
    lpips: float | None = None


@dataclass(frozen=True)
class Row:
    """One model on one set: means over the pictures, and the protocol under which alone they can be compared."""

    model: str
    dataset: str
    scale: int
    psnr_y: float
    ssim_y: float
    images: int
    protocol: str
    device: str
    pictures: tuple[PictureScore, ...]
    grid: float | None = None
    lpips: float | None = None

    def as_dict(self, *, per_picture: bool = False) -> dict[str, object]:
        """The row as JSON values; a PSNR that is infinite (equal pictures), which JSON cannot say, is None.

        So is a grid index where no picture was large enough.
        """
        values = asdict(self)
        pictures = values.pop("pictures")
        for part in (values, *pictures):
            part["psnr_y"] = part["psnr_y"] if math.isfinite(part["psnr_y"]) else None
            if part["lpips"] is None:
                del part["lpips"]
        return {**values, "pictures": list(pictures)} if per_picture else values


def evaluate_model(
    model: Model,
    high: Path,
    *,
    scale: int,
    low: Path | None = None,
    grey_as_luma: bool = False,
    lpips: LpipsMetric | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Row:
    """Upscale the reduced pictures of a set with the real upscaling path and compare with the originals.

    Full pictures are cut to a multiple of the scale and reduced by MATLAB's bicubic (8-bit after each pass); the
    8-bit result and the original are compared on BT.601 luma (16 to 235) without a border of `scale` pixels. The
    grid index (`srgan.metrics.grid_index`) needs pictures of ``10 * scale + 1`` pixels a side; smaller ones are left
    out of its mean, and the protocol says how many were measured.

    Args:
        model: what to measure.
        high: folder of full pictures.
        scale: reduction.
        low: folder of ready small pictures of the same names, instead of reducing.
        grey_as_luma: take the values of one-channel files as luma (older tables) instead of reading them as RGB.
        lpips: also measure this, on whole 8-bit RGB pictures.
        progress: called with (done, all).

    Raises:
        UsageError: nothing to measure, a picture cannot be read or has 16 bits, or `low` lacks one or has one of a
            wrong size.
        PictureError: memory does not suffice to upscale one.
    """
    paths = list_pictures(high, key="--hr")
    partners = None if low is None else _partners(paths, high, low, scale)
    scores = []
    for done, path in enumerate(paths, start=1):
        picture = _read(path)
        as_luma = grey_as_luma and picture.grey
        real = crop_to_multiple(_pixels(picture, as_luma, path), scale)
        small = (
            imresize(real, scale=1.0 / scale)
            if partners is None
            else _small(partners[path], path, real, scale, as_luma)
        )
        fake = model.upscale(small.astype(np.uint8, copy=False), size=(real.shape[0], real.shape[1]))
        score = _score(path.name, fake, real, scale, as_luma)
        scores.append(score if lpips is None else replace(score, lpips=lpips(fake, real)))
        if progress is not None:
            progress(done, len(paths))
    made = "LR as given" if low is not None else f"LR by MATLAB bicubic 1/{scale}, 8-bit after each pass"
    grey = "one-channel files taken as Y" if grey_as_luma else "one-channel files read as RGB"
    distance = "" if lpips is None else "; LPIPS v0.1 AlexNet on whole RGB pictures"
    grids = [score.grid for score in scores if score.grid is not None]
    periodic = _grid_words(len(grids), len(scores))
    return Row(
        model=model.name,
        dataset=_dataset(high),
        scale=scale,
        psnr_y=float(np.mean([score.psnr_y for score in scores])),
        ssim_y=float(np.mean([score.ssim_y for score in scores])),
        images=len(scores),
        protocol=f"Y of BT.601 (16-235), border {scale}, 8-bit output, {made}, {grey}{periodic}{distance}",
        device=model.device_line,
        pictures=tuple(scores),
        grid=float(np.mean(grids)) if grids else None,
        lpips=None if lpips is None else float(np.mean([score.lpips for score in scores])),
    )


def _read(path: Path) -> Picture:
    try:
        return read(path)
    except PictureError as error:
        raise UsageError(f"{path}: {error}; a mean without it would be of another set") from error


def _pixels(picture: Picture, as_luma: bool, path: Path) -> Pixels:
    if picture.rgb.dtype != np.uint8:
        raise UsageError(f"{path} has 16 bits a sample; this protocol is for 8-bit pictures")
    return np.ascontiguousarray(picture.rgb[..., 0] if as_luma else picture.rgb)


def _partners(paths: list[Path], high: Path, low: Path, scale: int) -> dict[Path, Path]:
    """The small picture of each full one: the same place and name, or ``0001x4`` for ``0001``."""
    found = {path.relative_to(low).with_suffix("").as_posix(): path for path in list_pictures(low, key="--lr")}
    partners = {}
    for path in paths:
        name = path.relative_to(high).with_suffix("").as_posix()
        small = found.get(name) or found.get(f"{name}x{scale}")
        if small is None:
            raise UsageError(f"{low} has no small picture for {path} (looked for {name} and {name}x{scale})")
        partners[path] = small
    return partners


def _small(found: Path, path: Path, real: Pixels, scale: int, as_luma: bool) -> Pixels:
    small = _pixels(_read(found), as_luma, found)
    if (small.shape[0] * scale, small.shape[1] * scale) != real.shape[:2]:
        raise UsageError(
            f"{found} is {small.shape[1]}x{small.shape[0]}, but {path.name} at x{scale} "
            f"asks for {real.shape[1] // scale}x{real.shape[0] // scale}"
        )
    return small


def _score(name: str, fake: NDArray[np.generic], real: Pixels, scale: int, as_luma: bool) -> PictureScore:
    channels = [np.asarray(image, np.float64) if as_luma else luma(image) for image in (fake, real)]
    one, two = (without_border(channel, scale) for channel in channels)
    return PictureScore(name, psnr(one, two), ssim(one, two), _grid(np.asarray(fake), real, scale))


def _grid(fake: NDArray[np.generic], real: Pixels, scale: int) -> float | None:
    """Unlike PSNR, it does not depend on whether one-channel files are taken as luma."""
    try:
        return grid_index(fake, real, scale=scale)
    except ValueError:  # no grid at this scale, or too small to see one
        return None


def _grid_words(measured: int, all_: int) -> str:
    if not measured:
        return ""
    some = "" if measured == all_ else f" ({measured} of {all_} pictures are large enough)"
    return f"; grid: power of Y at the upscaling grid in dB over HR{some}"


def _dataset(folder: Path) -> str:
    """``Set5/HR`` is Set5."""
    resolved = folder.resolve()
    return resolved.parent.name if resolved.name.lower() in {"hr", "gt", "high"} else resolved.name
