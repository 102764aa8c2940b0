"""From decoded images of any mode to planes of samples."""

from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from srgan.errors import PictureError
from srgan.images import colour
from srgan.images.picture import Samples


@dataclass(slots=True)
class Planes:
    """Samples as the file has them, not yet in sRGB.

    Attributes:
        colour: (height, width, 1 or 3) uint8 or uint16.
        alpha: (height, width) of the same type, straight, or None.
        in_srgb: already converted with the file's profile.
        maybe_grey: the file cannot say whether it is grey; its samples do.
        notes: what a person should know.
    """

    colour: Samples
    alpha: Samples | None = None
    in_srgb: bool = False
    maybe_grey: bool = False
    notes: tuple[str, ...] = ()


def planes_of(image: Image.Image, icc: bytes | None) -> Planes:
    """Decode the current frame of a Pillow image with up to 8 bits, or with 16 bits of grey.

    Raises:
        PictureError: "format_not_allowed" for 32-bit integers and other modes that are no picture.
    """
    image.load()
    mode = image.mode
    if mode == "CMYK":
        return _cmyk(image, icc)
    if mode == "LAB":
        return Planes(colour.lab_to_srgb(image), in_srgb=True)
    if mode in ("I", "F") or mode.startswith("I;"):
        return Planes(_deep_grey(image))
    transparent, maybe_grey = "transparency" in image.info, False
    if mode in ("1", "L"):
        image = image.convert("LA" if transparent else "L")
    elif mode == "La":
        image = image.convert("LA")
    elif mode in ("P", "PA", "RGBa") or (mode == "RGB" and transparent):
        palette = image.palette.mode if image.palette else ""
        with_alpha = transparent or mode in ("PA", "RGBa") or palette in ("RGBA", "LA")
        image = image.convert("RGBA" if with_alpha else "RGB")
        maybe_grey = mode in ("P", "PA")
    elif mode not in ("LA", "RGB", "RGBA"):
        image = image.convert("RGB")  # YCbCr, RGBX, HSV
    samples = np.asarray(image)
    if image.mode == "L":
        return Planes(samples[..., None])
    if image.mode == "RGB":
        return Planes(samples, maybe_grey=maybe_grey)
    alpha = np.ascontiguousarray(samples[..., -1])
    return Planes(np.ascontiguousarray(samples[..., :-1]), alpha, maybe_grey=maybe_grey)


def planes_of_floats(samples: NDArray[Any]) -> Planes:
    """Samples (height, width, channels) of floats between 0 and 1 as 16-bit planes.

    Raises:
        PictureError: "non_finite", or "format_not_allowed" for values outside.
    """
    if not np.isfinite(samples).all():
        raise PictureError("non_finite", "the picture contains NaN or infinite values")
    if samples.min() < -1e-6 or samples.max() > 1 + 1e-6:
        raise PictureError("format_not_allowed", "float samples must lie between 0 and 1; convert the file first")
    whole = np.rint(np.clip(samples, 0, 1) * 65535.0).astype(np.uint16)
    return split(whole, notes=("float samples were read as 16-bit",))


def split(samples: NDArray[Any], *, notes: tuple[str, ...] = ()) -> Planes:
    """Planes of (height, width, 1 to 4) samples: grey, grey + alpha, RGB, RGB + alpha."""
    if samples.ndim == 2:
        samples = samples[..., None]
    channels = samples.shape[2]
    if channels not in (1, 2, 3, 4):
        raise PictureError("format_not_allowed", f"pictures of {channels} channels are not supported")
    if channels in (1, 3):
        return Planes(np.ascontiguousarray(samples), notes=notes)
    colours, alpha = np.ascontiguousarray(samples[..., :-1]), np.ascontiguousarray(samples[..., -1])
    return Planes(colours, alpha, notes=notes)


def _cmyk(image: Image.Image, icc: bytes | None) -> Planes:
    if icc is not None and colour.profile_kind(icc) == "cmyk":
        return Planes(colour.cmyk_to_srgb(image, icc), in_srgb=True, notes=("CMYK was converted to sRGB",))
    note = "CMYK without a usable profile: its colours are only approximately right"
    return Planes(np.asarray(image.convert("RGB")), in_srgb=True, notes=(note,))


def _deep_grey(image: Image.Image) -> Samples:
    if image.mode == "F" or (image.mode == "I" and image.format != "PPM"):
        raise PictureError("format_not_allowed", "32-bit samples are not supported; convert the file to 16-bit")
    return np.asarray(image).astype(np.uint16)[..., None]


def read_deep_ppm(image: Image.Image, file: BinaryIO) -> Planes:
    """Read the 16-bit colour samples of a PPM file whose header Pillow has read."""
    tile = cast(ImageFile.ImageFile, image).tile[0]
    width, height = image.size
    largest = int(cast(tuple[str, int], tile.args)[1])
    count = width * height * 3
    file.seek(0)
    plain = file.read(2) == b"P3"
    file.seek(tile.offset)
    if plain:
        words = b" ".join(line.partition(b"#")[0] for line in file.read().splitlines()).split()[:count]
        samples = np.array(words, dtype=np.int64) if len(words) == count else np.empty(0, np.int64)
    else:
        data = file.read(count * 2)
        samples = np.frombuffer(data, ">u2") if len(data) == count * 2 else np.empty(0, np.int64)
    if samples.size < count:
        raise PictureError("truncated", "the file ends too early")
    if samples.min() < 0 or samples.max() > largest:
        raise PictureError("corrupt", "the file is damaged: samples beyond its own maximum")
    if largest != 65535:
        samples = np.rint(samples * (65535.0 / largest))
    return Planes(samples.astype(np.uint16).reshape(height, width, 3))
