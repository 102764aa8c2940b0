"""Pictures of one size: cut, resized without fringes, laid on backgrounds."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from srgan.data import fixed_colours, laid_on, load_pictures
from srgan.errors import UsageError
from srgan.images import imresize

RED = (250, 20, 60)


def saved(path: Path, pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def disc(side: int) -> NDArray[np.uint8]:
    """A red disc; green lies under the transparent pixels, as junk does in real files."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    pixels = np.empty((side, side, 4), np.uint8)
    pixels[...] = (0, 255, 0, 0)
    pixels[x**2 + y**2 < (side / 3) ** 2] = (*RED, 255)
    return pixels


def test_pictures_of_the_right_size_are_kept_to_the_bit(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    plain = random.integers(0, 256, (16, 16, 3), np.uint8)
    clear = random.integers(0, 256, (16, 16, 4), np.uint8)
    clear[..., 3] |= 1
    store = load_pictures([saved(tmp_path / "a.png", plain), saved(tmp_path / "b.png", clear)], size=16)
    assert (len(store), store.size) == (2, 16)
    assert np.array_equal(store.pixels[0, ..., :3], plain)
    assert (store.pixels[0, ..., 3] == 255).all()
    assert np.array_equal(store.pixels[1], clear)


def test_opaque_pictures_are_reduced_by_antialiased_bicubic_and_cut_to_the_centre(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)
    store = load_pictures([saved(tmp_path / "a.png", pixels)], size=16)
    exact = imresize(pixels.astype(np.float64), size=(16, 24))[:, 4:20].clip(0, 255)
    assert np.abs(store.pixels[0, ..., :3] - exact).max() <= 0.5 + 1e-6


@pytest.mark.parametrize(("height", "width"), [(5, 9), (16, 8), (200, 41)])
def test_any_shape_becomes_a_square(tmp_path: Path, height: int, width: int) -> None:
    pixels = np.full((height, width, 3), 77, np.uint8)
    store = load_pictures([saved(tmp_path / "a.png", pixels)], size=8)
    assert (store.pixels[0, ..., :3] == 77).all()


def test_edges_have_the_colour_of_what_they_are_the_edge_of(tmp_path: Path) -> None:
    pixels = load_pictures([saved(tmp_path / "a.png", disc(128))], size=32).pixels[0]
    visible, edge = pixels[..., 3] > 0, (pixels[..., 3] > 0) & (pixels[..., 3] < 255)
    assert edge.sum() > 30
    assert (pixels[visible][:, :3] == RED).all()
    assert (pixels[~visible] == 0).all()


def test_laying_before_or_after_resizing_is_the_same(tmp_path: Path) -> None:
    store = load_pictures([saved(tmp_path / "a.png", disc(128))], size=32)
    for colour in (np.array([255, 255, 255], np.uint8), np.array([10, 90, 200], np.uint8)):
        before = imresize(laid_on(disc(128)[None], colour)[0].astype(np.float64), size=(32, 32))
        after = laid_on(store.pixels, colour)[0]
        # Bicubic overshoots beside edges; alpha cannot.
        inside = np.clip(before, np.minimum(colour, RED), np.maximum(colour, RED))
        assert np.abs(after - inside).max() <= 1.5


def test_laid_on_plain_colours() -> None:
    pictures = np.zeros((2, 1, 3, 4), np.uint8)
    pictures[..., :3], pictures[..., 3] = 200, [0, 51, 255]
    colours = np.array([[0, 100, 255], [10, 20, 30]], np.uint8)
    laid = laid_on(pictures, colours)
    assert laid[0, 0].tolist() == [[0, 100, 255], [40, 120, 244], [200] * 3]
    assert laid[1, 0, 0].tolist() == [10, 20, 30]
    assert np.array_equal(laid_on(pictures, colours[1])[1], laid[1])


def test_laid_on_is_the_rounded_mix_of_any_colour_and_transparency() -> None:
    behind, values = np.array([0, 1, 127, 254, 255]), np.arange(256)
    pictures = np.empty((5, 256, 256, 4), np.uint8)  # backgrounds, colours, transparencies
    pictures[..., :3], pictures[..., 3] = values[:, None, None], values
    laid = laid_on(pictures, np.repeat(behind[:, None], 3, axis=1).astype(np.uint8))
    exact = (values[:, None] * values + behind[:, None, None] * (255 - values)) / 255
    assert np.abs(laid - exact[..., None]).max() <= 0.5


def test_fixed_colours_belong_to_a_place_and_a_seed() -> None:
    colours = fixed_colours(40, seed=3)
    assert np.array_equal(fixed_colours(7, seed=3), colours[:7])
    assert not np.array_equal(fixed_colours(40, seed=4), colours)
    assert len(np.unique(colours, axis=0)) == 40


def test_deep_pictures(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", np.full((8, 8), 257 * 130, np.uint16))
    assert (load_pictures([path], size=8).pixels == (130, 130, 130, 255)).all()


def test_pictures_that_cannot_be_read_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    paths = [tmp_path / "broken.png", saved(tmp_path / "a.png", disc(9)), tmp_path / "empty.png"]
    with pytest.raises(UsageError, match=r"(?s)key: 2 pictures cannot be used:.*broken\.png: .*empty\.png: "):
        load_pictures(paths, size=8, key="key")
