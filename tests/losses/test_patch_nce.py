"""PatchNCE against what it must be."""

import math

import pytest
import torch
from torch.nn import functional as F

from srgan.losses import patch_nce


def orthonormal(pictures: int, places: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.stack([torch.linalg.qr(torch.randn(places, places))[0] for _ in range(pictures)])


def unit(*shape: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def test_orthonormal_vectors() -> None:
    vectors = orthonormal(2, 256)
    loss = patch_nce([vectors], [vectors])
    assert float(loss) == pytest.approx(1.593e-4, abs=5e-8)
    assert float(loss) == pytest.approx(math.log1p(255 * math.exp(-1 / 0.07)), rel=1e-5)


@pytest.mark.parametrize(("places", "temperature"), [(2, 1.0), (16, 0.3), (64, 0.07)])
def test_other_temperatures(places: int, temperature: float) -> None:
    vectors = orthonormal(1, places).double()
    expected = math.log1p((places - 1) * math.exp(-1 / temperature))
    assert float(patch_nce([vectors], [vectors], temperature=temperature)) == pytest.approx(expected, rel=1e-5)
    assert patch_nce([vectors], [vectors], temperature=temperature).dtype == torch.float32


def test_equal_vectors() -> None:
    vectors = unit(1, 1, 32, seed=0).expand(3, 256, -1)
    assert float(patch_nce([vectors], [vectors])) == pytest.approx(math.log(256), rel=1e-6)
    assert math.log(256) == pytest.approx(5.545, abs=5e-4)


def test_opposite_vectors() -> None:
    """Every place looks like the other one: log(1 + e^(2 / t))."""
    first = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]])
    assert float(patch_nce([first], [first.flip(1)])) == pytest.approx(math.log1p(math.exp(2 / 0.07)), rel=1e-6)


def test_places_of_other_pictures_do_not_matter() -> None:
    query, key = unit(3, 8, 16, seed=1), unit(3, 8, 16, seed=2)
    apart = [float(patch_nce([query[row : row + 1]], [key[row : row + 1]])) for row in range(3)]
    assert float(patch_nce([query], [key])) == pytest.approx(sum(apart) / 3, rel=1e-6)


def test_mean_over_maps_of_different_sizes() -> None:
    queries, keys = [unit(2, 8, 16, seed=1), unit(2, 5, 4, seed=2)], [unit(2, 8, 16, seed=3), unit(2, 5, 4, seed=4)]
    apart = [float(patch_nce([query], [key])) for query, key in zip(queries, keys, strict=True)]
    assert float(patch_nce(queries, keys)) == pytest.approx(sum(apart) / 2, rel=1e-6)
    with pytest.raises(ValueError, match="shorter"):
        patch_nce(queries, keys[:1])


def test_only_queries_learn() -> None:
    query, key = unit(2, 8, 16, seed=1).requires_grad_(), unit(2, 8, 16, seed=2).requires_grad_()
    torch.autograd.backward(patch_nce([query], [key]))
    assert key.grad is None
    assert query.grad is not None
    # The slope by hand: (sum_j p_j k_j - k_i) / t, a mean over places and pictures.
    chances = torch.softmax(query.detach() @ key.detach().transpose(1, 2) / 0.07, -1)
    torch.testing.assert_close(query.grad, (chances @ key.detach() - key.detach()) / 0.07 / 16)


def test_a_single_place_is_always_found() -> None:
    query = unit(2, 1, 4, seed=1).requires_grad_()
    loss = patch_nce([query], [unit(2, 1, 4, seed=2)])
    torch.autograd.backward(loss)
    assert float(loss.detach()) == 0.0
    assert query.grad is not None
    assert not query.grad.any()
