from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import srgan
from srgan.errors import ModelError
from srgan.zoo import load, translate
from tests.runtime.translators import described


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "1", "CMYK", "I;16"])
def test_pillow_in_pillow_out(with_translator: Path, mode: str) -> None:
    image = Image.fromarray(noise(9, 7, 3)).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(noise(9, 7).astype(np.uint16) * 257)
    result = translate(image, device="cpu", precision="fp32")
    assert isinstance(result, Image.Image)
    assert result.size == (7, 9)
    assert result.mode == ("RGBA" if mode in ("LA", "RGBA") else "RGB")
    array = noise(9, 7) if mode == "I;16" else np.asarray(image.convert("RGB"))
    expected = translate(array, device="cpu", precision="fp32")
    assert np.abs(np.asarray(result.convert("RGB")).astype(int) - expected).max() <= (mode == "I;16")


def test_pillow_pictures_are_turned_upright(with_translator: Path, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise(9, 7, 3)).save(tmp_path / "turned.jpg", exif=exif)
    with Image.open(tmp_path / "turned.jpg") as image:
        assert translate(image, device="cpu").size == (9, 7)


def test_path_in_array_out(with_translator: Path, tmp_path: Path) -> None:
    for name, shape in {"grey.png": (9, 7), "rgb.png": (9, 7, 3), "rgba.png": (9, 7, 4)}.items():
        Image.fromarray(noise(*shape)).save(tmp_path / name)
        result = translate(tmp_path / name, size=18, device="cpu")
        assert result.shape == (18, 14, 4 if shape[2:] == (4,) else 3)
        assert (result == translate(noise(*shape), size=18, device="cpu")).all()


def test_models_by_name_by_path_and_loaded_are_the_same(with_translator: Path) -> None:
    image = noise(9, 7, 3)
    by_name = srgan.translate(image, model="swap", device="cpu")
    path = with_translator.parent / "models/swap.onnx"
    assert (srgan.translate(image, model=path, device="cpu") == by_name).all()
    assert (srgan.translate(image, device="cpu") == by_name).all()
    assert (srgan.translate(image, model=load("swap", device="cpu", command="translate")) == by_name).all()
    assert (srgan.load_model("swap", device="cpu").translate(image) == by_name).all()
    with pytest.raises(ModelError, match="use srgan translate"):
        srgan.upscale(image, "swap", device="cpu")
    with pytest.raises(ModelError, match="use srgan upscale"):
        srgan.translate(image, "x2-tiny", device="cpu")


def test_the_seed_matters_to_models_that_take_noise(tmp_path: Path) -> None:
    image, path = noise(9, 7, 3), tmp_path / "noisy.onnx"
    path.write_bytes(described(latent=4))
    results = [translate(image, path, seed=seed, device="cpu") for seed in (0, 0, 1)]
    assert (results[0] == results[1]).all()
    assert (results[0] != results[2]).any()
