from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import srgan
from srgan.errors import PictureError
from srgan.zoo import load, upscale
from tests.runtime.networks import described
from tests.zoo.conftest import add_model


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "I;16"])
def test_pillow_in_pillow_out(packaged: Path, mode: str) -> None:
    image = Image.fromarray(noise(9, 7, 3)).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(noise(9, 7).astype(np.uint16) * 257)
    result = upscale(image, "x2-tiny", device="cpu")
    assert isinstance(result, Image.Image)
    assert result.size == (14, 18)
    assert result.mode == {"P": "RGB", "1": "L", "CMYK": "RGB"}.get(mode, mode)


def test_a_palette_with_a_transparent_colour_keeps_it(packaged: Path) -> None:
    image = Image.fromarray(noise(9, 7) % 4).convert("P")
    image.info["transparency"] = 1
    assert upscale(image, "x2-tiny", device="cpu").mode == "RGBA"


def test_pillow_pictures_are_turned_upright(packaged: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(9, 7, 3)).save(tmp_path / "turned.jpg", exif=exif)
    with Image.open(tmp_path / "turned.jpg") as image:
        assert upscale(image, "x2-tiny", device="cpu").size == (18, 14)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_array_in_array_out(packaged: Path, kind: type) -> None:
    image = noise(9, 7, 4).astype(kind) / kind(255 if kind is np.float32 else 1)
    result = upscale(image.astype(kind), "x2-tiny", 3, device="cpu")
    assert (result.shape, result.dtype) == ((27, 21, 4), kind)


def test_path_in_array_out(packaged: Path, tmp_path: Path) -> None:
    shapes = {"grey.png": (9, 7), "rgb.png": (9, 7, 3), "rgba.png": (9, 7, 4)}
    for name, shape in shapes.items():
        Image.fromarray(noise(*shape)).save(tmp_path / name)
        result = upscale(tmp_path / name, "x2-tiny", device="cpu")
        assert result.shape == (18, 14, *shape[2:])
        direct = upscale(noise(*shape), "x2-tiny", device="cpu")
        assert (result == direct).all()
    with pytest.raises(PictureError):
        upscale(str(tmp_path / "gone.png"), "x2-tiny")


def test_models_by_name_by_path_and_loaded_are_the_same(packaged: Path) -> None:
    image = noise(9, 7, 3)
    by_name = srgan.upscale(image, model="x2-tiny", device="cpu")
    path = packaged.parent / "models/x2-tiny.onnx"
    assert (srgan.upscale(image, model=path, device="cpu") == by_name).all()
    assert (srgan.upscale(image, model=load("x2-tiny", device="cpu")) == by_name).all()
    assert (srgan.load_model("x2-tiny", device="cpu").upscale(image) == by_name).all()


def test_a_model_file_that_was_written_again_is_loaded_again(tmp_path: Path) -> None:
    image, path = noise(9, 7, 3), tmp_path / "model.onnx"
    path.write_bytes(described(2))
    assert upscale(image, path, device="cpu").shape == (18, 14, 3)
    path.write_bytes(described(3))
    assert upscale(image, path, device="cpu").shape == (27, 21, 3)


def test_results_are_finished_as_wished(packaged: Path) -> None:
    image = noise(9, 7, 3)
    plain = upscale(image, "x2-tiny", device="cpu")
    for wish in ({"strength": 0.5}, {"tta": True}, {"fix_colour": True}):
        result = upscale(image, "x2-tiny", device="cpu", **wish)
        assert result.shape == plain.shape
        assert (result != plain).any()
    picture = upscale(Image.fromarray(image), "x2-tiny", device="cpu", strength=0.5)
    assert (np.asarray(picture) == upscale(image, "x2-tiny", device="cpu", strength=0.5)).all()


def test_strength_mixes_a_perceptual_model_with_its_faithful_one(packaged: Path) -> None:
    add_model(packaged, "sharp", more='fidelity = "x2-tiny"')
    image = noise(9, 7, 3)
    sharp, faithful = (upscale(image, name, 3, device="cpu") for name in ("sharp", "x2-tiny"))
    assert (sharp != faithful).any()
    assert (upscale(image, "sharp", 3, device="cpu", strength=0) == faithful).all()
    half = upscale(image, "sharp", 3, device="cpu", strength=0.5)
    assert np.abs(half - (sharp.astype(float) + faithful) / 2).max() <= 0.51
    loaded = srgan.load_model("sharp", device="cpu")
    assert (upscale(image, loaded, 3, strength=0.5) == half).all()


def test_the_scale_chooses_the_default_model(packaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_model(packaged, "x4", scale=4)
    add_model(packaged, "half", more="default = true")
    image = noise(9, 7, 3)
    for scale, name in ((2, "half"), (1.5, "half"), (3, "x4"), (None, "x4")):
        assert (upscale(image, scale=scale, device="cpu") == upscale(image, name, scale, device="cpu")).all()
