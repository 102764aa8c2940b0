"""A folder of good, odd and hostile files, built from a fixed seed, with what must become of each.

For tests of reading, of batches and of the service: `make_hostile(folder)`.
"""

import contextlib
import io
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyvips
from numpy.typing import NDArray
from PIL import Image

from tests.images.profiles import DISPLAY_P3, cmyk_profile, grey_profile, rgb_profile

Status = Literal["done", "failed", "skipped", "either"]


@dataclass(frozen=True)
class Expectation:
    """What must become of a file.

    Attributes:
        status: done, failed, skipped; "either" when damage may leave a picture that decodes.
        codes: the reasons that are right for it (all, for skipped ones that `walk` gives).
        size: width and height, upright.
        grey: one colour channel.
        alpha: it has transparency.
        deep: 16 bits a sample.
    """

    status: Status
    codes: frozenset[str] = frozenset()
    size: tuple[int, int] | None = None
    grey: bool = False
    alpha: bool = False
    deep: bool = False


DAMAGED = frozenset({"truncated", "corrupt", "empty", "not_an_image", "format_not_allowed", "too_large", "oom"})


def make_hostile(folder: Path, *, seed: int = 2) -> dict[str, Expectation]:
    """Fill a folder and tell what must become of each entry, by its path below the folder."""
    maker = _Maker(folder, np.random.default_rng(seed))
    for group in _GROUPS:
        group(maker)
    return maker.expected


class _Maker:
    def __init__(self, folder: Path, rng: np.random.Generator) -> None:
        self.folder = folder
        self.rng = rng
        self.expected: dict[str, Expectation] = {}

    def samples(self, channels: int, *, deep: bool = False, size: tuple[int, int] = (23, 17)) -> NDArray[Any]:
        """A smooth picture with a little noise: (height, width, channels)."""
        x, y = np.meshgrid(np.linspace(0, 1, size[0]), np.linspace(0, 1, size[1]))
        waves = [np.sin(5 * x + 2 * c) * np.cos(4 * y - c) for c in range(channels)]
        values = 0.5 + 0.4 * np.stack(waves, axis=-1) + self.rng.uniform(-0.05, 0.05, (size[1], size[0], channels))
        return np.rint(values * (65535 if deep else 255)).astype(np.uint16 if deep else np.uint8)

    def image(self, channels: int = 3, *, size: tuple[int, int] = (23, 17)) -> Image.Image:
        samples = self.samples(channels, size=size)
        return Image.fromarray(samples[..., 0] if channels == 1 else samples)

    def file(self, name: str, data: bytes, expectation: Expectation) -> None:
        path = self.folder / name
        with contextlib.suppress(OSError):  # not every file system takes every name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            self.expected[name] = expectation

    def good(
        self,
        name: str,
        data: bytes,
        size: tuple[int, int] = (23, 17),
        *,
        grey: bool = False,
        alpha: bool = False,
        deep: bool = False,
    ) -> None:
        self.file(name, data, Expectation("done", size=size, grey=grey, alpha=alpha, deep=deep))

    def bad(self, name: str, data: bytes, *codes: str) -> None:
        self.file(name, data, Expectation("failed", frozenset(codes)))

    def either(self, name: str, data: bytes) -> None:
        self.file(name, data, Expectation("either", DAMAGED))

    def skipped(self, name: str, make: Callable[[Path], object], *codes: str) -> None:
        path = self.folder / name
        with contextlib.suppress(OSError, AttributeError, NotImplementedError):  # not every system has every kind
            path.parent.mkdir(parents=True, exist_ok=True)
            make(path)
            self.expected[name] = Expectation("skipped", frozenset(codes))


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: ANN401
    """The bytes of a file that Pillow writes."""
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int, kind: int, data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of any header, with this compressed data and more chunks before it."""
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )


def png_of(samples: NDArray[Any], *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG file of (height, width, 1 to 4) samples, 8 or 16 bits, unfiltered."""
    height, width, channels = samples.shape
    deep = samples.dtype == np.uint16
    rows = samples.astype(">u2").view(np.uint8) if deep else samples
    raw = np.concatenate([np.zeros((height, 1), np.uint8), np.ascontiguousarray(rows).reshape(height, -1)], axis=1)
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    return png(width, height, 16 if deep else 8, kind, zlib.compress(raw.tobytes()), *chunks)


