"""Batches of a translation: order, crops, flips, backgrounds, and what both sides share."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from srgan.data import Motion, TranslationBatches, TranslationStore, fixed_colours
from srgan.data.augmentation import turned
from srgan.data.backgrounds import Background

SOURCES, TARGETS = 6, 10


def places(count: int, *, alpha: int = 255, height: int = 7, width: int = 9) -> list[NDArray[np.uint8]]:
    """Pictures whose pixels say which they are, and which row and column of it."""
    rows, columns = np.mgrid[:height, :width]
    pictures = np.zeros((count, height, width, 4), np.uint8)
    pictures[..., 0], pictures[..., 1], pictures[..., 2] = np.arange(count)[:, None, None], rows, columns
    pictures[..., 3] = alpha
    return list(pictures)


def store(*, paired: bool, alpha: int = 255) -> TranslationStore:
    return TranslationStore(places(SOURCES, alpha=alpha), places(SOURCES if paired else TARGETS, alpha=alpha))


def batches(pictures: TranslationStore, *, size: int = 4, side: int = 5, seed: int = 5, **options: Any) -> Any:  # noqa: ANN401
    options = {"paired": True, "background": "black", **options}
    return TranslationBatches(pictures, size=size, side=side, seed=seed, device=torch.device("cpu"), **options)


def crops(array: NDArray[np.uint8]) -> list[tuple[int, int, int, bool]]:
    """Number, top, left and whether it is mirrored of crops of `places`."""
    found = []
    for crop in array.astype(int):
        across = crop[0, 1, 2] - crop[0, 0, 2]
        assert (np.diff(crop[..., 1], axis=0) == 1).all()
        assert (np.diff(crop[..., 2], axis=1) == across).all()
        found.append((int(crop[0, 0, 0]), int(crop[0, 0, 1]), int(crop[..., 2].min()), bool(across < 0)))
    return found


def test_a_batch_has_what_it_says() -> None:
    source = batches(store(paired=True), flip=True)
    batch = source.batch(2**45 + 1)
    for pictures, array in zip((batch.source, batch.target), source.arrays(2**45 + 1), strict=True):
        assert pictures.shape == (4, 3, 5, 5)
        assert pictures.dtype == torch.float32
        assert pictures.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(pictures, torch.from_numpy(array).permute(0, 3, 1, 2).float() / 255)


@pytest.mark.parametrize("background", ["random", "fixed", "white"])
def test_pairs_share_everything_but_their_colours(background: Background) -> None:
    source = batches(store(paired=True, alpha=0), flip=True, background=background)
    opaque = batches(store(paired=True), flip=True, background=background)
    for step in range(5):
        one, other = source.arrays(step)
        assert np.array_equal(one, other)
        one, other = opaque.arrays(step)
        assert np.array_equal(one, other)
        assert [crop[0] for crop in crops(one)] == opaque.numbers(step)[0].tolist()


def test_each_side_comes_once_an_epoch_in_orders_of_its_own() -> None:
    source = batches(store(paired=False), paired=False)
    seen = [[crop[0] for step in range(15) for crop in crops(source.arrays(step)[side])] for side in (0, 1)]
    for count, numbers in zip((SOURCES, TARGETS), seen, strict=True):
        epochs = [tuple(numbers[start : start + count]) for start in range(0, 60, count)]
        assert all(sorted(epoch) == list(range(count)) for epoch in epochs)
        assert len(set(epochs)) == len(epochs)


def test_unpaired_sides_of_one_length_are_drawn_apart() -> None:
    same = store(paired=True)
    numbers = [batches(same, paired=False).numbers(step) for step in range(6)]
    assert not all(np.array_equal(sources, targets) for sources, targets in numbers)
    shown = [batches(same, paired=False, flip=True).arrays(step) for step in range(12)]
    looks = [[crop[1:] for step in shown for crop in crops(step[side])] for side in (0, 1)]
    alike = np.mean([one == other for one, other in zip(*looks, strict=True)])
    assert alike < 0.25  # 1 of 30 by chance


def test_crops_lie_everywhere_and_every_second_is_mirrored() -> None:
    source = batches(store(paired=True), flip=True)
    found = [crop for step in range(150) for crop in crops(source.arrays(step)[0])]
    corners = Counter((top, left) for _, top, left, _ in found)
    assert set(corners) == {(top, left) for top in range(3) for left in range(5)}
    assert min(corners.values()) > 15  # 40 each
    assert 240 < sum(mirrored for *_, mirrored in found) < 360
    assert not any(mirrored for *_, mirrored in crops(batches(store(paired=True)).arrays(0)[0]))


def test_whole_pictures_are_crops_as_well() -> None:
    pictures = places(SOURCES, height=5, width=5)
    source = batches(TranslationStore(pictures, pictures))
    assert np.array_equal(source.arrays(3)[0], np.stack([pictures[n][..., :3] for n in source.numbers(3)[0]]))


def test_pictures_of_any_shape() -> None:
    pictures = [picture for k in range(4) for picture in places(1, height=5 + k, width=9 - k)]
    source = batches(TranslationStore(pictures, pictures), size=8)
    tops = {top for step in range(20) for _, top, _, _ in crops(source.arrays(step)[0])}
    assert tops == {0, 1, 2, 3}


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("background", ["random", "fixed"])
def test_a_step_always_gives_the_same_batch_and_processes_share_it(background: Background, paired: bool) -> None:
    options: dict[str, Any] = {"flip": True, "background": background, "paired": paired}
    pictures = store(paired=paired, alpha=100)
    whole = batches(pictures, **options)
    shares = [batches(pictures, rank=rank, processes=2, workers=2, **options) for rank in (0, 1)]
    for step in (7, 0, 7):
        expected = whole.arrays(step)
        for rank, share in enumerate(shares):
            for own, all_ in zip(share.arrays(step), expected, strict=True):
                assert np.array_equal(own, all_[rank::2])
    stream = shares[1].iterate(3)
    for step in (3, 4, 5):
        item = next(stream)
        assert torch.equal(item.source, whole.batch(step).source[1::2])
        assert torch.equal(item.target, whole.batch(step).target[1::2])
    stream.close()
    assert not np.array_equal(whole.arrays(0)[0], batches(pictures, seed=6, **options).arrays(0)[0])


def colours(source: TranslationBatches, steps: int) -> list[dict[int, set[tuple[int, ...]]]]:
    """The colours behind each picture of both sides of a store of nothing but transparent ones."""
    behind: list[dict[int, set[tuple[int, ...]]]] = [{}, {}]
    for step in range(steps):
        for found, pictures, numbers in zip(behind, source.arrays(step), source.numbers(step), strict=True):
            for picture, number in zip(pictures, numbers, strict=True):
                assert (picture == picture[0, 0]).all()
                found.setdefault(int(number), set()).add(tuple(picture[0, 0].tolist()))
    return behind


def together(side: dict[int, set[tuple[int, ...]]]) -> set[tuple[int, ...]]:
    return {colour for found in side.values() for colour in found}


def test_backgrounds() -> None:
    clear = store(paired=False, alpha=0)
    anew = colours(batches(clear, paired=False, background="random"), 15)
    assert all(len(found) == 60 // count for side, count in zip(anew, (6, 10), strict=True) for found in side.values())
    assert not together(anew[0]) & together(anew[1])
    fixed = [tuple(colour) for colour in fixed_colours(SOURCES + TARGETS, seed=5).tolist()]
    assert colours(batches(clear, paired=False, background="fixed"), 15) == [
        {number: {fixed[number]} for number in range(SOURCES)},
        {number: {fixed[SOURCES + number]} for number in range(TARGETS)},
    ]
    for background, value in (("white", 255), ("black", 0)):
        for side in colours(batches(clear, paired=False, background=background), 5):
            assert together(side) == {(value,) * 3}


def smooth() -> NDArray[np.uint8]:
    """A disc off the middle on white, 41x41 RGBA, and its middle."""
    rows, columns = np.mgrid[:41, :41]
    picture = np.full((41, 41, 4), 255, np.uint8)
    picture[(rows - 20) ** 2 + (columns - 30) ** 2 < 36] = (0, 0, 0, 255)
    return picture


def dark_place(picture: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Row, column and area of what is dark."""
    weights = 1 - picture[..., 0] / 255
    rows, columns = np.mgrid[: len(picture), : len(picture)]
    area = float(weights.sum())
    return float((weights * rows).sum()) / area, float((weights * columns).sum()) / area, area


