"""Colour profiles: from a file's colours to sRGB and back.

Relative colorimetric with black point compensation, so that both directions are inverse to each other where the colour
lies in both gamuts. Grey is converted by a table of all its values.
"""

import functools
import io
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from srgan.images.picture import Samples

MAX_PROFILE_BYTES = 1 << 20

Kind = Literal["rgb", "grey", "cmyk"]
_SPACES: dict[str, Kind] = {"RGB": "rgb", "GRAY": "grey", "CMYK": "cmyk"}
_MODES: dict[Kind, str] = {"rgb": "RGB", "grey": "L", "cmyk": "CMYK"}


@functools.cache
def srgb_profile() -> bytes:
    """An sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@functools.lru_cache(maxsize=16)
def profile_kind(icc: bytes) -> Kind | None:
    """What a profile describes; None when it is damaged, too large, or usable in one direction only."""
    if len(icc) > MAX_PROFILE_BYTES:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        kind = _SPACES.get(profile.profile.xcolor_space.strip())
        if kind is not None:
            _transform(icc, srgb_profile(), _MODES[kind], "RGB")
            if kind != "cmyk":
                _transform(srgb_profile(), icc, "RGB", _MODES[kind])
    except Exception:  # littleCMS refuses in many ways
        return None
    return kind


@functools.lru_cache(maxsize=16)
def is_srgb(icc: bytes) -> bool:
    """Whether an RGB profile gives sRGB's colours, within one level of 255."""
    if profile_kind(icc) != "rgb":
        return False
    steps = np.linspace(0, 255, 9).astype(np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    return bool(np.abs(convert(cube, icc, srgb_profile()).astype(int) - cube).max() <= 1)


def convert(rgb: Samples, source: bytes, target: bytes) -> Samples:
    """Convert RGB (height, width, 3), 8 or 16 bits, from one RGB profile to another."""
    if rgb.dtype == np.uint8:
        image = ImageCms.applyTransform(Image.fromarray(rgb), _transform(source, target, "RGB", "RGB"))
        return np.asarray(cast(Image.Image, image))
    return _convert_deep(rgb, source, target)


def cmyk_to_srgb(image: Image.Image, icc: bytes) -> NDArray[np.uint8]:
    """Convert a CMYK image (Pillow's sense: 255 is full ink) with its profile to RGB (height, width, 3)."""
    converted = ImageCms.applyTransform(image, _transform(icc, srgb_profile(), "CMYK", "RGB"))
    return np.asarray(cast(Image.Image, converted))


def lab_to_srgb(image: Image.Image) -> NDArray[np.uint8]:
    """Convert a CIE Lab image to RGB (height, width, 3)."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    converted = ImageCms.applyTransform(image, _transform(lab, srgb_profile(), "LAB", "RGB"))
    return np.asarray(cast(Image.Image, converted))


def grey_to_srgb(grey: Samples, icc: bytes) -> Samples:
    """Convert grey samples of any shape, 8 or 16 bits, from a grey or RGB profile to sRGB's grey."""
    table = _grey_table(icc, str(grey.dtype), "to")
    return table[grey]


def grey_from_srgb(grey: Samples, icc: bytes) -> Samples:
    """The inverse of `grey_to_srgb`."""
    table = _grey_table(icc, str(grey.dtype), "from")
    return table[grey]


@functools.lru_cache(maxsize=16)
def _transform(source: bytes, target: bytes, mode: str, target_mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(source)),
        ImageCms.ImageCmsProfile(io.BytesIO(target)),
        mode,
        target_mode,
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@functools.lru_cache(maxsize=8)
def _grey_table(icc: bytes, dtype: str, direction: Literal["to", "from"]) -> Samples:
    values: Any = np.arange(np.iinfo(dtype).max + 1).astype(dtype)[None, :]
    ramp = np.repeat(values[..., None], 3, axis=2)
    kind = profile_kind(icc)
    if kind == "rgb":
        pair = (icc, srgb_profile()) if direction == "to" else (srgb_profile(), icc)
        return convert(ramp, *pair)[0, :, 1]
    if dtype == "uint16":
        deep = _convert_deep(values[..., None], icc, srgb_profile()) if direction == "to" else None
        deep = _convert_deep(ramp, srgb_profile(), icc) if deep is None else deep
        return deep[0, :, 1 if direction == "to" else 0]
    if direction == "to":
        image = ImageCms.applyTransform(Image.fromarray(values), _transform(icc, srgb_profile(), "L", "RGB"))
        return cast(Samples, np.asarray(image)[0, :, 1])
    image = ImageCms.applyTransform(Image.fromarray(ramp), _transform(srgb_profile(), icc, "RGB", "L"))
    return cast(Samples, np.asarray(image)[0])


def _convert_deep(samples: NDArray[Any], source: bytes, target: bytes) -> Samples:
    import pyvips

    interpretation = "grey16" if samples.shape[2] == 1 else "rgb16"
    options = {"intent": "relative", "black_point_compensation": True, "pcs": "lab"}
    image = pyvips.Image.new_from_array(samples, interpretation=interpretation)
    # The name of a profile would be a file; both profiles travel as embedded ones instead.
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", source)
    connection = image.icc_import(embedded=True, **options).copy()
    connection.set_type(pyvips.GValue.blob_type, "icc-profile-data", target)
    result: NDArray[np.uint16] = connection.icc_export(depth=16, **options).numpy()
    return result if result.ndim == 3 else result[..., None]
