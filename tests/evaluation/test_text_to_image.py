"""Judging text-to-image models: what must come out for models of which everything is known."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.evaluation import (
    CaptionedPictures,
    PictureMaker,
    TextToImageReferences,
    TextToImageRow,
    TrainingDrawings,
    evaluate_text_to_image,
    text_to_image_table,
)
from srgan.metrics import PictureFeatures
from tests.evaluation.text_to_image_toys import SIZE, AnyDistance, ColourJudge, coloured, world

Pixels = NDArray[np.uint8]
FEATURES = PictureFeatures("pixels")


def noisy(pictures: Pixels, seed: int, level: float = 30.0) -> Pixels:
    noise = np.random.default_rng(seed).normal(0.0, level, pictures.shape)
    return np.rint(pictures + noise).clip(0, 255).astype(np.uint8)


def rendered(texts: Sequence[str], sample: int) -> Pixels:
    """What the texts say, another one for each sample."""
    return noisy(coloured(texts), sample)


def unheeding(texts: Sequence[str], sample: int) -> Pixels:
    """Pictures of the captions, dealt out without looking at the text."""
    return coloured([texts[place] for place in np.random.default_rng(sample).permutation(len(texts))])


def judged(make: PictureMaker, *, samples: int = 2, **options: Any) -> TextToImageRow:  # noqa: ANN401
    references = TextToImageReferences(world(), ColourJudge(), features=FEATURES, **options)
    return evaluate_text_to_image("model", make, references, samples=samples)


def test_true_pictures_reach_the_ceiling() -> None:
    row = judged(rendered)
    assert row.r_precision == row.ceiling == (1.0, 1.0, 1.0)
    assert row.normalised == (1.0, 1.0, 1.0)
    assert row.floor.value < 0.03
    assert {score.r_precision for score in row.each} == {1.0}


def test_what_does_not_read_stays_at_the_floor() -> None:
    row = judged(unheeding, samples=8)
    assert 0.0 < row.r_precision.value < 0.03  # chance is 0.01
    assert abs(row.normalised.value) < 0.02
    assert row.normalised.high - row.normalised.low < 0.04
    assert row.ceiling.value == 1.0


def test_half_of_the_captions_are_half_of_the_way() -> None:
    def half(texts: Sequence[str], sample: int) -> Pixels:
        pictures = unheeding(texts, sample)
        pictures[::2] = rendered(texts, sample)[::2]
        return pictures

    row = judged(half, samples=4)
    assert row.r_precision.value == pytest.approx(0.5, abs=0.02)
    assert row.r_precision.low < 0.45 < 0.55 < row.r_precision.high
    assert row.normalised.value == pytest.approx(
        (row.r_precision.value - row.floor.value) / (row.ceiling.value - row.floor.value)
    )
    assert [score.r_precision for score in row.each][::2] == [1.0] * 60


def test_the_ceiling_counts_every_caption_once_whatever_number_of_pictures_it_has() -> None:
    real = world()
    first, others = real.captions[0], real.captions[1:120]
    pictures = coloured([first, *others, *[others[60]] * 3])
    captions = [first, *others, *[first] * 3]
    concepts = np.concatenate([real.concepts[:120], [0, 0, 0]])
    crowded = CaptionedPictures(pictures, captions, concepts, np.full(123, -1))
    references = TextToImageReferences(crowded, ColourJudge(), features=FEATURES)
    row = evaluate_text_to_image("model", rendered, references, samples=1)
    # One of the four pictures of the first caption is right, and all those of the others.
    assert row.ceiling.value == pytest.approx((119 + 0.25) / 120)
    assert len(row.each) == 120


def test_the_judge_may_know_another_size() -> None:
    class Small(ColourJudge):
        size = 16

    references = TextToImageReferences(world(), Small(), features=FEATURES, judged_by="small")
    row = evaluate_text_to_image("model", rendered, references, samples=1)
    assert row.r_precision.value == 1.0
    assert "judge: small, which gets them at 16x16 (bicubic)" in row.protocol["r_precision"]


def test_a_judge_that_knows_nothing_leaves_nothing_to_be_normalised() -> None:
    class Blind(ColourJudge):
        def pictures(self, pictures: Pixels) -> NDArray[np.float32]:
            return np.ones((len(pictures), 4), np.float32)

    references = TextToImageReferences(world(), Blind(), features=FEATURES)
    row = evaluate_text_to_image("model", rendered, references, samples=1)
    assert row.r_precision.value == row.floor.value == row.ceiling.value == pytest.approx(0.01)
    assert row.as_dict()["normalised"] == {"value": None, "low": None, "high": None}
    assert "| none |" in text_to_image_table([row])


def test_distances_tell_real_pictures_from_others() -> None:
    same, grey = judged(lambda texts, sample: coloured(texts)), judged(lambda texts, _: coloured(texts) // 8 + 112)
    assert same.kernel_distance_real == grey.kernel_distance_real
    assert abs(same.kernel_distance.value) < 0.01 > abs(same.kernel_distance_real.value)
    assert grey.kernel_distance.value > 0.05
    assert "8x8 cells of the RGB pixels; 240 generated and 240 real" in same.protocol["kernel_distance"]
    assert "FID" not in str(same.protocol)


def test_diversity_is_over_the_noise_of_one_caption() -> None:
    still = judged(lambda texts, sample: coloured(texts), lpips=AnyDistance(), samples=3)
    assert still.diversity == (0.0, 0.0, 0.0, 0.0)

    def brighter(texts: Sequence[str], sample: int) -> Pixels:
        """Captions of even number do not change; of the others, sample i has the level 30 i."""
        pictures = np.zeros((len(texts), SIZE, SIZE, 3), np.uint8)
        pictures[1::2] = 30 * sample
        return pictures

    row = judged(brighter, lpips=AnyDistance(), samples=3)
    one = (30 + 30 + 60) / 3 / 255
    assert [score.diversity for score in row.each[:4]] == pytest.approx([0, one, 0, one])
    assert row.diversity == pytest.approx((one / 2, 0, one / 2, one))
    metric = AnyDistance()
    assert judged(brighter, lpips=metric, samples=2).diversity == pytest.approx((15 / 255, 0, 15 / 255, 30 / 255))
    assert metric.pairs == 120
    alone = judged(brighter, lpips=AnyDistance(), samples=1)
    assert alone.diversity is None
    assert "diversity" not in alone.protocol


def drawings(count: int) -> Pixels:
    """Opaque noise, in one half of the picture; the other half is clear."""
    made = np.random.default_rng(5).integers(0, 256, (count, SIZE, SIZE, 4)).astype(np.uint8)
    made[..., 3] = 255
    made[:, SIZE // 2 :] = 0
    return made


@pytest.mark.parametrize("ground", [0, 200])
def test_training_pictures_are_known_again_on_any_colour(ground: int) -> None:
    known = drawings(40)

    def remembered(texts: Sequence[str], sample: int) -> Pixels:
        chosen = known[np.random.default_rng(sample).integers(0, len(known), len(texts))]
        return np.where(chosen[..., 3:] > 0, chosen[..., :3], np.uint8(ground))

    training = TrainingDrawings(known, np.full(240, -1))
    row = judged(remembered, lpips=AnyDistance(), training=training)
    assert row.nearest_training == (0.0, 0.0, 0.0, 0.0)
    assert row.nearest_training_real is not None
    assert row.nearest_training_real.lower > 0.1
    fresh = judged(rendered, lpips=AnyDistance(), training=training)
    assert fresh.nearest_training is not None
    assert fresh.nearest_training.lower > 0.1
    assert fresh.nearest_training_real == row.nearest_training_real


def test_a_real_picture_is_not_its_own_neighbour() -> None:
    real = world()
    opaque = np.concatenate([real.pictures, np.full((240, SIZE, SIZE, 1), 255, np.uint8)], axis=3)
    apart = judged(rendered, lpips=AnyDistance(), training=TrainingDrawings(opaque, np.full(240, -1)))
    assert apart.nearest_training_real == (0.0, 0.0, 0.0, 0.0)
    row = judged(rendered, lpips=AnyDistance(), training=TrainingDrawings(opaque, np.arange(240)))
    # The other picture of the caption, four levels off, but for the black corner.
    assert row.nearest_training_real == pytest.approx(np.full(4, 4 / 255 * 15 / 16))


def test_a_row_as_values_and_as_a_table() -> None:
    lines: list[tuple[int, int]] = []
    training = TrainingDrawings(drawings(10), np.full(240, -1))
    references = TextToImageReferences(
        world(), ColourJudge(), features=FEATURES, lpips=AnyDistance(), training=training
    )
    row = evaluate_text_to_image(
        "a", rendered, references, samples=2, note="seen", shown=[3, 0], progress=lambda *done: lines.append(done)
    )
    other = evaluate_text_to_image("b", unheeding, references, samples=2)
    assert lines[:2] == [(1, 2), (2, 2)]
    assert lines[-1] == (240, 240)
    assert np.array_equal(row.shown[1], np.stack([rendered(references.real.texts, sample)[0] for sample in range(2)]))
    values: dict[str, Any] = json.loads(json.dumps(row.as_dict(per_picture=True), allow_nan=False))
    assert (values["model"], values["captions"], values["samples"], values["size"]) == ("a", 120, 2, SIZE)
    assert values["r_precision"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert set(values["protocol"]) == {"r_precision", "kernel_distance", "diversity", "nearest_training"}
    assert values["pictures"][0] == vars(row.each[0])
    assert "pictures" not in row.as_dict()
    table = text_to_image_table([row, other], per_picture=True)
    lines_ = table.splitlines()
    assert lines_[2].startswith("| real pictures of 32x32 (ceiling) | 1.000 [1.000, 1.000] | 1 |")
    assert lines_[3].startswith("| a | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] |")
    assert [line.split(" | ")[0] for line in lines_[4:7]] == [
        "| a, shuffled captions (floor)",
        "| b",
        "| b, shuffled captions (floor)",
    ]
    assert "a: seen." in lines_
    assert sum(line.startswith("R-precision, a and b: share of the pictures") for line in lines_) == 1
    assert f"| {references.real.texts[0]} | b |" in table


def test_what_cannot_be_measured() -> None:
    few = world(20)
    with pytest.raises(UsageError, match="caption 0 has 38 captions of other concepts, and needs 99"):
        TextToImageReferences(few, ColourJudge(), features=FEATURES)
    references = TextToImageReferences(few, ColourJudge(), features=FEATURES, distractors=30)
    assert evaluate_text_to_image("model", rendered, references).r_precision.value == 1.0
    with pytest.raises(UsageError, match=r"makes .* of 40 texts, and should make"):
        evaluate_text_to_image("model", lambda texts, sample: coloured(texts, 16), references)
    one = CaptionedPictures(few.pictures, few.captions, np.minimum(few.concepts, 8), few.groups)
    with pytest.raises(UsageError, match="24 of 40 captions are of one concept"):
        TextToImageReferences(one, ColourJudge(), features=FEATURES, distractors=10)
    with pytest.raises(UsageError, match="measured by LPIPS"):
        judged(rendered, training=TrainingDrawings(drawings(3), np.full(240, -1)))
    with pytest.raises(UsageError, match="LPIPS needs pictures of 32 pixels"):
        TextToImageReferences(world(size=16), ColourJudge(), features=FEATURES, lpips=AnyDistance())
