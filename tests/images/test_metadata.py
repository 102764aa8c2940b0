import io
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import ExifTags, Image

from srgan.images import Picture, PictureInfo, encode, read, save
from srgan.images.metadata import clean_dpi, clean_xmp
from tests.images.hostile import encoded, png_of

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="t" xmlns:exif="e" xmlns:dc="d" tiff:Orientation="6" '
    b'exif:GPSLatitude="48,8N" exif:GPSLongitude=\'11,5E\' dc:title="kept">'
    b"<exif:GPSAltitude>520/1</exif:GPSAltitude></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "maker"
    exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "2020:01:02 03:04:05"
    details[ExifTags.Base.ExifImageWidth] = 40
    details[ExifTags.Base.ExifImageHeight] = 30
    details[ExifTags.Base.FNumber] = 2.8
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return exif


def parsed(exif: bytes | None) -> Image.Exif:
    assert exif is not None
    tags = Image.Exif()
    tags.load(exif)
    return tags


@pytest.mark.parametrize("keep_gps", [False, True])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_is_kept_without_position_unless_asked(format: str, keep_gps: bool) -> None:
    image = Image.new("RGB", (40, 30))
    exif = camera_exif()
    if format == "TIFF":  # the writer wants them as ordinary tags there
        exif[ExifTags.IFD.Exif] = dict(exif.get_ifd(ExifTags.IFD.Exif))
        exif[ExifTags.IFD.GPSInfo] = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    data = encoded(image, format, exif=exif)
    tags = parsed(read(data, keep_gps=keep_gps).info.exif)
    assert tags[ExifTags.Base.Make] == "maker"
    assert tags.get(ExifTags.Base.Orientation, 1) == 1
    details = tags.get_ifd(ExifTags.IFD.Exif)
    assert details[ExifTags.Base.DateTimeOriginal] == "2020:01:02 03:04:05"
    assert float(details[ExifTags.Base.FNumber]) == 2.8
    assert (tags.get_ifd(ExifTags.IFD.GPSInfo).get(1) == "N") == keep_gps
    assert not set(tags) & {256, 257, 258, 273, 279}  # the storage of the TIFF file it came from


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
@pytest.mark.parametrize("deep", [False, True])
def test_metadata_reaches_the_file(suffix: str, deep: bool, tmp_path: Path) -> None:
    picture = read(encoded(Image.new("RGB", (40, 30)), "JPEG", exif=camera_exif(), xmp=XMP, dpi=(300, 150)))
    assert picture.info.dpi == (150, 300)  # turned with the picture
    rgb = np.full((77, 55, 3), 99, np.uint16 if deep else np.uint8)
    path = tmp_path / f"a{suffix}"
    save(Picture(rgb, info=picture.info), path)
    again = read(path)
    tags = parsed(again.info.exif)
    assert tags[ExifTags.Base.Make] == "maker"
    details = tags.get_ifd(ExifTags.IFD.Exif)
    assert (details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight]) == (55, 77)
    assert not tags.get_ifd(ExifTags.IFD.GPSInfo)
    assert (again.width, again.height) == (55, 77)
    assert again.info.xmp is not None
    assert b'dc:title="kept"' in again.info.xmp
    if suffix in (".jpg", ".png", ".tif"):
        assert again.info.dpi == pytest.approx((150, 300), abs=0.02)
    if suffix != ".avif":  # no AVIF in every build of libvips
        image = pyvips.Image.new_from_file(str(path))
        assert "maker" in image.get("exif-ifd0-Make") if suffix != ".tif" else image.get("xmp-data")
    save(Picture(rgb, info=picture.info), path, keep_metadata=False)
    bare = read(path).info
    assert (bare.exif, bare.xmp, bare.dpi) == (None, None, None)


def test_xmp_loses_position_and_turn_only() -> None:
    kept = clean_xmp(XMP, keep_gps=False)
    assert kept is not None
    assert b"GPS" not in kept
    assert b'dc:title="kept"' in kept
    assert b'tiff:Orientation="1"' in kept
    with_position = clean_xmp(XMP, keep_gps=True)
    assert with_position == XMP.replace(b'tiff:Orientation="6"', b'tiff:Orientation="1"')
    assert clean_xmp(b"<a><tiff:Orientation> 8 </tiff:Orientation></a>", keep_gps=False) == (
        b"<a><tiff:Orientation>1</tiff:Orientation></a>"
    )
    assert clean_xmp('<a b="exif:GPSLatitude 48"/>'.encode("utf-16"), keep_gps=False) is None
    assert clean_xmp(bytes(99), keep_gps=True) is None
    assert clean_xmp(b"x" * (1 << 21), keep_gps=True) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((300, 150.5), (300.0, 150.5)),
        ((0, 0), None),
        ((float("nan"), 1), None),
        ((1e9, 1e9), None),
        (None, None),
        ((300,), None),
        (("a", "b"), None),
    ],
)
def test_resolutions_without_sense_are_dropped(value: object, expected: object) -> None:
    assert clean_dpi(value) == expected


def test_damaged_exif_does_not_cost_the_picture() -> None:
    exif = camera_exif().tobytes()
    for length in range(6, len(exif), 9):
        picture = read(encoded(Image.new("RGB", (8, 4)), "JPEG", exif=exif[:length]))
        assert picture.width * picture.height == 32


def test_metadata_of_16_bit_files() -> None:
    tiff = camera_exif().tobytes().removeprefix(b"Exif\0\0")
    density = (11811).to_bytes(4) * 2 + b"\1"
    samples = np.zeros((4, 8, 3), np.uint16)
    packet = b"XML:com.adobe.xmp\0\0\0\0\0" + XMP
    info = read(png_of(samples, (b"eXIf", tiff), (b"pHYs", density), (b"iTXt", packet))).info
    assert parsed(info.exif)[ExifTags.Base.Make] == "maker"
    assert info.dpi == pytest.approx((300, 300), abs=0.01)
    assert info.xmp is not None
    assert b"GPS" not in info.xmp


def test_metadata_that_is_too_long_for_jpeg_is_dropped_with_a_note() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 70_000
    info = PictureInfo(exif=exif.tobytes().removeprefix(b"Exif\0\0"), xmp=b"<x>" + b"y" * 70_000 + b"</x>")
    file = io.BytesIO()
    notes = encode(Picture(np.zeros((4, 4, 3), np.uint8), info=info), file, "JPEG")
    assert len(notes) == 2
    assert all("dropped" in note for note in notes)
    assert read(file.getvalue()).width == 4
