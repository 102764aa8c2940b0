"""The scores of heads that say more than a score, against the games that are played on them."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.adversarial import NonSaturating
from srgan.networks import class_judgement, code_judgement


def score(logits: Tensor) -> Tensor:
    return class_judgement(logits, []).scores[0]


def mean_score(code: Tensor) -> Tensor:
    return code_judgement(code, []).scores[0]


def test_the_score_is_the_logit_of_not_being_the_last_class() -> None:
    logits = torch.randn(6, 10, dtype=torch.float64) * 3
    with_fake = torch.cat([logits, torch.zeros(6, 1)], 1)
    real = 1 - F.softmax(with_fake, 1)[:, -1:]
    assert score(logits).shape == (6, 1)
    assert torch.allclose(torch.sigmoid(score(logits)), real, rtol=1e-12)
    assert score(torch.tensor([[1000.0, 1000.0]])).item() == pytest.approx(1000.0 + 0.693147)


def test_the_unsupervised_loss_is_half_the_logistic_game() -> None:
    real, fake = (torch.randn(8, 10, dtype=torch.float64) * 2 - 1 for _ in range(2))
    lse, lse_fake = torch.logsumexp(real, 1), torch.logsumexp(fake, 1)
    unlabelled = 0.5 * (-lse.mean() + F.softplus(lse).mean() + F.softplus(lse_fake).mean())
    game = NonSaturating().discriminator_loss(score(real), score(fake))
    assert (game / 2).item() == pytest.approx(unlabelled.item(), rel=1e-12)


def test_the_score_is_minus_the_mean() -> None:
    assert mean_score(torch.tensor([[1.0, 2.0, 6.0], [-1.0, 0.0, -2.0]])).tolist() == [[-3.0], [1.0]]
    # On the paper's side: the discriminator lowers the mean of real codes.
    code = torch.zeros(4, 3, requires_grad=True)
    loss = NonSaturating().discriminator_loss(mean_score(code), mean_score(torch.zeros(4, 3)))
    (gradient,) = torch.autograd.grad(loss, code)
    assert gradient.flatten().tolist() == pytest.approx([0.5 / 12] * 12)
