import io
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image

from srgan.images import Picture, PictureInfo, encode, read, save
from srgan.images.rows import bands, layout_for


def picture_of(channels: int, dtype: Any, size: tuple[int, int] = (37, 53)) -> tuple[Picture, NDArray[Any]]:  # noqa: ANN401
    samples = np.random.default_rng(1).integers(0, np.iinfo(dtype).max + 1, (*size, channels)).astype(dtype)
    colours = np.repeat(samples[..., :1], 3, axis=2) if channels < 3 else samples[..., :3]
    alpha = samples[..., -1] if channels in (2, 4) else None
    return Picture(np.ascontiguousarray(colours), alpha, channels < 3), samples


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    found, place = [], 8
    while place < len(data):
        length = int.from_bytes(data[place : place + 4])
        name, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert int.from_bytes(data[place + 8 + length : place + 12 + length]) == zlib.crc32(name + body)
        found.append((name, body))
        place += 12 + length
    return found


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_other_decoders_read_what_was_written(channels: int, dtype: Any, tmp_path: Path) -> None:  # noqa: ANN401
    picture, samples = picture_of(channels, dtype)
    path = tmp_path / "a.png"
    assert save(picture, path) == ()
    again = pyvips.Image.new_from_file(str(path), fail_on="warning").numpy().reshape(samples.shape)
    assert again.dtype == dtype
    assert np.array_equal(again, samples)
    with Image.open(path) as image:
        image.load()
        eight = samples if dtype == np.uint8 else (samples >> 8).astype(np.uint8)
        if dtype == np.uint8:
            assert np.array_equal(np.asarray(image).reshape(samples.shape), eight)
        assert image.mode in ("L", "LA", "RGB", "RGBA", "I;16")
    cv2 = pytest.importorskip("cv2")
    decoded = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert decoded.dtype == dtype
    if channels == 4:
        assert np.array_equal(cv2.cvtColor(decoded, cv2.COLOR_BGRA2RGBA), samples)
    elif channels == 3:
        assert np.array_equal(decoded[..., ::-1], samples)
    back = read(path)
    assert np.array_equal(back.rgb, picture.rgb)
    assert back.grey == picture.grey
    assert picture.alpha is None or np.array_equal(picture.alpha, np.asarray(back.alpha))


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (700, 1), (1500, 900)])
def test_all_sizes_and_many_bands(size: tuple[int, int]) -> None:
    picture, samples = picture_of(3, np.uint8, size)
    file = io.BytesIO()
    encode(picture, file, "PNG")
    parts = chunks(file.getvalue())
    assert parts[0][0] == b"IHDR"
    assert parts[-1] == (b"IEND", b"")
    assert len(list(bands(picture, layout_for(picture, "PNG")))) == (4 if size == (1500, 900) else 1)
    with Image.open(file) as image:
        assert np.array_equal(np.asarray(image), samples)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_file_is_the_same_on_any_number_of_cores(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    picture, samples = picture_of(3, np.uint8, (3000, 900))
    expected = io.BytesIO()
    encode(picture, expected, "PNG")
    monkeypatch.setattr("srgan.images.png._THREADS", threads)
    file = io.BytesIO()
    encode(picture, file, "PNG")
    assert file.getvalue() == expected.getvalue()
    stream = b"".join(body for name, body in chunks(file.getvalue()) if name == b"IDAT")
    # Python's own zlib also verifies the checksum that was put together from those of the bands.
    rows = np.frombuffer(zlib.decompress(stream), np.uint8).reshape(3000, -1)
    assert (rows[:, 0] == 2).all()
    assert (np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8) == samples.reshape(3000, -1)).all()


def test_rows_come_from_a_mapped_file_band_by_band(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "rows.raw", np.uint8, "w+", shape=(2000, 1000, 3))
    mapped[:] = np.arange(2000, dtype=np.uint16)[:, None, None].astype(np.uint8)
    picture = Picture(mapped)
    sizes = [band.nbytes for band in bands(picture, layout_for(picture, "PNG"))]
    assert len(sizes) > 4
    assert max(sizes) <= 1 << 20
    save(picture, tmp_path / "a.png")
    assert np.array_equal(read(tmp_path / "a.png").rgb, mapped)


def test_the_file_need_not_be_seekable() -> None:
    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:  # noqa: ANN401
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    picture, samples = picture_of(4, np.uint16)
    encode(picture, pipe, "PNG")  # type: ignore[arg-type]
    assert np.array_equal(read(pipe.data).rgb, samples[..., :3])


def test_chunks_of_metadata() -> None:
    info = PictureInfo(exif=b"II*\0\x08\0\0\0\0\0\0\0\0\0", xmp=b"<x/>", dpi=(300, 72))
    file = io.BytesIO()
    encode(Picture(np.zeros((2, 2, 3), np.uint8), info=info), file, "PNG")
    named = dict(chunks(file.getvalue()))
    assert named[b"pHYs"] == (11811).to_bytes(4) + (2835).to_bytes(4) + b"\1"
    assert named[b"eXIf"] == info.exif
    assert named[b"iTXt"] == b"XML:com.adobe.xmp\0\0\0\0\0<x/>"
    assert list(named)[-2:] == [b"IDAT", b"IEND"]


def test_the_up_filter_pays() -> None:
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[None, :, None], (256, 256, 3))
    file = io.BytesIO()
    encode(Picture(ramp), file, "PNG")
    assert len(file.getvalue()) < 256 * 256 * 3 / 20
