from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image

import srgan.images.tiff
from srgan.images import Picture, read, save
from tests.images.test_png import picture_of


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_other_decoders_read_what_was_written(
    channels: int,
    dtype: Any,  # noqa: ANN401
    big: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if big:
        monkeypatch.setattr(srgan.images.tiff, "_CLASSIC_BYTES", 0)
    picture, samples = picture_of(channels, dtype, (37, 53))
    path = tmp_path / "a.tif"
    assert save(picture, path) == ()
    assert path.read_bytes()[:4] == (b"II+\0" if big else b"II*\0")
    again = pyvips.Image.new_from_file(str(path), fail_on="warning").numpy().reshape(samples.shape)
    assert again.dtype == dtype
    assert np.array_equal(again, samples)
    if dtype == np.uint8:
        with Image.open(path) as image:
            assert np.array_equal(np.asarray(image).reshape(samples.shape), samples)
    back = read(path)
    assert back.rgb.dtype == dtype
    assert np.array_equal(back.rgb, picture.rgb)
    assert picture.alpha is None or np.array_equal(picture.alpha, np.asarray(back.alpha))


@pytest.mark.parametrize("big", [False, True])
def test_many_strips(big: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if big:
        monkeypatch.setattr(srgan.images.tiff, "_CLASSIC_BYTES", 0)
    picture, samples = picture_of(3, np.uint16, (1300, 700))
    save(picture, tmp_path / "a.tif")
    image = pyvips.Image.new_from_file(str(tmp_path / "a.tif"))
    assert np.array_equal(image.numpy(), samples)
    cv2 = pytest.importorskip("cv2")
    assert np.array_equal(cv2.imread(str(tmp_path / "a.tif"), cv2.IMREAD_UNCHANGED)[..., ::-1], samples)


def test_smooth_pictures_become_small(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.arange(0, 65536, 256, dtype=np.uint16)[None, :, None], (256, 256, 3))
    save(Picture(ramp), tmp_path / "a.tif")
    assert (tmp_path / "a.tif").stat().st_size < ramp.size * 2 / 20