def test_pictures_are_turned_enlarged_and_moved_about_their_middle() -> None:
    picture = smooth()[..., :3]
    quarter = turned(picture, angle=90, zoom=1.0, shift=(0, 0))
    assert dark_place(quarter)[:2] == pytest.approx((10, 20), abs=0.1)
    larger = turned(picture, angle=0, zoom=1.2, shift=(-4, 3))
    assert dark_place(larger) == pytest.approx((20 + 3, 20 + 1.2 * 10 - 4, 1.44 * dark_place(picture)[2]), rel=0.02)
    assert np.array_equal(turned(picture, angle=0, zoom=1.0, shift=(0, 0)), picture)


def test_motion_is_the_same_for_pairs_and_stays_in_its_limits() -> None:
    one = TranslationStore([smooth()], [smooth()])
    still = dark_place(smooth())
    source = batches(one, size=16, side=41, motion=Motion(rotate=20, zoom=1.25, shift=0.05))
    first, second = source.arrays(3)
    assert np.array_equal(first, second)
    assert len({picture.tobytes() for picture in first}) == 16
    apart = batches(one, size=16, side=41, paired=False, motion=Motion(rotate=20)).arrays(3)
    assert not np.array_equal(*apart)
    angles, factors = [], []
    for row, column, area in map(dark_place, batches(one, size=64, side=41, motion=Motion(rotate=20)).arrays(0)[0]):
        angles.append(np.degrees(np.arctan2(20 - row, column - 20)))
        assert area == pytest.approx(still[2], rel=0.02)
    assert -20.5 < min(angles) < -12
    assert 12 < max(angles) < 20.5
    for _, _, area in map(dark_place, batches(one, size=64, side=41, motion=Motion(zoom=1.25)).arrays(0)[0]):
        factors.append((area / still[2]) ** 0.5)
    assert 0.79 < min(factors) < 0.88
    assert 1.13 < max(factors) < 1.27
    assert np.array_equal(batches(one, side=41, motion=Motion()).arrays(0)[0], batches(one, side=41).arrays(0)[0])