def tiff_of(samples: NDArray[Any], **options: Any) -> bytes:  # noqa: ANN401
    """A TIFF file of (height, width, channels) samples of any type."""
    deep = samples.dtype == np.uint16
    names = {1: "grey16" if deep else "b-w", 3: "rgb16" if deep else "srgb", 4: "rgb16" if deep else "srgb"}
    interpretation = names[samples.shape[2]] if samples.dtype != np.float32 else "multiband"
    image = pyvips.Image.new_from_array(samples, interpretation=interpretation)
    return bytes(image.tiffsave_buffer(**options))


def _modes(maker: _Maker) -> None:
    for channels, name in ((1, "grey"), (2, "grey_alpha"), (3, "rgb"), (4, "rgba")):
        grey, alpha = channels < 3, channels in (2, 4)
        maker.good(f"modes/{name}8.png", png_of(maker.samples(channels)), grey=grey, alpha=alpha)
        data = png_of(maker.samples(channels, deep=True))
        maker.good(f"modes/{name}16.png", data, deep=True, grey=grey, alpha=alpha)
        maker.good(f"modes/{name}.tif", encoded(maker.image(channels), "TIFF"), grey=grey, alpha=alpha)
        if channels != 2:
            data = tiff_of(maker.samples(channels, deep=True), compression="deflate")
            maker.good(f"modes/{name}16.tif", data, deep=True, grey=grey, alpha=alpha)
    for format in ("JPEG", "BMP", "PPM", "GIF", "TIFF"):
        maker.good(f"modes/grey.{format.lower()}", encoded(maker.image(1), format), grey=True)
    for format in ("JPEG", "BMP", "PPM", "GIF", "TIFF", "WEBP", "AVIF"):
        maker.good(f"modes/colour.{format.lower()}", encoded(maker.image(), format))
    for format in ("WEBP", "AVIF"):
        maker.good(f"modes/alpha.{format.lower()}", encoded(maker.image(4), format), alpha=True)
    maker.good("modes/bits.png", encoded(maker.image(1).convert("1"), "PNG"), grey=True)
    maker.good("modes/bits.tif", encoded(maker.image(1).convert("1"), "TIFF", compression="group4"), grey=True)
    maker.good("modes/palette.png", encoded(maker.image().quantize(16), "PNG"))
    maker.good("modes/palette_trns.png", encoded(maker.image().quantize(16), "PNG", transparency=3), alpha=True)
    partly = bytes(range(0, 256, 16))
    maker.good("modes/palette_half.png", encoded(maker.image().quantize(16), "PNG", transparency=partly), alpha=True)
    maker.good("modes/key.png", encoded(maker.image(), "PNG", transparency=(1, 2, 3)), alpha=True)
    maker.good("modes/key.gif", encoded(maker.image().quantize(16), "GIF", transparency=2), alpha=True)
    maker.good("modes/cmyk.jpg", encoded(maker.image().convert("CMYK"), "JPEG", quality=95))
    cmyk = maker.image().convert("CMYK")
    maker.good("modes/cmyk_icc.jpg", encoded(cmyk, "JPEG", icc_profile=cmyk_profile()))
    maker.good("modes/cmyk.tif", encoded(cmyk, "TIFF", compression="tiff_lzw"))
    deep = maker.samples(3, deep=True)
    maker.good("modes/deep.ppm", b"P6\n23 17\n65535\n" + deep.astype(">u2").tobytes(), deep=True)
    maker.good("modes/plain.ppm", b"P3 2 1 1000\n0 500 1000 7 8 9\n", (2, 1), deep=True)
    values = np.clip(maker.samples(1).astype(np.float32) / 255, 0, 1)
    maker.good("modes/float.tif", tiff_of(values), grey=True, deep=True)


