"""Reading animations frame by frame, each as the whole picture that is seen while it is shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from PIL import Image

from srgan.images.boundary import decoding
from srgan.images.decode import present
from srgan.images.headers import open_header
from srgan.images.picture import Format, Limits, Picture
from srgan.images.pixels import planes_of
from srgan.images.source import opened

__all__ = ["ANIMATED", "Frame", "read_frames"]

ANIMATED: frozenset[Format] = frozenset({"GIF", "PNG", "WEBP"})
"""The formats that hold animations."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of an animation.

    Attributes:
        picture: what is seen, with everything that earlier frames left.
        milliseconds: how long.
        plays: how often the whole animation is shown; 0 is for ever.
        count: frames of the animation.
    """

    picture: Picture
    milliseconds: int
    plays: int
    count: int


def read_frames(source: str | Path | bytes, *, limits: Limits, keep_gps: bool = False) -> Iterator[Frame]:
    """Read the frames of a GIF, PNG or WebP file one after the other, 8 bits each.

    Until it is exhausted or closed, nothing else can be decoded by other threads of this process; foreign files are
    the business of `srgan.images.Decoder.frames`.

    Raises:
        PictureError: as `srgan.images.read`.
    """
    with decoding(), opened(source, limits) as (file, format):
        header = open_header(file, format, limits)
        image = cast(Image.Image, header.image)
        count = int(getattr(image, "n_frames", 1))
        # An APNG may begin with a picture for programs that know no animations.
        first = int(bool(image.info.get("default_image")) and count > 1)
        for number in range(first, count):
            image.seek(number)
            icc = image.info.get("icc_profile")
            planes = planes_of(image, icc if isinstance(icc, bytes) else None)
            picture = present(header, planes, [], keep_gps=keep_gps)
            shown = image.info.get("duration", 0)
            yield Frame(picture, max(0, round(float(shown))), _plays(format, image.info.get("loop")), count - first)


def _plays(format: Format, loop: int | None) -> int:
    if format != "GIF":
        return loop or 0
    if loop is None:
        return 1  # a GIF file says nothing, or how often it is repeated
    return loop + 1 if loop else 0
