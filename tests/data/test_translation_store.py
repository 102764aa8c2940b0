"""Pictures of a translation: sizes, halves, transparency, and what does not fit."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from srgan.data import TranslationPaths, load_translation, load_unpaired
from srgan.errors import UsageError
from srgan.images import imresize

RANDOM = np.random.default_rng(0)


def saved(path: Path, height: int, width: int, channels: int = 3) -> tuple[Path, NDArray[np.uint8]]:
    pixels = RANDOM.integers(0, 256, (height, width, channels), np.uint8)
    Image.fromarray(pixels).save(path)
    return path, pixels


def test_pairs_keep_pixels_transparency_and_shapes(tmp_path: Path) -> None:
    (a, opaque), (b, clear) = saved(tmp_path / "a.png", 8, 12), saved(tmp_path / "b.png", 8, 12, 4)
    (c, tall), _ = saved(tmp_path / "c.png", 9, 8), None
    store = load_translation([TranslationPaths(a, b), TranslationPaths(c, c)], load=8, smallest=8)
    assert [picture.shape for picture in store.sources] == [(8, 12, 4), (9, 8, 4)]
    assert np.array_equal(store.sources[0][..., :3], opaque)
    assert (store.sources[0][..., 3] == 255).all()
    assert np.array_equal(store.targets[0], np.where(clear[..., 3:] > 0, clear, 0))
    assert np.array_equal(store.targets[1][..., :3], tall)


def test_halves_of_a_file_are_cut_before_they_are_resized(tmp_path: Path) -> None:
    path, pixels = saved(tmp_path / "a.png", 20, 60)
    left, right = pixels[:, :30], pixels[:, 30:]
    store = load_translation([TranslationPaths(path, None, "source_target")], load=10)
    for half, loaded in ((left, store.sources[0]), (right, store.targets[0])):
        exact = imresize(half.astype(np.float64), size=(10, 15)).clip(0, 255)
        assert np.abs(loaded[..., :3] - exact).max() <= 0.5 + 1e-6
    turned = load_translation([TranslationPaths(path, None, "target_source")], load=10)
    assert np.array_equal(turned.sources[0], store.targets[0])
    assert np.array_equal(turned.targets[0], store.sources[0])


def test_without_a_size_pictures_stay_as_they_are(tmp_path: Path) -> None:
    (a, pixels), (b, _) = saved(tmp_path / "a.png", 5, 7), saved(tmp_path / "b.png", 5, 7)
    store = load_translation([TranslationPaths(a, b)], smallest=5)
    assert np.array_equal(store.sources[0][..., :3], pixels)


def test_partners_of_other_sizes_and_the_same_shape_fit_once_resized(tmp_path: Path) -> None:
    (a, _), (b, _) = saved(tmp_path / "a.png", 16, 24), saved(tmp_path / "b.png", 8, 12)
    assert load_translation([TranslationPaths(a, b)], load=8).sources[0].shape == (8, 12, 4)
    with pytest.raises(UsageError, match=r"a\.png is 24x16, but .*b\.png is 12x8; .* need the same size"):
        load_translation([TranslationPaths(a, b)])


def test_everything_that_does_not_fit_is_named_at_once(tmp_path: Path) -> None:
    (a, _), (b, _) = saved(tmp_path / "a.png", 8, 9), saved(tmp_path / "b.png", 16, 16)
    (tmp_path / "broken.png").write_text("no picture")
    paths = [TranslationPaths(a, b), TranslationPaths(a, None, "source_target"), TranslationPaths(b, b)]
    paths.append(TranslationPaths(b, tmp_path / "broken.png"))
    message = (
        r"(?s)key: 3 pictures cannot be used:.*a\.png is 9x8, but .*b\.png is 16x16; .* the same shape"
        r".*a\.png is 9x8: two pictures side by side have an even width.*broken\.png: "
    )
    with pytest.raises(UsageError, match=message):
        load_translation(paths, load=8, key="key")
    with pytest.raises(UsageError, match=r"1 pictures cannot be used:\s+.*broken\.png: "):
        load_unpaired([a], [b, tmp_path / "broken.png"], load=8)


def test_pictures_smaller_than_the_crops_are_named(tmp_path: Path) -> None:
    (a, _), (b, _) = saved(tmp_path / "a.png", 8, 9), saved(tmp_path / "b.png", 16, 16)
    with pytest.raises(UsageError, match=r"data: 1 pictures are smaller than the crops of 12x12 .*\s+.*a\.png \(9x8\)"):
        load_translation([TranslationPaths(b, b), TranslationPaths(a, a)], smallest=12)
    with pytest.raises(UsageError, match=r"key: 1 pictures are smaller .*\s+.*a\.png \(9x8\)"):
        load_unpaired([b], [a, b], smallest=12, key="key")
    with pytest.raises(UsageError, match=r"crops of 12x12 .* to key\.load = 8; set key\.size to 8 at most"):
        load_unpaired([b], [b], load=8, smallest=12, key="key")


def test_unpaired_sides_have_their_own_numbers_and_shapes(tmp_path: Path) -> None:
    (a, _), (b, pixels), (c, _) = (saved(tmp_path / f"{n}.png", 6 + k, 8) for k, n in enumerate("abc"))
    store = load_unpaired([a], [b, c], load=7, smallest=7)
    assert [picture.shape for picture in store.sources] == [(7, 9, 4)]
    assert [picture.shape for picture in store.targets] == [(7, 8, 4), (7, 7, 4)]
    assert np.array_equal(store.targets[0][..., :3], pixels)
