"""Classes: unlabelled samples are left out."""

import pytest
import torch
from torch.nn import functional as F

from srgan.adversarial import classification_loss


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
