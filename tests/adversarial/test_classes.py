"""Classes: unlabelled samples are left out, and the n + 1 head is the logistic game."""

import pytest
import torch
from torch.nn import functional as F

from srgan.adversarial import NonSaturating, classification_loss, real_score


def test_only_labelled_samples_count() -> None:
    logits = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    loss = classification_loss(logits, torch.tensor([2, -1, 0, -1]))
    expected = (torch.logsumexp(logits, 1)[[0, 2]] - logits[[0, 2], [2, 0]]).mean()
    assert loss.item() == pytest.approx(expected.item())
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.equal(gradient[[1, 3]], torch.zeros(2, 3))
    assert torch.allclose(gradient[0], (F.softmax(logits[0], 0) - torch.tensor([0, 0, 1])).detach() / 2)


def test_without_labels_the_loss_is_zero() -> None:
    logits = torch.randn(3, 5, requires_grad=True)
    loss = classification_loss(logits, torch.full((3,), -1))
    assert loss.item() == 0.0
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.equal(gradient, torch.zeros(3, 5))


def test_the_score_is_the_logit_of_not_being_the_last_class() -> None:
    logits = torch.randn(6, 10, dtype=torch.float64) * 3
    with_fake = torch.cat([logits, torch.zeros(6, 1)], 1)
    real = 1 - F.softmax(with_fake, 1)[:, -1:]
    assert real_score(logits).shape == (6, 1)
    assert torch.allclose(torch.sigmoid(real_score(logits)), real, rtol=1e-12)
    assert real_score(torch.tensor([[1000.0, 1000.0]])).item() == pytest.approx(1000.0 + 0.693147)


def test_the_unsupervised_loss_is_half_the_logistic_game() -> None:
    real, fake = (torch.randn(8, 10, dtype=torch.float64) * 2 - 1 for _ in range(2))
    lse, lse_fake = torch.logsumexp(real, 1), torch.logsumexp(fake, 1)
    unlabelled = 0.5 * (-lse.mean() + F.softplus(lse).mean() + F.softplus(lse_fake).mean())
    game = NonSaturating().discriminator_loss(real_score(real), real_score(fake))
    assert (game / 2).item() == pytest.approx(unlabelled.item(), rel=1e-12)
