"""Reading a picture inside this process; every failure is a PictureError.

Foreign files are safer in the hands of `srgan.images.Decoder`, which does the same in a child process.
"""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from PIL import Image

from srgan.errors import PictureError
from srgan.images import colour, metadata
from srgan.images.boundary import decoding
from srgan.images.formats import FORMATS
from srgan.images.headers import Opened, open_header
from srgan.images.picture import Header, Limits, Picture, PictureInfo, Samples
from srgan.images.pixels import Planes, planes_of, planes_of_floats, read_deep_ppm, split
from srgan.images.source import opened


def probe(source: str | Path | bytes, *, limits: Limits | None = None) -> Header:
    """Read only the header of a file or of its bytes, and check it against the limits.

    Raises:
        PictureError: empty, not_an_image, format_not_allowed, too_large, truncated, corrupt, permission, vanished or
            not_regular.
    """
    limits = limits or Limits()
    with decoding(), opened(source, limits) as (file, format):
        header = open_header(file, format, limits)
        return Header(format, *header.upright, frames=_frames(header.image))


def read(source: str | Path | bytes, *, limits: Limits | None = None, keep_gps: bool = False) -> Picture:
    """Read a picture: upright, in sRGB, 16 bits where the file has more than 8, with its metadata.

    Of animations and documents, the first frame is read. The format is decided by content, not by name.

    Args:
        source: a path, or the bytes of a file.
        limits: pixels and bytes that are accepted.
        keep_gps: keep the position in EXIF and XMP.

    Raises:
        PictureError: as for `probe`, and non_finite or oom. No other exception and no warning comes out.
    """
    limits = limits or Limits()
    with decoding(), opened(source, limits) as (file, format):
        header = open_header(file, format, limits)
        notes = list(_naming(source, header))
        frames = _frames(header.image)
        icc = _profile(header, [])
        planes = _deep_planes(header, file) if header.deep else planes_of(cast(Image.Image, header.image), icc)
        notes += planes.notes
        if frames > 1:
            notes.append(f"only the first of {frames} frames was read")
        return present(header, planes, notes, keep_gps=keep_gps)


def present(header: Opened, planes: Planes, notes: list[str], *, keep_gps: bool) -> Picture:
    """The upright picture in sRGB that decoded samples are, with what the file says about it.

    Args:
        header: of the file.
        planes: the samples.
        notes: what a person should know so far; more is added.
        keep_gps: keep the position in EXIF and XMP.
    """
    icc = _profile(header, notes)
    if icc is not None and not planes.in_srgb:
        icc = _to_srgb(planes, icc, notes)
    elif planes.in_srgb:
        icc = None
    planes.maybe_grey |= header.format in ("WEBP", "AVIF")  # which cannot say that a picture is grey
    # Pillow has turned what it decoded of a TIFF file already.
    turn = 1 if header.tiff is not None and not header.deep else header.orientation
    return _picture(planes, turn, _info(header, icc, keep_gps, notes), notes)


def _picture(planes: Planes, turn: int, info: PictureInfo, notes: list[str]) -> Picture:
    samples = _TURNS[turn](planes.colour)
    if planes.maybe_grey and samples.shape[2] == 3 and _is_neutral(samples):
        samples = samples[..., :1]
    alpha = None if planes.alpha is None else np.ascontiguousarray(_TURNS[turn](planes.alpha))
    grey = samples.shape[2] == 1
    rgb = np.repeat(samples, 3, axis=2) if grey else np.ascontiguousarray(samples)
    if not rgb.flags.writeable:  # memory of Pillow's: callers own what they get
        rgb = rgb.copy()
    return Picture(rgb, alpha, grey, info, tuple(notes))


def _is_neutral(samples: Samples) -> bool:
    first = samples[..., :1]
    return bool((samples[::16, ::16] == first[::16, ::16]).all() and (samples == first).all())


_TURNS: dict[int, Callable[[Samples], Samples]] = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: np.swapaxes(a, 0, 1),
    6: lambda a: np.swapaxes(a, 0, 1)[:, ::-1],
    7: lambda a: np.swapaxes(a, 0, 1)[::-1, ::-1],
    8: lambda a: np.swapaxes(a, 0, 1)[::-1],
}


def _deep_planes(header: Opened, file: BinaryIO) -> Planes:
    if header.format == "PPM":
        return read_deep_ppm(cast(Image.Image, header.image), file)
    import pyvips

    pyvips.block_untrusted_set(True)
    file.seek(0)
    image = pyvips.Image.new_from_buffer(file.read(), "", access="sequential", fail_on="error")
    if (image.width, image.height) != header.size:
        raise PictureError("corrupt", "two decoders disagree about the size")
    samples = image.numpy()
    if header.tiff is not None and header.tiff.is_float:
        return planes_of_floats(samples.astype(np.float64))
    if samples.dtype != np.uint16:
        raise PictureError("corrupt", "two decoders disagree about the depth")
    planes = split(samples)  # libvips has made premultiplied alpha straight
    if header.tiff is not None and header.tiff.extra[:1] == (0,):
        planes.alpha = None  # an extra sample that is said to be no alpha
    return planes


def _to_srgb(planes: Planes, icc: bytes, notes: list[str]) -> bytes | None:
    """Convert the colours in place; returns the profile if it could be used."""
    kind = colour.profile_kind(icc)
    grey = planes.colour.shape[2] == 1
    if kind not in ("rgb", "grey") or (kind == "grey" and not grey):
        notes.append("the colour profile is damaged or does not fit the picture: ignored, taken as sRGB")
        return None
    if colour.is_srgb(icc):
        return icc
    if grey:
        planes.colour = colour.grey_to_srgb(planes.colour, icc)
    else:
        planes.colour = colour.convert(planes.colour, icc, colour.srgb_profile())
    return icc


def _profile(header: Opened, notes: list[str]) -> bytes | None:
    icc = header.info.get("icc_profile")
    if not isinstance(icc, bytes) or not icc:
        return None
    if len(icc) > colour.MAX_PROFILE_BYTES:
        notes.append(f"a colour profile of {len(icc)} bytes is too large: ignored, taken as sRGB")
        return None
    return icc


def _info(header: Opened, icc: bytes | None, keep_gps: bool, notes: list[str]) -> PictureInfo:
    exif = None
    try:
        exif = metadata.clean_exif(header.tags(), keep_gps=keep_gps)
    except Exception:  # damage in what is not the picture does not cost the picture
        notes.append("damaged EXIF was dropped")
    xmp = header.info.get("xmp")
    dpi = metadata.clean_dpi(header.info.get("dpi"))
    if dpi is not None and header.orientation > 4:
        dpi = dpi[1], dpi[0]
    kept = metadata.clean_xmp(xmp, keep_gps=keep_gps) if isinstance(xmp, bytes | str) else None
    return PictureInfo(header.format, icc, exif, kept, dpi)


def _frames(image: Image.Image | None) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # counting is decoding too, but the first frame may be sound
        return 1


def _naming(source: str | Path | bytes, header: Opened) -> list[str]:
    if isinstance(source, bytes):
        return []
    suffix = Path(source).suffix
    if FORMATS.get(suffix.lower()) == header.format:
        return []
    return [f"the file is {header.format} although its name " + (f"ends in {suffix}" if suffix else "has no ending")]
