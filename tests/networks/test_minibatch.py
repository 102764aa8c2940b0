"""Layers that look across the batch: known answers."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from srgan.networks import MinibatchDiscrimination, MinibatchStddev


def similarities(x: Tensor, seed: int = 0) -> Tensor:
    torch.manual_seed(seed)
    layer = MinibatchDiscrimination(x.shape[1], kernels=3, dims=2)
    result: Tensor = layer(x)
    assert torch.equal(result[:, : x.shape[1]], x)
    return result[:, x.shape[1] :]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_identical_samples_count_each_other(count: int) -> None:
    assert torch.equal(similarities(torch.rand(1, 4).expand(count, -1)), torch.full((count, 3), count - 1.0))


def test_samples_far_apart_see_nobody() -> None:
    assert torch.equal(similarities(1e3 * torch.randn(6, 4)), torch.zeros(6, 3))


def test_similarity_by_the_formula() -> None:
    torch.manual_seed(1)
    layer, x = MinibatchDiscrimination(4, kernels=3, dims=2), torch.randn(5, 4)
    vectors = layer.project(x).detach().reshape(5, 3, 2)
    expected = [
        [
            sum(float(torch.exp(-(vectors[i, b] - vectors[j, b]).abs().sum())) for j in range(5) if j != i)
            for b in range(3)
        ]
        for i in range(5)
    ]
    assert torch.allclose(layer(x)[:, 4:], torch.tensor(expected), atol=1e-6)


def test_permuted_samples_give_permuted_similarities() -> None:
    x, order = torch.randn(8, 4), torch.randperm(8)
    assert torch.allclose(similarities(x[order]), similarities(x)[order], atol=1e-6)


def test_deviation_of_a_batch() -> None:
    maps = torch.zeros(2, 2, 3, 3)
    maps[1, 0] = 4.0  # a deviation of 2 at every place of one of two channels
    result = MinibatchStddev()(maps)
    assert torch.equal(result[:, :2], maps)
    assert torch.allclose(result[:, 2], torch.ones(2, 3, 3), atol=1e-4)


@pytest.mark.parametrize(
    ("make", "shape"), [(lambda: MinibatchDiscrimination(4), (3, 4)), (MinibatchStddev, (3, 2, 4, 4))]
)
def test_equal_samples_have_gradients(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    x = torch.ones(shape, requires_grad=True)
    make()(x).sum().backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()


@pytest.mark.parametrize(
    ("make", "shape"), [(lambda: MinibatchDiscrimination(4, kernels=3), (3, 4)), (MinibatchStddev, (3, 2, 2, 2))]
)
def test_second_gradients(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    assert torch.autograd.gradgradcheck(make().double(), torch.randn(shape, dtype=torch.double, requires_grad=True))
