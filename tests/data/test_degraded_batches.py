"""Batches whose small crops are made while the training runs."""

import itertools

import numpy as np
import pytest
import torch

from srgan.data import Batches, CropSampler, PairStore
from srgan.data.degradations import DEGRADATIONS, Bicubic, Degradation, make_degradation
from srgan.images import imresize

SCALE, PATCH = 4, 8


def pictures() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [imresize(random.integers(0, 256, (9, 11, 3), np.uint8), size=(64 + 4 * i, 88)) for i in range(3)]


def batches(store: PairStore, degradation: Degradation | None, *, seed: int = 5, workers: int = 1) -> Batches:
    return Batches(
        store,
        CropSampler(store, patch=PATCH, texture=0.0, seed=seed),
        size=6,
        patch=PATCH,
        augment=True,
        seed=seed,
        device=torch.device("cpu"),
        degradation=degradation,
        workers=workers,
    )


def test_bicubic_on_the_fly_equals_bicubic_in_advance() -> None:
    """Also at the borders of pictures and crops, and after flips: a window of the right margin is degraded."""
    high = pictures()
    low = [imresize(image, scale=1 / SCALE) for image in high]
    before, now = batches(PairStore(low, high, SCALE), None), batches(PairStore([], high, SCALE), Bicubic())
    for step in range(20):
        for one, two in zip(before.arrays(step), now.arrays(step), strict=True):
            assert np.array_equal(one, two)


@pytest.mark.parametrize("kind", DEGRADATIONS)
def test_a_step_always_gives_the_same_batch(kind: str) -> None:
    store = PairStore([], pictures(), SCALE)
    one, two = (batches(store, make_degradation({"kind": kind})) for _ in range(2))
    for step in (3, 0, 3):
        assert all(np.array_equal(a, b) for a, b in zip(one.arrays(step), two.arrays(step), strict=True))
    low, high = one.arrays(1)
    assert (low.shape, high.shape) == ((6, PATCH, PATCH, 3), (6, PATCH * SCALE, PATCH * SCALE, 3))
    assert low.dtype == high.dtype == np.uint8
    assert not np.array_equal(low, one.arrays(2)[0])
    assert not np.array_equal(low, batches(store, make_degradation({"kind": kind}), seed=6).arrays(1)[0])


def test_small_and_full_crops_show_the_same() -> None:
    calm = {"blur": 0, "resize": [0, 0, 1], "gaussian": 1, "noise": [0, 0], "jpeg": [100, 100]}
    table = {"kind": "mild", "first": calm, "second": calm, "last_sinc": 0}
    soft = imresize(np.random.default_rng(0).integers(0, 256, (4, 5, 3), np.uint8), size=(64, 80))
    source = batches(PairStore([], [soft], SCALE), make_degradation(table))
    pairs = [pair for step in range(10) for pair in zip(*source.arrays(step), strict=True)]
    small = np.stack([low for low, _ in pairs]).reshape(len(pairs), -1).astype(float)
    full = np.stack([imresize(high, scale=1 / SCALE) for _, high in pairs]).reshape(len(pairs), -1)
    likeness = [np.corrcoef(one, two)[0, 1] for one, two in zip(small, full, strict=True)]
    assert min(likeness) > 0.95


def test_threads_do_not_change_the_batches() -> None:
    store = PairStore([], pictures(), SCALE)
    streams = [batches(store, make_degradation({"kind": "real_esrgan"}), workers=count).iterate(4) for count in (1, 4)]
    for one, two in itertools.islice(zip(*streams, strict=True), 8):
        assert torch.equal(one.low, two.low)
        assert torch.equal(one.high, two.high)
    for stream in streams:
        stream.close()


def test_texture_is_known_without_small_pictures() -> None:
    high = np.full((128, 128, 3), 128, np.uint8)
    high[:, 64:] = np.random.default_rng(0).integers(0, 256, (128, 64, 3))
    sampler = CropSampler(PairStore([], [high], SCALE), patch=PATCH)
    sky = [crop.left + PATCH <= 16 for step in range(100) for crop in sampler.draw(step, 8)]
    assert 0 < np.mean(sky) < 0.25