def _orientations(maker: _Maker) -> None:
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = turn
        size = (23, 17) if turn < 5 else (17, 23)
        maker.good(f"turned/{turn}.jpg", encoded(maker.image(), "JPEG", exif=exif), size)
        if turn in (3, 6, 8):
            maker.good(f"turned/{turn}.png", encoded(maker.image(), "PNG", exif=exif), size)
            maker.good(f"turned/{turn}.webp", encoded(maker.image(), "WEBP", exif=exif), size)
            maker.good(f"turned/{turn}.tif", encoded(maker.image(), "TIFF", exif=exif), size)


def _profiles(maker: _Maker) -> None:
    adobe, display = rgb_profile(), rgb_profile(DISPLAY_P3, 2.2)
    for format in ("PNG", "JPEG", "TIFF", "WEBP"):
        maker.good(f"profiles/adobe.{format.lower()}", encoded(maker.image(), format, icc_profile=adobe))
    maker.good("profiles/display.jpg", encoded(maker.image(), "JPEG", icc_profile=display))
    deep = png_of(maker.samples(3, deep=True), (b"iCCP", b"x\0\0" + zlib.compress(display)))
    maker.good("profiles/deep.png", deep, deep=True)
    maker.good("profiles/grey.png", encoded(maker.image(1), "PNG", icc_profile=grey_profile()), grey=True)
    maker.good("profiles/misfit.jpg", encoded(maker.image(1), "JPEG", icc_profile=adobe), grey=True)
    maker.good("profiles/rubbish.png", encoded(maker.image(), "PNG", icc_profile=b"rubbish" * 40))
    huge = maker.rng.integers(0, 256, (1 << 20) + 9, dtype=np.uint8).tobytes()
    maker.good("profiles/huge.jpg", encoded(maker.image(), "JPEG", icc_profile=huge))


def _sizes(maker: _Maker) -> None:
    for size in ((1, 1), (2, 3), (7, 1), (1, 500), (500, 1), (64, 64)):
        data = encoded(maker.image(size=size), "PNG")
        maker.good(f"sizes/{size[0]}x{size[1]}.png", data, size)
    maker.good("sizes/1x1.jpg", encoded(maker.image(size=(1, 1)), "JPEG"), (1, 1))
    maker.good("sizes/1x1.gif", encoded(maker.image(1, size=(1, 1)), "GIF"), (1, 1), grey=True)


def _no_pictures(maker: _Maker) -> None:
    maker.bad("not/empty.png", b"", "empty")
    maker.bad("not/one.png", b"\x89", "not_an_image")
    maker.bad("not/signature.png", b"\x89PNG\r\n\x1a\n", "truncated", "corrupt")
    maker.bad("not/random.jpg", b"\1" + maker.rng.bytes(4095), "not_an_image")
    maker.bad("not/text.jpg", b"This is no picture.\n" * 20, "not_an_image")
    maker.bad("not/error.png", b"<!doctype html><title>404</title>", "not_an_image")
    active = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]><svg>&x;</svg>'
    maker.bad("not/entity.svg", active, "format_not_allowed")
    maker.bad("not/reader.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/hostname) (r) file\n", "format_not_allowed")
    maker.bad("not/fetch.png", b"push graphic-context\nimage over 0,0 1,1 'url(http://x/)'\n", "format_not_allowed")
    maker.bad("not/large.ico", b"\0\0\1\0\xff\xff" + bytes(64), "format_not_allowed")
    maker.bad("not/photo.psd", b"8BPS\0\1" + bytes(60), "format_not_allowed")
    maker.skipped("not/readme.txt", lambda path: path.write_text("nothing to see"), "ignored")
    maker.skipped("not/table.csv", lambda path: path.write_text("a,b\n1,2\n"), "ignored")


