"""The light degradation: every option does what it says, and nothing else."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from srgan.config import check_part
from srgan.data.degradations import DEGRADATIONS, Bicubic, Light, make_degradation
from srgan.errors import UsageError
from srgan.images import imresize

ALONE: dict[str, Any] = {"clean": 0, "blur": 0, "area": 0, "grain": 0, "compressed": 0}
"""Worn by nothing: what is switched on beside it acts alone."""


@pytest.fixture(scope="module")
def high() -> Tensor:
    """Two pictures with soft colours, edges, and a texture that a blur wipes out: ``(2, 3, 128, 192)``."""
    random = np.random.default_rng(5)
    made = []
    for _ in range(2):
        soft = imresize(random.integers(40, 200, (8, 12, 3), np.uint8), size=(128, 192)).astype(int)
        texture = imresize(random.integers(0, 80, (64, 96, 1), np.uint8), size=(128, 192)).astype(int)
        made.append(np.clip(soft + texture - 40 + 50 * (soft[::-1] > 128), 0, 255).astype(np.float32) / 255)
    return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2).mul(255).round() / 255


def degraded(high: Tensor, seed: int = 0, *, scale: int = 4, **options: Any) -> Tensor:  # noqa: ANN401
    return Light(**{**ALONE, **options})(high, scale=scale, random=np.random.default_rng(seed))


def plain(high: Tensor, scale: int = 4) -> Tensor:
    return Bicubic()(high, scale=scale, random=np.random.default_rng(0))


def error(low: Tensor, reference: Tensor) -> float:
    """Root mean square, 255ths."""
    return float((low - reference).mul(255).square().mean().sqrt())


def detail(low: Tensor) -> float:
    """Mean difference of neighbours across and down, 255ths."""
    return float(low.diff(dim=-1).abs().mean() + low.diff(dim=-2).abs().mean()) * 255


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_clean_is_matlabs_bicubic(high: Tensor, scale: int) -> None:
    cut = high[..., : 128 // scale * scale, : 192 // scale * scale]
    low = Light(clean=1)(cut, scale=scale, random=np.random.default_rng(0))
    assert torch.equal(low, plain(cut, scale))


def test_switched_off_it_is_matlabs_bicubic_too(high: Tensor) -> None:
    assert torch.equal(degraded(high), plain(high))


@pytest.mark.parametrize(
    "options",
    [
        {"blur": 1, "sigma": (0.5, 0.5)},
        {"area": 1},
        {"grain": 1, "noise": (2, 2)},
        {"compressed": 1, "jpeg": (75, 75)},
    ],
)
def test_each_option_acts_within_whole_levels(high: Tensor, options: dict[str, Any]) -> None:
    low = degraded(high, **options)
    assert low.shape == (2, 3, 32, 48)
    assert torch.equal(low, low.mul(255).round().clamp(0, 255) / 255)
    assert error(low, plain(high)) > 0.5


def test_blur_lowers_the_detail(high: Tensor) -> None:
    found = [detail(plain(high)), *(detail(degraded(high, blur=1, sigma=(s, s))) for s in (0.3, 0.5, 0.7))]
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.8 * found[0]


def test_sigma_counts_small_pixels() -> None:
    """The step between two halves spreads by the same share of a small pixel at every scale."""
    high = torch.zeros(1, 3, 96, 96)
    high[..., 48:] = 1
    steps = []
    for scale in (2, 4):
        low = degraded(high, scale=scale, blur=1, sigma=(0.6, 0.6), area=1)
        middle = low.shape[-1] // 2
        steps.append(float(low[0, 0, 8, middle] - low[0, 0, 8, middle - 1]))
    assert steps[0] == pytest.approx(steps[1], abs=0.05)
    assert 0.3 < steps[0] < 0.7  # unblurred, it is 1


def test_area_averages(high: Tensor) -> None:
    blocks = high.reshape(2, 3, 32, 4, 48, 4).mean(dim=(3, 5))
    assert torch.allclose(degraded(high, area=1), blocks, atol=0.51 / 255)


@pytest.mark.parametrize("grey", [0, 1])
@pytest.mark.parametrize("sigma", [1.0, 3.0])
def test_noise_has_the_deviation_that_was_asked_for(grey: int, sigma: float) -> None:
    flat = torch.full((1, 3, 512, 512), 128 / 255)
    low = degraded(flat, grain=1, noise=(sigma, sigma), grey=grey)
    change = (low - 128 / 255) * 255
    # Rounding to whole levels adds a twelfth to the variance.
    assert float(change.std()) == pytest.approx((sigma**2 + 1 / 12) ** 0.5, rel=0.03)
    assert torch.equal(low[:, 0], low[:, 1]) == bool(grey)


def test_jpeg_is_worse_at_low_quality(high: Tensor) -> None:
    grey = high.mean(dim=1, keepdim=True).expand_as(high)  # colours lose half their pixels at every quality
    errors = [error(degraded(grey, compressed=1, jpeg=(q, q)), plain(grey)) for q in (100, 90, 75, 50)]
    assert errors == sorted(errors)
    assert errors[-1] > 2 * errors[0]


def test_quality_is_drawn_up_to_both_ends(high: Tensor) -> None:
    one = high[:1]
    low = {quality: degraded(one, compressed=1, jpeg=(quality, quality)) for quality in (74, 75)}
    drawn = [degraded(one, seed, compressed=1, jpeg=(74, 75)) for seed in range(16)]
    seen = {quality for found in drawn for quality, made in low.items() if torch.equal(found, made)}
    assert seen == {74, 75}


def test_probabilities_are_shares(high: Tensor) -> None:
    """Of many pictures about the share is clean, and of the others about the share is compressed."""
    random, small = np.random.default_rng(0), high[:1, :, :32, :32]
    clean, worn = plain(small), Light(**{**ALONE, "clean": 0.4, "compressed": 0.5, "jpeg": (70, 70)})
    same = sum(torch.equal(worn(small, scale=4, random=random), clean) for _ in range(300))
    assert same / 300 == pytest.approx(0.4 + 0.6 * 0.5, abs=0.08)


def test_the_generator_decides(high: Tensor) -> None:
    one, two, other = (Light(clean=0)(high, scale=4, random=np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_pictures_are_drawn_apart(high: Tensor) -> None:
    """Two copies of a picture in one batch come out differently."""
    low = Light(clean=0, grain=1, noise=(2, 2))(high[:1].repeat(2, 1, 1, 1), scale=4, random=np.random.default_rng(0))
    assert not torch.equal(low[0], low[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"jpeg": [90, 70]}, "jpeg: must go from the smaller to the larger, not from 90 to 70"),
        ({"noise": [3, 1]}, "noise: must go from the smaller to the larger"),
        ({"sigma": [0.7, 0.1]}, "sigma: must go from the smaller to the larger"),
        ({"sigma": [0, 0.5]}, "sigma.0: input should be greater than 0"),
        ({"noise": [-1, 3]}, "noise.0: input should be greater than or equal to 0"),
        ({"jpeg": [70, 101]}, "jpeg.1: input should be less than or equal to 100"),
        ({"clean": 1.2}, "clean: input should be less than or equal to 1"),
        ({"grain": -0.1}, "grain: input should be greater than or equal to 0"),
        ({"jgep": [70, 90]}, "jgep: there is no such option; did you mean 'jpeg'"),
    ],
)
def test_mistakes_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_part(DEGRADATIONS, {"kind": "light", **options}, source="run.toml", key="data.degradation")
    assert f"run.toml: data.degradation.{message}" in str(caught.value)


def test_a_table_becomes_the_object(high: Tensor) -> None:
    table = {"kind": "light", **ALONE, "compressed": 1, "jpeg": [75, 75]}
    low = make_degradation(table)(high, scale=4, random=np.random.default_rng(0))
    assert torch.equal(low, degraded(high, compressed=1, jpeg=(75, 75)))


def test_wide_blurs_get_wide_crops() -> None:
    assert Light().margin == 8
    assert Light(sigma=(0.1, 6.0)).margin >= 3 * 6
