"""Translation against true pictures: the protocol, what is measured, and what is refused."""

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.evaluation import TranslationPairs, evaluate_translation, identity, translation_table
from srgan.images import imresize
from srgan.metrics import gradient_distance, luma, psnr, ssim

Pixels = NDArray[np.uint8]


def _picture(seed: int, size: tuple[int, int] = (30, 40)) -> Pixels:
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return np.dstack([imresize(small, size=size), np.full(size, 255, np.uint8)])


@pytest.fixture
def pairs() -> TranslationPairs:
    return TranslationPairs(["one.png", "two.png"], [_picture(0), _picture(1)], [_picture(2), _picture(3)])


def test_figures_are_means_over_the_pairs(pairs: TranslationPairs) -> None:
    row = evaluate_translation("same", identity, pairs)
    fakes, reals = ([picture[..., :3] for picture in side] for side in (pairs.sources, pairs.targets))
    both = list(zip(fakes, reals, strict=True))
    assert [score.psnr for score in row.pictures] == [psnr(fake, real) for fake, real in both]
    assert row.psnr == pytest.approx(np.mean([psnr(fake, real) for fake, real in both]))
    assert row.ssim == pytest.approx(np.mean([ssim(luma(fake), luma(real)) for fake, real in both]))
    assert row.sharpness_distance == pytest.approx(gradient_distance(fakes, reals))
    assert (row.model, row.pairs, row.lpips, row.label_accuracy, row.mean_iou) == ("same", 2, None, None, None)
    assert "2 pairs" in row.protocol
    assert "transparency" not in row.protocol


def test_equal_pictures_leave_the_mean_finite(pairs: TranslationPairs) -> None:
    targets = iter([pairs.targets[0], pairs.sources[1]])
    row = evaluate_translation("mixed", lambda source: next(targets), pairs)
    assert row.pictures[0].psnr == 60
    assert row.psnr == pytest.approx((60 + row.pictures[1].psnr) / 2)
    assert "at most 60 dB" in row.protocol


def test_pictures_are_compared_on_the_background() -> None:
    clear, red, half = np.zeros((12, 12, 4), np.uint8), np.zeros((12, 12, 4), np.uint8), np.zeros((12, 12, 4), np.uint8)
    red[...], half[...] = (255, 0, 0, 255), (255, 0, 0, 128)
    seen = []

    def translate(source: Pixels) -> Pixels:
        seen.append(source)
        return half

    pairs = TranslationPairs(["a"], [clear], [red], "#0000ff")
    row = evaluate_translation("half", translate, pairs, results=[0])
    assert seen[0].shape == (12, 12, 4)
    assert row.results[0][0, 0].tolist() == [128, 0, 127]
    assert row.psnr == pytest.approx(10 * np.log10(255**2 / ((127**2 + 127**2) / 3)))
    assert "transparency laid on #0000ff" in row.protocol


def test_labels_are_counted_over_all_pictures() -> None:
    def map_(black: int) -> Pixels:
        picture = np.full((12, 12, 4), 255, np.uint8)
        picture[:black, :, :3] = 3
        return picture

    pairs = TranslationPairs(["a", "b"], [map_(6), map_(12)], [map_(3), map_(12)])
    row = evaluate_translation("labels", identity, pairs, palette=("#000000", "#ffffff", "#ff0000"))
    assert row.label_accuracy == pytest.approx(21 / 24)
    assert row.mean_iou == pytest.approx((15 / 18 + 6 / 9) / 2)
    assert "nearest of 3 colours" in row.protocol


def test_another_distance_and_kept_results(pairs: TranslationPairs) -> None:
    class Distance:
        protocol = "the first value"

        def __call__(self, fake: Pixels, real: Pixels) -> float:
            return float(fake[0, 0, 0])

    done = []
    row = evaluate_translation(
        "same",
        identity,
        pairs,
        lpips=Distance(),  # type: ignore[arg-type]
        results=[1],
        progress=lambda *state: done.append(state),
    )
    assert row.lpips == pytest.approx(np.mean([source[0, 0, 0] for source in pairs.sources]))
    assert [score.lpips for score in row.pictures] == [source[0, 0, 0] for source in pairs.sources]
    assert len(row.results) == 1
    assert np.array_equal(row.results[0], pairs.sources[1][..., :3])
    assert done == [(1, 2), (2, 2)]
    values = row.as_dict(per_picture=True)
    assert {"lpips", "pictures", "psnr", "sharpness_distance"} <= values.keys()
    assert not {"results", "label_accuracy", "mean_iou"} & values.keys()


def test_small_pictures_are_refused() -> None:
    pairs = TranslationPairs(["dot.png"], [_picture(0, (10, 30))], [_picture(1, (10, 30))])
    with pytest.raises(UsageError, match=r"dot\.png is 30x10 pixels"):
        evaluate_translation("same", identity, pairs)


def test_tables_hold_what_was_measured(pairs: TranslationPairs) -> None:
    rows = [evaluate_translation(name, identity, pairs, note=note) for name, note in (("a", ""), ("b", "the same"))]
    head, rule, first, second, _, protocol, _, note = translation_table(rows).splitlines()
    assert head == "|  | PSNR (dB) | SSIM | sharpness distance |"
    assert rule == "| --- | ---: | ---: | ---: |"
    assert first == f"| a | {rows[0].psnr:.2f} | {rows[0].ssim:.4f} | {rows[0].sharpness_distance:.4f} |"
    assert second.startswith("| b |")
    assert protocol.startswith("Protocol: 2 pairs, ")
    assert note == "b: the same."
    long = translation_table(rows, per_picture=True).splitlines()
    assert [line.split("|")[1:3] for line in long[-4:]] == [
        [f" {picture} ", f" {model} "] for picture in ("one.png", "two.png") for model in ("a", "b")
    ]