def _damage(maker: _Maker) -> None:
    whole = {"png": encoded(maker.image(), "PNG"), "jpg": encoded(maker.image(size=(64, 48)), "JPEG")}
    whole["tif"] = encoded(maker.image(), "TIFF", compression="tiff_lzw")
    whole["webp"] = encoded(maker.image(size=(64, 48)), "WEBP")
    whole["gif"] = encoded(maker.image(), "GIF")
    for suffix, data in whole.items():
        for percent in (10, 50, 90):
            cut = data[: len(data) * percent // 100]
            if suffix in ("png", "jpg") or percent == 50:
                maker.bad(f"damage/cut{percent}.{suffix}", cut, "truncated", "corrupt", "not_an_image")
    deep = png_of(maker.samples(3, deep=True))
    maker.bad("damage/deep_cut.png", deep[: len(deep) // 2], "truncated", "corrupt")
    tiff = tiff_of(maker.samples(3, deep=True))
    maker.bad("damage/deep_cut.tif", tiff[: len(tiff) // 2], "truncated", "corrupt")
    maker.bad("damage/cut.ppm", b"P6 23 17 65535\n" + bytes(99), "truncated")
    for count in (1, 4, 16, 64):
        for copy in range(5):
            for suffix in ("png", "jpg"):
                data = _flipped(maker.rng, whole[suffix], count)
                maker.either(f"damage/flip{count}_{copy}.{suffix}", data)
    for copy, suffix in enumerate(("tif", "webp", "gif")):
        maker.either(f"damage/flip{copy}.{suffix}", _flipped(maker.rng, whole[suffix], 4))


def _bombs(maker: _Maker) -> None:
    zeros = zlib.compress(bytes(1000))
    maker.bad("bombs/50000.png", png(50_000, 50_000, 8, 2, zeros), "too_large")
    maker.bad("bombs/bits.png", png(30_000, 30_000, 1, 0, zeros), "too_large")
    maker.bad("bombs/largest.png", png(2**31 - 1, 2**31 - 1, 8, 2, zeros), "too_large")
    maker.bad("bombs/long.png", png(70_000, 1, 8, 0, zeros), "too_large")
    maker.bad("bombs/none.png", png(0, 0, 8, 2, zeros), "corrupt", "truncated")
    maker.bad("bombs/liar.png", png(4_000, 4_000, 8, 2, zeros), "truncated", "corrupt")
    jpeg = bytearray(encoded(maker.image(), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", 30_000, 30_000)
    maker.bad("bombs/frame.jpg", bytes(jpeg), "too_large")
    bitmap = bytearray(encoded(maker.image(), "BMP"))
    bitmap[22:26] = struct.pack("<i", -(2**31))
    maker.bad("bombs/height.bmp", bytes(bitmap), "too_large", "corrupt")
    screen = bytearray(encoded(maker.image(1), "GIF"))
    screen[6:10] = struct.pack("<HH", 65_535, 65_535)
    maker.bad("bombs/screen.gif", bytes(screen), "too_large")
    text = (b"zTXt", b"x\0\0" + zlib.compress(bytes(64 << 20), 1))
    maker.bad("bombs/text.png", png_of(maker.samples(3), text), "corrupt")
    profile = (b"iCCP", b"x\0\0" + zlib.compress(bytes(64 << 20), 1))
    maker.bad("bombs/profile.png", png_of(maker.samples(3), profile), "corrupt")
    frames = [Image.new("L", (1, 1), n % 2 * 255) for n in range(300)]
    maker.good(
        "bombs/frames.gif", encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), (1, 1), grey=True
    )


def _structure(maker: _Maker) -> None:
    loop = b"II*\0\x08\0\0\0" + struct.pack("<H", 1) + struct.pack("<HHLL", 256, 4, 1, 5) + struct.pack("<L", 8)
    maker.bad("structure/loop.tif", loop, "corrupt", "truncated", "format_not_allowed")
    for name, value in (("nan", np.nan), ("inf", np.inf), ("minus", -np.inf)):
        grey = np.full((9, 9, 1), 0.5, np.float32)
        grey[4, 4] = value
        maker.bad(f"structure/{name}.tif", tiff_of(grey), "non_finite")
        maker.bad(f"structure/{name}_rgb.tif", tiff_of(np.repeat(grey, 3, axis=2)), "non_finite")
    maker.bad("structure/range.tif", tiff_of(np.full((9, 9, 1), 300, np.float32)), "format_not_allowed")
    pages = [maker.image(), maker.image()]
    maker.good("structure/pages.tif", encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    maker.good("structure/moving.webp", encoded(pages[0], "WEBP", save_all=True, append_images=pages[1:]))
    maker.good("structure/moving.png", encoded(pages[0], "PNG", save_all=True, append_images=pages[1:]))
    tail = b"<?php echo 1; ?>PK\5\6" + bytes(18)
    maker.good("structure/polyglot.png", encoded(maker.image(), "PNG") + tail)


def _names(maker: _Maker) -> None:
    picture = encoded(maker.image(), "PNG")
    photo = encoded(maker.image(), "JPEG")
    maker.good("names/really_png.jpg", picture)
    maker.good("names/really_jpeg.png", photo)
    maker.good("names/no_ending", picture)
    names = ["dots..png", "-rf.png", " space.png", "line\nbreak.png", "colour\x1b[31m.png", "\N{RED APPLE}.png"]
    names += ["\u00e9.png", "e\u0301.png", "日本語/写真.png", "n" * 251 + ".png", "a b & c;d.png", "x/y/z/deep.png"]
    names += ["ok_a.png", "x/ok_a.png", "q'uote\".png", "%s%n.png"]
    for name in names:
        maker.good(f"names/{name}", picture)
    maker.good("names/" + os.fsdecode(b"\xff\xfe.png"), picture)
    maker.good("names/ok_a.jpg", photo)
    if not (maker.folder / "names" / "OK_A.png").exists():  # where case counts
        maker.good("names/ok_A.PNG", picture)
    for name in ("Thumbs.db", ".DS_Store", "._ok_a.png", ".hidden.png"):
        maker.skipped(f"names/{name}", lambda path: path.write_bytes(picture), "hidden")


def _file_system(maker: _Maker) -> None:
    picture = encoded(maker.image(), "PNG")
    maker.good("links/real.png", picture)
    maker.skipped("links/self.png", lambda path: path.symlink_to(path.name), "vanished", "symlink")
    maker.skipped("links/dangling.png", lambda path: path.symlink_to("nowhere.png"), "vanished")
    maker.skipped("links/loop", lambda path: path.symlink_to("."), "symlink", "visited")
    maker.skipped("links/up", lambda path: path.symlink_to(".."), "symlink", "visited")
    maker.skipped("links/outside.png", lambda path: path.symlink_to("/etc/hostname"), "symlink", "vanished")
    maker.skipped("links/zero.png", lambda path: path.symlink_to("/dev/zero"), "not_regular", "vanished")
    maker.skipped("links/pipe.png", lambda path: os.mkfifo(path), "not_regular")
    maker.skipped("links/folder.png", lambda path: path.mkdir(), "not_regular")
    with contextlib.suppress(OSError):
        (maker.folder / "links/inside.png").symlink_to("real.png")
        maker.expected["links/inside.png"] = Expectation("done", size=(23, 17))
    if hasattr(os, "geteuid") and os.geteuid() != 0:  # the superuser reads everything
        maker.bad("links/locked.png", picture, "permission")
        (maker.folder / "links/locked.png").chmod(0)


def _flipped(rng: np.random.Generator, data: bytes, count: int) -> bytes:
    copy = bytearray(data)
    for place in rng.integers(8, len(copy), count):
        copy[place] ^= int(rng.integers(1, 256))
    return bytes(copy)


_GROUPS = (
    _modes,
    _orientations,
    _profiles,
    _sizes,
    _no_pictures,
    _damage,
    _bombs,
    _structure,
    _names,
    _file_system,
)
