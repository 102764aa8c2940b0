"""A picture in memory, what was said about it in its file, and the limits that keep it harmless."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError

Format = Literal["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "PPM"]
Samples = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """What a file says besides its pixels.

    Attributes:
        format: the format of the file.
        icc: its ICC profile (at most 1 MB); None means sRGB.
        exif: EXIF as a TIFF structure without the "Exif" prefix; orientation reset, no thumbnail, no GPS position
            unless it was asked for.
        xmp: XMP packet, under the same rules.
        dpi: horizontal and vertical pixels per inch.
        parameters: how the picture was made, in words, to be written (see `srgan.images.read_parameters`).
    """

    format: Format = "PNG"
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    parameters: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """An upright picture in sRGB.

    Attributes:
        rgb: (height, width, 3) uint8 or uint16, sRGB; the three channels of a grey picture are equal.
        alpha: (height, width) of the same type, straight (not premultiplied), or None.
        grey: whether the file was grey; such a picture is written with one colour channel.
        info: what the file says besides its pixels.
        notes: what a person should know about the decoding, in words.
    """

    rgb: Samples
    alpha: Samples | None = None
    grey: bool = False
    info: PictureInfo = field(default_factory=PictureInfo)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse arrays that do not fit the description.

        Raises:
            ValueError: wrong shape or type.
        """
        if self.rgb.ndim != 3 or self.rgb.shape[2] != 3 or 0 in self.rgb.shape:
            raise ValueError(f"rgb must have the shape (height, width, 3), got {self.rgb.shape}")
        if self.rgb.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"rgb must be uint8 or uint16, got {self.rgb.dtype}")
        if self.alpha is not None and (self.alpha.shape != self.rgb.shape[:2] or self.alpha.dtype != self.rgb.dtype):
            raise ValueError("alpha must have the height, the width and the type of rgb")

    @property
    def dtype(self) -> np.dtype[np.uint8 | np.uint16]:
        """Type of the samples."""
        return self.rgb.dtype

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.rgb.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.rgb.shape[0])


@dataclass(frozen=True, slots=True)
class Header:
    """What a file's header promises.

    Attributes:
        format: the format, decided by content.
        width: width of the upright picture in pixels.
        height: height of the upright picture in pixels.
        frames: number of frames or pages (only the first is read).
    """

    format: Format
    width: int
    height: int
    frames: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What one picture may cost.

    Attributes:
        input_pixels: largest input, width times height, checked from the header.
        output_pixels: largest output.
        side: longest side of an input in pixels.
        file_bytes: largest file.
        seconds: longest decoding (in a `Decoder`).
        memory_bytes: address space of the decoding process (in a `Decoder`, POSIX only).
    """

    input_pixels: int = 100_000_000
    output_pixels: int = 1_000_000_000
    side: int = 65_535
    file_bytes: int = 1 << 30
    seconds: float = 30.0
    memory_bytes: int = 4 << 30

    def check_input(self, width: int, height: int) -> None:
        """Refuse an input that is too large.

        Raises:
            PictureError: "too_large".
        """
        if width * height > self.input_pixels or max(width, height) > self.side:
            raise PictureError(
                "too_large",
                f"{width} x {height} pixels are more than allowed ({self.input_pixels / 1e6:g} million, "
                f"sides up to {self.side})",
            )


_SIDES: dict[Format, int] = {"JPEG": 65_535, "WEBP": 16_383, "AVIF": 65_535, "GIF": 65_535, "TIFF": 2**31 - 1}


def check_output(width: int, height: int, format: Format, limits: Limits | None = None) -> None:
    """Refuse an output that is too large, before anything is computed.

    Args:
        width: width of the output in pixels.
        height: height of the output in pixels.
        format: format of the output.
        limits: also check `output_pixels`; None checks only what the format can hold.

    Raises:
        PictureError: "too_large" or "output_too_large_for_format".
    """
    if limits is not None and width * height > limits.output_pixels:
        raise PictureError(
            "too_large",
            f"the output of {width} x {height} pixels is more than allowed ({limits.output_pixels / 1e6:g} million)",
        )
    side = _SIDES.get(format, 2**31 - 1)
    if max(width, height) > side:
        raise PictureError(
            "output_too_large_for_format",
            f"{format} holds sides up to {side} pixels, the output has {width} x {height}; choose PNG",
        )
