"""The Laplacian pyramid loss: which level sees what."""

import pytest
import torch

from srgan.losses import LOSSES, l1, laplacian


@pytest.mark.parametrize("levels", [2, 4, 5])
def test_a_shift_of_colour_is_seen_by_the_last_level_alone(levels: int) -> None:
    picture = torch.rand(2, 3, 32, 48)
    assert laplacian(picture, picture, levels=levels).item() == 0.0
    assert laplacian(picture + 0.25, picture, levels=levels).item() == pytest.approx(0.25, abs=1e-5)


def test_the_finest_checkerboard_is_seen_by_the_first_level_alone() -> None:
    rows, columns = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    board = ((rows + columns) % 2 * 2.0 - 1.0).expand(1, 3, 16, 16)
    assert laplacian(0.1 * board, torch.zeros(1, 3, 16, 16)).item() == pytest.approx(0.1, abs=1e-6)


def test_wide_differences_cost_more_than_the_same_sum_of_fine_ones() -> None:
    """By pixels alone both are the same."""
    real = torch.zeros(1, 1, 32, 32)
    wide, fine = real.clone(), real.clone()
    wide[..., :16] = 0.5
    fine[..., ::2] = 0.5
    assert l1(wide, real) == l1(fine, real)
    assert laplacian(wide, real) < laplacian(fine, real)


def test_gradients_are_right() -> None:
    real = torch.rand(1, 1, 16, 16)
    fake = (real + 0.2 + 0.1 * torch.rand_like(real)).requires_grad_()
    LOSSES["laplacian"](fake, real).backward()
    assert fake.grad is not None
    before = laplacian(fake, real)
    # Piecewise linear: a small step along the gradient lowers it by the gradient's square.
    moved = fake.detach() - 1e-3 * fake.grad
    square = float((fake.grad**2).sum())
    assert (before - laplacian(moved, real)).item() == pytest.approx(1e-3 * square, rel=0.05)


def test_half_precision_is_computed_in_float32() -> None:
    picture = torch.rand(1, 3, 16, 16)
    assert laplacian(picture.bfloat16(), picture).dtype == torch.float32
