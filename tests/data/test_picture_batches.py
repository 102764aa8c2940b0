"""Batches of whole pictures: order, shares, flips and backgrounds."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from srgan.data import PictureBatches, PictureStore, fixed_colours
from srgan.data.backgrounds import Background

COUNT = 10


def store(*, alpha: int = 255) -> PictureStore:
    pixels = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 4, 4), np.uint8)
    pixels[..., 3] = alpha
    return PictureStore(pixels)


def batches(pictures: PictureStore, *, size: int = 4, seed: int = 5, **options: Any) -> PictureBatches:  # noqa: ANN401
    labels = np.arange(COUNT, dtype=np.int64) % 3 - 1
    return PictureBatches(pictures, labels, size=size, seed=seed, device=torch.device("cpu"), **options)


def seen(source: PictureBatches, steps: int) -> list[int]:
    return [int(number) for step in range(steps) for number in source.numbers(step)]


def test_every_picture_comes_once_an_epoch_in_another_order_each_time() -> None:
    numbers = seen(batches(store()), 10)  # 4 epochs of 10
    epochs = [numbers[start : start + COUNT] for start in range(0, 40, COUNT)]
    assert all(sorted(epoch) == list(range(COUNT)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 4
    assert numbers != seen(batches(store(), seed=6), 10)


def test_a_batch_larger_than_the_store() -> None:
    assert set(Counter(seen(batches(store(), size=4 * COUNT), 1)).values()) == {4}


def test_a_batch_has_what_it_says() -> None:
    pictures = store()
    batch = batches(pictures).batch(2**45 + 1)
    assert batch.pictures.shape == (4, 3, 4, 4)
    assert batch.pictures.dtype == torch.float32
    assert (batch.labels == batch.numbers % 3 - 1).all()
    for number, picture in zip(batch.numbers, batch.pictures, strict=True):
        assert torch.equal(picture, torch.from_numpy(pictures.pixels[number, ..., :3]).permute(2, 0, 1).float() / 255)


@pytest.mark.parametrize("background", ["random", "fixed"])
def test_a_step_always_gives_the_same_batch_and_processes_share_it(background: Background) -> None:
    options: dict[str, Any] = {"flip": True, "background": background}
    clear = store(alpha=0)
    whole = batches(clear, **options)
    shares = [batches(clear, rank=rank, processes=2, workers=2, **options) for rank in (0, 1)]
    for step in (7, 0, 7):
        pictures, numbers = whole.arrays(step)
        for rank, share in enumerate(shares):
            own, own_numbers = share.arrays(step)
            assert np.array_equal(own, pictures[rank::2])
            assert np.array_equal(own_numbers, numbers[rank::2])
    stream = whole.iterate(3)
    for step in (3, 4, 5):
        assert torch.equal(next(stream).pictures, batches(clear, **options).batch(step).pictures)
    stream.close()


def colours(source: PictureBatches, steps: int) -> dict[int, set[tuple[int, ...]]]:
    """The colours behind each picture of a store of nothing but transparent ones."""
    behind: dict[int, set[tuple[int, ...]]] = {}
    for step in range(steps):
        for picture, number in zip(*source.arrays(step), strict=True):
            assert (picture == picture[0, 0]).all()
            behind.setdefault(int(number), set()).add(tuple(picture[0, 0].tolist()))
    return behind


def test_backgrounds() -> None:
    clear = store(alpha=0)
    anew = colours(batches(clear, background="random"), 10)
    assert all(len(found) == 4 for found in anew.values())
    fixed = fixed_colours(COUNT, seed=5)
    assert colours(batches(clear, background="fixed"), 10) == {i: {tuple(fixed[i].tolist())} for i in range(COUNT)}
    assert set.union(*colours(batches(clear, background="white"), 3).values()) == {(255, 255, 255)}
    assert set.union(*colours(batches(clear, background="black"), 3).values()) == {(0, 0, 0)}


def test_opaque_pictures_have_no_background() -> None:
    def arrays(background: Background) -> NDArray[np.uint8]:
        return batches(store(), background=background).arrays(1)[0]

    assert np.array_equal(arrays("random"), arrays("black"))


def test_about_every_second_picture_is_mirrored() -> None:
    pictures, turned = store(), 0
    source = batches(pictures, flip=True)
    for step in range(50):
        for picture, number in zip(*source.arrays(step), strict=True):
            upright = pictures.pixels[number, ..., :3]
            mirrored = np.array_equal(picture, upright[:, ::-1])
            assert mirrored or np.array_equal(picture, upright)
            turned += mirrored
    assert 80 < turned < 120
