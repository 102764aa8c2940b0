"""Batches of pictures with right and wrong captions."""

import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from srgan.data import CaptionBatches, CaptionedPaths, PictureBatches, PictureStore
from srgan.errors import UsageError
from srgan.text import ByteTokenizer

# Concepts of ten pictures in no order, and their groups: one picture of concept 1 has none, and no picture of 3.
CONCEPTS = (3, 0, 1, 0, 2, 1, 3, 0, 2, 1)
GROUPS = (-1, 0, 0, 0, 1, 0, -1, 0, 1, -1)
COUNT = len(CONCEPTS)


def captioned(concepts: tuple[int, ...] = CONCEPTS, groups: tuple[int, ...] = GROUPS) -> CaptionedPaths:
    """One to three captions of each picture, which say which one it is."""
    return CaptionedPaths(
        [Path(f"{number}.png") for number in range(len(concepts))],
        [tuple(f"{number}{'abc'[which]}" for which in range(1 + number % 3)) for number in range(len(concepts))],
        np.array(concepts, np.int64),
        np.array(groups, np.int64),
        tuple(f"concept {number}" for number in range(max(concepts) + 1)),
        tuple(f"group {number}" for number in range(max(groups) + 1)),
    )


def store(count: int = COUNT) -> PictureStore:
    pixels = np.random.default_rng(0).integers(0, 256, (count, 4, 4, 4), np.uint8)
    pixels[..., 3] = 100
    return PictureStore(pixels)


def batches(captions: CaptionedPaths | None = None, *, size: int = 8, seed: int = 5, **options: Any) -> CaptionBatches:  # noqa: ANN401
    captions, device = captions or captioned(), torch.device("cpu")
    return CaptionBatches(
        store(len(captions)), captions, ByteTokenizer(6), size=size, seed=seed, device=device, **options
    )


def read(tokens: torch.Tensor) -> list[tuple[int, str]]:
    """Which pictures the texts are about, and which of their captions they are."""
    texts = [bytes((row[row > 0] - 1).tolist()).decode() for row in tokens]
    return [(int(text[:-1]), text[-1]) for text in texts]


def test_a_batch_has_what_it_says() -> None:
    source = batches(flip=True)
    batch = source.batch(2**45 + 1)
    labels = np.array(CONCEPTS, np.int64)
    plain = PictureBatches(store(), labels, size=8, seed=5, device=torch.device("cpu"), flip=True).batch(2**45 + 1)
    assert torch.equal(batch.pictures, plain.pictures)
    assert torch.equal(batch.numbers, plain.numbers)
    assert batch.labels.tolist() == [CONCEPTS[number] for number in batch.numbers]
    for tokens in (batch.tokens, batch.wrong):
        assert (tokens.shape, tokens.dtype) == ((8, 6), torch.int64)
    assert [number for number, _ in read(batch.tokens)] == batch.numbers.tolist()
    right, wrong = source.captions(2**45 + 1)
    assert [source.texts[place] for place in right] == [f"{number}{which}" for number, which in read(batch.tokens)]
    assert [source.texts[place] for place in wrong] == [f"{number}{which}" for number, which in read(batch.wrong)]


def drawn(source: CaptionBatches, steps: int) -> list[tuple[int, str, int, str]]:
    """Each picture with its caption, and the picture of the wrong one with that."""
    found = []
    for step in range(steps):
        batch = source.batch(step)
        found += [(*right, *wrong) for right, wrong in zip(read(batch.tokens), read(batch.wrong), strict=True)]
    return found


def test_captions_of_a_picture_come_alike() -> None:
    found = drawn(batches(size=50), 60)  # 300 times each picture
    right = Counter((number, which) for number, which, *_ in found)
    assert set(right) == {(number, "abc"[which]) for number in range(COUNT) for which in range(1 + number % 3)}
    assert all(abs(times - 300 / (1 + number % 3)) < 45 for (number, _), times in right.items())  # 5 deviations
    wrong = Counter(which for *_, number, which in found if number == 8)
    assert len(wrong) == 3
    assert max(wrong.values()) < 1.5 * min(wrong.values())


def test_wrong_captions_are_of_other_concepts_and_half_of_them_of_the_group() -> None:
    found = drawn(batches(size=50), 120)  # 600 times each picture
    for number in range(COUNT):
        wrong = Counter(other for own, _, other, _ in found if own == number)
        others = [other for other in range(COUNT) if CONCEPTS[other] != CONCEPTS[number]]
        near = [other for other in others if GROUPS[other] == GROUPS[number] >= 0]
        expected = {other: 600 * (0.5 if near else 1.0) / len(others) for other in others}
        for other in near:
            expected[other] += 300 / len(near)
        assert wrong.keys() == expected.keys()
        assert all(abs(wrong[other] - times) < 5 * times**0.5 for other, times in expected.items())


def test_groups_without_other_concepts_and_no_groups_at_all() -> None:
    """Picture 4 and 8 are the only ones of their group, and of one concept."""
    for groups in (GROUPS, (-1,) * COUNT):
        wrong = {other for own, _, other, _ in drawn(batches(captioned(groups=groups)), 60) if own in (4, 8)}
        assert wrong == set(range(COUNT)) - {4, 8}


def test_captions_that_two_concepts_share_are_not_wrong() -> None:
    shared = [("a", "b", "c"), ("c", "b"), ("a", "b", "d"), ("c",)]
    captions = dataclasses.replace(captioned((0, 1, 1, 2), (-1,) * 4), captions=shared)
    source, wrong = batches(captions, size=40), Counter[tuple[int, str]]()
    for step in range(20):
        numbers = source.batch(step).numbers.tolist()
        wrong.update(zip(numbers, (source.texts[place] for place in source.captions(step)[1]), strict=True))
    # Picture 1 and 3 have nothing but right ones for pictures 0 and 1; that is what their concepts say.
    assert set(wrong) == {
        *((0, text) for text in "bcd"),
        *((1, text) for text in "ac"),
        *((2, text) for text in "c"),
        *((3, text) for text in "abd"),
    }


def test_two_pictures_are_enough() -> None:
    found = drawn(batches(captioned((0, 1), (0, 0)), size=3), 4)
    assert all({own, other} == {0, 1} for own, _, other, _ in found)


def test_a_single_concept_is_refused() -> None:
    with pytest.raises(UsageError, match="all pictures are of one concept, 'concept 0': no caption is wrong"):
        batches(captioned((0, 0, 0), (0, 0, 0)))


def test_a_step_always_gives_the_same_batch_and_processes_share_it() -> None:
    whole = batches(flip=True)
    shares = [batches(flip=True, rank=rank, processes=2, workers=2) for rank in (0, 1)]
    for step in (7, 0, 7):
        expected = whole.batch(step)
        for rank, share in enumerate(shares):
            own = share.batch(step)
            for name in ("pictures", "tokens", "wrong", "labels", "numbers"):
                assert torch.equal(getattr(own, name), getattr(expected, name)[rank::2]), name
    stream = shares[1].iterate(3)
    for step in (3, 4, 5):
        item = next(stream)
        assert torch.equal(item.wrong, whole.batch(step).wrong[1::2])
        assert torch.equal(item.tokens, whole.batch(step).tokens[1::2])
    stream.close()
    assert not torch.equal(whole.batch(0).wrong, batches(seed=6).batch(0).wrong)
    assert not torch.equal(whole.batch(0).wrong, whole.batch(1).wrong)
