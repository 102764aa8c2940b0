"""Augmentation for the discriminator: each transformation's effect and range, pairs, probability, gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor

from srgan.adversarial import Augmentation, DiffAugment
from srgan.config import check_part
from srgan.errors import UsageError


def drawn(pictures: Tensor, *policies: Any, probability: float = 1.0, seed: int = 0) -> Augmentation:  # noqa: ANN401
    torch.manual_seed(seed)
    return DiffAugment(policies=policies).draw(pictures, probability)


def places(count: int, height: int, width: int) -> Tensor:
    """Pictures that hold each pixel's row and column, and a 1."""
    rows = torch.arange(height).view(1, -1, 1).expand(1, height, width)
    columns = torch.arange(width).view(1, 1, -1).expand(1, height, width)
    one = torch.cat([rows, columns, torch.ones_like(rows)]).float()
    return one.expand(count, -1, -1, -1)


def test_brightness_is_added() -> None:
    flat = torch.full((2000, 3, 2, 2), 0.3)
    added = drawn(flat, "colour")(flat) - 0.3
    assert torch.allclose(added, added[:, :1, :1, :1].expand_as(added), atol=1e-6)
    one = added[:, 0, 0, 0]
    assert -0.25 <= one.min() < -0.24
    assert 0.24 < one.max() <= 0.25
    assert one.mean().abs() < 0.01


def test_saturation_and_contrast_stretch_about_the_means() -> None:
    pictures = torch.rand(2000, 3, 4, 4)
    made = drawn(pictures, "colour")(pictures)

    def colours(x: Tensor) -> Tensor:
        return (x - x.mean(1, keepdim=True)).flatten(1)

    def greys(x: Tensor) -> Tensor:
        grey = x.mean(1)
        return (grey - grey.mean((1, 2), keepdim=True)).flatten(1)

    # Saturation leaves greys alone, contrast stretches both.
    contrast = greys(made).norm(dim=1) / greys(pictures).norm(dim=1)
    saturation = colours(made).norm(dim=1) / colours(pictures).norm(dim=1) / contrast
    assert torch.allclose(greys(made), contrast[:, None] * greys(pictures), atol=1e-5)
    assert torch.allclose(colours(made), (contrast * saturation)[:, None] * colours(pictures), atol=1e-5)
    for factor, low, high in ((contrast, 0.5, 1.5), (saturation, 0.0, 2.0)):
        assert low - 1e-4 <= factor.min() < low + 0.01
        assert high - 0.01 < factor.max() <= high + 1e-4
        assert factor.mean().item() == pytest.approx(1.0, abs=0.04)
    assert torch.corrcoef(torch.stack([contrast, saturation]))[0, 1].abs() < 0.1


def test_translation_shifts_whole_pictures_and_leaves_grey() -> None:
    pictures = places(1000, 16, 33)
    made = drawn(pictures, "translation")(pictures)
    seen = made[:, 2] == 1.0
    shifts = set()
    for source, here, picture in zip(pictures, made, seen, strict=True):
        down, right = (source[:2] - here[:2])[:, picture].unbind(0)
        assert (down == down[0]).all()
        assert (right == right[0]).all()
        shifts.add((int(down[0]), int(right[0])))
        assert picture.sum() == (16 - abs(int(down[0]))) * (33 - abs(int(right[0])))
        assert (here[:, ~picture] == 0.5).all()
    assert shifts == {(down, right) for down in range(-2, 3) for right in range(-4, 5)}


def test_cutout_makes_one_hole_of_half_the_side_anywhere() -> None:
    white = torch.ones(2000, 3, 12, 8)
    made = drawn(white, "cutout")(white)
    assert ((made == 1.0) | (made == 0.5)).all()
    hole = (made == 0.5).all(1)
    assert torch.equal(hole, (made == 0.5).any(1))
    rows, columns = hole.any(2), hole.any(1)
    # A rectangle: it is the product of its shadows.
    assert torch.equal(hole, rows[:, :, None] & columns[:, None, :])
    # Centres lie on every pixel, so that holes at the edges are cut off, never below half.
    assert set(rows.sum(1).tolist()) == {3, 4, 5, 6}
    assert set(columns.sum(1).tolist()) == {2, 3, 4}
    assert hole.float().mean(0).min() > 0.05
    assert len({tuple(one) for one in hole.flatten(1).tolist()}) == 13 * 9


