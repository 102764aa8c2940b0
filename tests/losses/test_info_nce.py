"""The contrastive losses of pairs against what they must be."""

import math
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from srgan.losses import am_softmax, info_nce


def orthonormal(count: int) -> torch.Tensor:
    random: torch.Tensor = torch.randn(count, count, generator=torch.Generator().manual_seed(0))
    vectors: torch.Tensor = torch.linalg.qr(random)[0]
    return vectors


def unit(*shape: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


@pytest.mark.parametrize(("count", "temperature"), [(64, 0.07), (16, 0.3), (2, 1.0)])
def test_orthonormal_pairs(count: int, temperature: float) -> None:
    vectors = orthonormal(count).double()
    loss = info_nce(vectors, vectors, temperature=temperature)
    assert float(loss) == pytest.approx(math.log1p((count - 1) * math.exp(-1 / temperature)), rel=1e-5)
    assert loss.dtype == torch.float32


@pytest.mark.parametrize(("margin", "scale"), [(0.35, 30.0), (0.0, 1.0), (1.2, 4.0)])
def test_margin_of_orthonormal_and_of_equal_vectors(margin: float, scale: float) -> None:
    vectors, equal = orthonormal(8), unit(1, 8, seed=3).expand(8, -1)
    loss = partial(am_softmax, margin=margin, scale=scale)
    assert float(loss(vectors, vectors)) == pytest.approx(math.log1p(7 * math.exp(-scale * (1 - margin))), rel=1e-5)
    assert float(loss(equal, equal)) == pytest.approx(math.log1p(7 * math.exp(scale * margin)), rel=1e-5)


def test_nothing_known_is_the_logarithm_of_the_number() -> None:
    equal = unit(1, 8, seed=0).expand(100, -1)
    assert float(info_nce(equal, equal)) == pytest.approx(math.log(100), rel=1e-6)


def test_without_a_margin_it_is_the_cross_entropy_in_both_directions() -> None:
    first, second = unit(16, 8, seed=1), unit(16, 8, seed=2)
    logits, places = first @ second.T / 0.2, torch.arange(16)
    expected = (F.cross_entropy(logits, places) + F.cross_entropy(logits.T, places)) / 2
    torch.testing.assert_close(info_nce(first, second, temperature=0.2), expected)
    torch.testing.assert_close(am_softmax(first, second, margin=0.0, scale=5.0), expected)
    torch.testing.assert_close(info_nce(second, first, temperature=0.2), expected)
    assert abs(float(F.cross_entropy(logits, places) - F.cross_entropy(logits.T, places))) > 0.01


@pytest.mark.parametrize("loss", [info_nce, am_softmax])
def test_pairs_of_one_concept_are_not_told_apart(loss: "partial[torch.Tensor]") -> None:
    """Two pairs of each of two concepts: each vector is compared with the two pairs of the other concept."""
    first, second = unit(4, 8, seed=1), unit(4, 8, seed=2)
    same = torch.tensor([5, 9, 5, 9])
    scale, margin = (1 / 0.07, 0.0) if loss is info_nce else (30.0, 0.35)
    cosines = (first @ second.T).double()
    terms = []
    for row, others in enumerate(([1, 3], [0, 2], [1, 3], [0, 2])):
        for line in (cosines[row], cosines[:, row]):
            chances = torch.stack([line[row] - margin, line[others[0]], line[others[1]]]) * scale
            terms.append(-torch.log_softmax(chances, 0)[0])
    assert float(loss(first, second, same=same)) == pytest.approx(float(torch.stack(terms).mean()), rel=1e-4)
    assert float(loss(first, second, same=torch.arange(4))) == float(loss(first, second))


@pytest.mark.parametrize("loss", [info_nce, am_softmax])
def test_both_sides_learn_and_one_concept_teaches_nothing(loss: "partial[torch.Tensor]") -> None:
    first, second = unit(6, 8, seed=1).requires_grad_(), unit(6, 8, seed=2).requires_grad_()
    slopes = torch.autograd.grad(loss(first, second), (first, second))
    assert all(slope.norm() > 0.1 for slope in slopes)
    nothing = loss(first, second, same=torch.zeros(6))
    assert float(nothing.detach()) == 0.0
    assert not any(slope.any() for slope in torch.autograd.grad(nothing, (first, second)))


def test_descent_brings_pairs_together() -> None:
    vectors = [torch.randn(8, 16, generator=torch.Generator().manual_seed(seed)).requires_grad_() for seed in (1, 2)]
    optimizer = torch.optim.Adam(vectors, 0.1)
    for _ in range(60):
        first, second = (F.normalize(side, dim=1) for side in vectors)
        optimizer.zero_grad()
        torch.autograd.backward(am_softmax(first, second))
        optimizer.step()
    cosines = (first @ second.T).detach()
    assert (cosines.argmax(1) == torch.arange(8)).all()
    # The margin keeps on where the order is right already.
    assert (cosines.diagonal() - cosines.masked_fill(torch.eye(8).bool(), -1).amax(1)).min() > 0.35
