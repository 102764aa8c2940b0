"""Pairs, crops and batches."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from srgan.data import Batches, CropSampler, PairPaths, PairStore, data_hash, load_pair, load_pairs, pair_by_name
from srgan.data.augmentation import PairAugmentation
from srgan.data.opaque import on_white
from srgan.errors import OutputError, UsageError
from srgan.images import Picture, imresize, save


def picture(path: Path, height: int, width: int, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def store(count: int = 3, scale: int = 2) -> PairStore:
    random = np.random.default_rng(0)
    low = [random.integers(0, 256, (20 + i, 31 - i, 3), np.uint8) for i in range(count)]
    # Each LR pixel becomes a flat block, so that a crop pair can be checked for alignment.
    high = [image.repeat(scale, axis=0).repeat(scale, axis=1) for image in low]
    return PairStore(low, high, scale)


def batches(pairs: PairStore, *, augment: bool = True, seed: int = 5) -> Batches:
    sampler = CropSampler(pairs, patch=8, texture=1.0, seed=seed)
    return Batches(pairs, sampler, size=6, patch=8, augment=augment, seed=seed, device=torch.device("cpu"))


def test_pairs_by_name(tmp_path: Path) -> None:
    for name in ("b", "sub/a"):
        picture(tmp_path / "high" / f"{name}.png", 16, 16)
        picture(tmp_path / "low" / f"{name}x4.png", 4, 4)
    pairs = pair_by_name(tmp_path / "high", tmp_path / "low", scale=4)
    assert [(p.high.name, p.low.name if p.low else None) for p in pairs] == [("b.png", "bx4.png"), ("a.png", "ax4.png")]


def test_pictures_without_a_partner_are_all_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        picture(tmp_path / "high" / f"{name}.png", 16, 16)
    for name in ("b", "c"):
        picture(tmp_path / "low" / f"{name}.png", 4, 4)
    with pytest.raises(UsageError, match=r"(?s)2 pictures without a partner.*a\.png.*c\.png"):
        pair_by_name(tmp_path / "high", tmp_path / "low", scale=4)


def test_wrong_sizes_are_named(tmp_path: Path) -> None:
    pair = PairPaths(picture(tmp_path / "h.png", 16, 18), picture(tmp_path / "l.png", 4, 5))
    with pytest.raises(UsageError, match=r"l\.png is 5x4, but .*h\.png at scale 4 asks for 4x4"):
        load_pairs([pair], 4, smallest=4)


def test_small_pictures_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)smaller than the patch of 8x8.*tiny\.png"):
        load_pairs([PairPaths(picture(tmp_path / "tiny.png", 16, 40), None)], 4, smallest=8)


def test_unreadable_pictures_are_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_text("not a picture")
    with pytest.raises(UsageError, match=r"1 pictures cannot be used:\s+.*broken\.png"):
        load_pairs([PairPaths(path, None)], 2, smallest=1)
    sound = picture(tmp_path / "sound.png", 16, 16)
    with pytest.raises(UsageError, match=r"1 pictures cannot be used:\s+\S*broken\.png: "):
        load_pairs([PairPaths(sound, path)], 2, smallest=1)


@pytest.mark.parametrize("cached", [False, True])
def test_missing_small_pictures_are_made_by_bicubic(tmp_path: Path, cached: bool) -> None:
    paths = [PairPaths(picture(tmp_path / f"{i}.png", 33 + i, 40, seed=i), None) for i in range(2)]
    cache = tmp_path / "cache" if cached else None
    for _ in range(2):  # the second time reads the copy
        loaded = load_pairs(paths, 4, smallest=8, cache=cache, key=data_hash(paths))
        for path, low, high in zip(paths, loaded.low, loaded.high, strict=True):
            pixels = np.asarray(Image.open(path.high))
            assert np.array_equal(high, pixels[:32, :40])
            assert np.array_equal(low, imresize(high, scale=0.25))
    assert not cached or [p.name[:6] for p in (tmp_path / "cache").iterdir()] == ["pairs-"]


@pytest.mark.parametrize("cached", [False, True])
def test_full_pictures_alone(tmp_path: Path, cached: bool) -> None:
    paths = [PairPaths(picture(tmp_path / f"{i}.png", 33 + i, 40, seed=i), None) for i in range(2)]
    cache = tmp_path / "cache" if cached else None
    for _ in range(2):
        loaded = load_pairs(paths, 4, smallest=8, high_only=True, cache=cache, key=data_hash(paths))
        assert loaded.low == []
        assert loaded.sizes == [(8, 10), (8, 10)]
        for path, high in zip(paths, loaded.high, strict=True):
            assert np.array_equal(high, np.asarray(Image.open(path.high))[:32, :40])
    with pytest.raises(UsageError, match=r"(?s)smaller than the patch of 9x9.*0\.png"):
        load_pairs(paths, 4, smallest=9, high_only=True, cache=cache, key=data_hash(paths))


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        load_pairs([PairPaths(picture(tmp_path / "a.png", 16, 16), None)], 2, smallest=1, cache=tmp_path / "file")


def test_data_hash_follows_names_and_contents(tmp_path: Path) -> None:
    first = [PairPaths(picture(tmp_path / "a" / "x.png", 8, 8, seed=1), None)]
    same = [PairPaths(picture(tmp_path / "b" / "x.png", 8, 8, seed=1), None)]
    other = [PairPaths(picture(tmp_path / "c" / "x.png", 8, 8, seed=2), None)]
    assert data_hash(first) == data_hash(same) != data_hash(other)


def test_crops_lie_inside_and_reach_the_borders() -> None:
    pairs = store()
    sampler = CropSampler(pairs, patch=8, seed=1)
    crops = [crop for step in range(400) for crop in sampler.draw(step, 8)]
    for index, low in enumerate(pairs.low):
        tops = [c.top for c in crops if c.picture == index]
        lefts = [c.left for c in crops if c.picture == index]
        assert (min(tops), max(tops)) == (0, low.shape[0] - 8)
        assert (min(lefts), max(lefts)) == (0, low.shape[1] - 8)


def test_texture_is_drawn_more_often_than_sky() -> None:
    low = np.full((64, 64, 3), 128, np.uint8)
    low[:, 32:] = np.random.default_rng(0).integers(0, 256, (64, 32, 3))
    pairs = PairStore([low], [low.repeat(2, axis=0).repeat(2, axis=1)], 2)

    def share_of_sky(texture: float) -> float:
        sampler = CropSampler(pairs, patch=8, texture=texture)
        return float(np.mean([crop.left + 8 <= 32 for step in range(200) for crop in sampler.draw(step, 8)]))

    assert share_of_sky(0.0) > 0.35
    assert 0.0 < share_of_sky(1.0) < 0.2


def test_a_step_always_gives_the_same_batch() -> None:
    one, two = batches(store()), batches(store())
    for step in (7, 0, 7, 3):
        assert all(np.array_equal(a, b) for a, b in zip(one.arrays(step), two.arrays(step), strict=True))
    assert not np.array_equal(one.arrays(1)[0], one.arrays(2)[0])
    assert not np.array_equal(one.arrays(1)[0], batches(store(), seed=6).arrays(1)[0])


def test_pairs_stay_aligned_through_crops_and_flips() -> None:
    source = batches(store())
    for step in range(10):
        batch = source.batch(step)
        assert batch.low.dtype == torch.float32
        assert torch.equal(batch.high, batch.low.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3))


def test_iterate_continues_at_any_step() -> None:
    source = batches(store())
    stream = source.iterate(0)
    first = [next(stream) for _ in range(5)]
    stream.close()
    again = batches(store()).iterate(3)
    assert torch.equal(next(again).low, first[3].low)
    again.close()


def test_errors_of_the_thread_reach_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    source = batches(store())

    def fail(step: int) -> None:
        raise OSError(f"disk gone at {step}")

    monkeypatch.setattr(source, "batch", fail)
    with pytest.raises(OSError, match="disk gone at 4"):
        next(source.iterate(4))


def test_all_eight_symmetries_appear() -> None:
    augmentation = PairAugmentation()
    image = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    seen: Counter[bytes] = Counter()
    for seed in range(200):
        augmentation.seed(seed)
        low, high = augmentation(image, image)
        assert np.array_equal(low, high)
        seen[low.tobytes()] += 1
    assert len(seen) == 8


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_transparent_pictures_lie_on_white(kind: type[np.unsignedinteger[Any]], tmp_path: Path) -> None:
    top = np.iinfo(kind).max
    alpha = np.tile(np.array([0, top // 3, top], kind), (8, 1)).repeat(4, axis=1)
    picture = Picture(np.zeros((8, 12, 3), kind), alpha)
    expected = np.rint(255 * (1 - alpha / top))[..., None]
    assert np.abs(on_white(picture) / (top / 255) - expected).max() <= 0.51
    save(picture, tmp_path / "a.png")
    low, high = load_pair(PairPaths(tmp_path / "a.png", None), 2)
    assert np.abs(high - expected).max() <= 1
    assert low.shape == (4, 6, 3)
    assert (low[:, 0] > 250).all()
    opaque = Picture(np.full((8, 12, 3), 7, kind))
    assert on_white(opaque) is opaque.rgb