def test_real_and_fake_get_the_same() -> None:
    real, fake = torch.rand(2, 8, 3, 16, 16)
    augment = drawn(real, "colour", "translation", "cutout")
    assert torch.equal(augment(real), augment(real))
    together = augment(torch.cat([real, fake], 1))
    assert torch.allclose(together[:, :3], augment(real), atol=1e-6)
    assert torch.allclose(together[:, 3:], augment(fake), atol=1e-6)
    assert not torch.allclose(augment(real)[0], augment(real[:1].expand_as(real))[1], atol=0.01)


def test_maps_move_with_their_pictures() -> None:
    pictures = torch.zeros(64, 3, 16, 16)
    pictures[..., 4:9, 3:12] = 1.0
    maps = torch.cat([pictures[:, :1], 1 - pictures[:, :1]], 1)
    augment = drawn(pictures, "translation", "cutout")
    moved, made = augment.move(maps), augment(pictures)
    assert torch.equal(moved[:, 0] == 1, made[:, 0] == 1.0)
    assert torch.equal(moved[:, 1] == 1, made[:, 0] == 0.0)
    assert torch.equal(moved.sum(1) == 0, made[:, 0] == 0.5)


@pytest.mark.parametrize("policy", ["colour", "translation", "cutout"])
def test_probability_is_of_each_transformation_and_picture(policy: str) -> None:
    pictures = torch.rand(3000, 3, 8, 8)
    changed = (drawn(pictures, policy, probability=0.3)(pictures) - pictures).abs().flatten(1).amax(1) > 1e-4
    # Colour has three, of which one at least; one of nine translations by up to one pixel is none.
    expected = {"colour": 1 - 0.7**3, "translation": 0.3 * 8 / 9, "cutout": 0.3}[policy]
    assert changed.float().mean().item() == pytest.approx(expected, abs=0.03)
    nothing = drawn(pictures, policy, probability=0.0)(pictures)
    assert torch.allclose(nothing, pictures, atol=1e-6)


def test_the_seed_decides_and_the_probability_uses_no_more_numbers() -> None:
    pictures = torch.rand(4, 3, 8, 8)
    first = drawn(pictures, "colour", "translation", "cutout")(pictures)
    state = torch.get_rng_state()
    assert torch.equal(drawn(pictures, "colour", "translation", "cutout")(pictures), first)
    assert not torch.equal(drawn(pictures, "colour", "translation", "cutout", seed=1)(pictures), first)
    drawn(pictures, "colour", "translation", "cutout", probability=0.1)
    assert torch.equal(torch.get_rng_state(), state)


def test_gradients_are_right_twice() -> None:
    pictures = torch.rand(2, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    augment = drawn(pictures, "colour", "translation", "cutout")
    assert torch.autograd.gradcheck(augment, (pictures,))
    small = torch.rand(2, 3, 2, 8, dtype=torch.float64, requires_grad=True)
    tiny = drawn(small, "colour", "translation", "cutout")
    assert torch.autograd.gradgradcheck(lambda x: tiny(x).square(), (small,))


def test_pictures_must_fit_the_draw() -> None:
    augment = drawn(torch.zeros(2, 3, 8, 8), "colour")
    with pytest.raises(ValueError, match="multiple, not 4"):
        augment(torch.zeros(2, 4, 8, 8))
    for shape in ((3, 3, 8, 8), (2, 3, 8, 9)):
        with pytest.raises(ValueError, match="drawn for"):
            augment(torch.zeros(shape))


def test_made_from_a_checked_table() -> None:
    table = {"kind": "diffaugment", "policies": ["colour", "cutout"]}
    options = check_part({"diffaugment": DiffAugment}, table, source="run.toml", key="augment")
    assert DiffAugment(**options) == DiffAugment(policies=("colour", "cutout"))
    for policies in ([], ["color"]):
        with pytest.raises(UsageError, match="policies"):
            check_part({"diffaugment": DiffAugment}, {**table, "policies": policies}, source="run.toml", key="augment")
