"""The packaged models as they are shipped: no grid, no colour shift, no seams."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from srgan.errors import UsageError
from srgan.images import imresize
from srgan.runtime import Model
from srgan.zoo import DEFAULT, list_models, load_model

NAMES = [entry.name for entry in list_models() if entry.task == "super_resolution"]


def smooth_picture() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    coarse = np.random.default_rng(4).integers(60, 200, (5, 6, 3)).astype(np.float64)
    return np.rint(imresize(coarse, size=(90, 110))).clip(0, 255).astype(np.uint8)


def half(name: str) -> Model:
    try:
        return load_model(name, device="cpu", precision="bf16")
    except UsageError as error:
        pytest.skip(f"bf16 cannot be had here: {error}")


@pytest.mark.parametrize("name", NAMES)
def test_half_precision_leaves_no_grid_and_no_shift(name: str) -> None:
    """Rounding errors that depend on the place of a pixel show as a weave on smooth areas."""
    picture = smooth_picture()
    exact = load_model(name, device="cpu", precision="fp32").upscale(picture).astype(int)
    difference = half(name).upscale(picture).astype(int) - exact
    phases = np.array([[difference[row::4, column::4].mean() for column in range(4)] for row in range(4)])
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.05
    assert np.abs(phases).max() < 0.03


@pytest.mark.parametrize("name", NAMES)
def test_flat_colours_stay_flat(name: str) -> None:
    """No pattern at all, and the colour itself; a model that draws texture may miss it by one level of 255."""
    model = load_model(name, device="cpu")
    for colour in ((0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 40, 90)):
        result = model.upscale(np.full((70, 81, 3), colour, np.uint8)).astype(int)
        rim = model.scale * (model.metadata.receptive_field or 0)
        inner = result[rim:-rim, rim:-rim]
        assert np.ptp(inner, axis=(0, 1)).max() == 0, colour
        assert np.abs(inner - colour).max() <= (0 if name == "x4-fidelity" else 1), colour
        if name == "x4-fidelity":
            assert np.abs(result - colour).mean() < 0.1, colour


def test_the_smooth_stays_near_bicubic() -> None:
    picture = smooth_picture()
    expected = imresize(picture, scale=4).astype(int)
    result = load_model(DEFAULT, device="cpu").upscale(picture).astype(int)
    assert np.abs((result - expected).mean(axis=(0, 1))).max() < 0.25
    assert np.abs(result - expected).mean() < 1.0


def test_an_outline_gets_colours_and_stays() -> None:
    """A face of circles: strokes stay black, the paper stays white, what is inside is filled."""
    drawing = Image.new("RGB", (128, 128), "white")
    draw = ImageDraw.Draw(drawing)
    draw.ellipse((24, 24, 104, 104), outline="black", width=4)
    for left in (48, 72):
        draw.ellipse((left, 52, left + 7, 62), fill="black")
    draw.arc((48, 60, 80, 86), 20, 160, fill="black", width=4)
    outline = np.asarray(drawing)
    exact = load_model("emoji-colour", device="cpu", precision="fp32").translate(outline).astype(int)
    stroke = (outline == 0).all(axis=2)
    assert exact[stroke].mean() < 25
    assert exact[:16].min() > 230
    inside = exact[68:72, 56:72].reshape(-1, 3).mean(axis=0)
    assert np.ptp(inside) > 60, inside
    assert np.abs(half("emoji-colour").translate(outline).astype(int) - exact).mean() < 1.0


def test_words_become_pictures() -> None:
    model = load_model("emoji-text", device="cpu")
    heart, flag = (model.generate(text, count=3, seed=1) for text in ("red heart", "flag: Italy"))
    for picture in heart:
        assert picture.shape == (64, 64, 3)
        assert picture[0].min() > 220, "the paper stays white"
        red, green, blue = picture[24:32, 26:38].reshape(-1, 3).mean(axis=0)
        assert red > max(green, blue) + 60
    for picture in flag:
        left, middle, right = (picture[26:38, start : start + 6].reshape(-1, 3).mean(axis=0) for start in (12, 29, 48))
        assert left[1] > left[0] + 30
        assert middle.min() > 200
        assert right[0] > right[1] + 60
    assert np.array_equal(model.generate("red heart", seed=1, first=2)[0], heart[2])
    assert not np.array_equal(heart[0], heart[1])
