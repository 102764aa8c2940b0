"""Conditions as distributions: more of them than there are captions."""

import torch
from torch import Tensor, nn

from srgan.networks.judging import weighted

__all__ = ["ConditioningAugmentation"]


class ConditioningAugmentation(nn.Module):
    """Draw a condition near the given one (StackGAN, Zhang et al. 2017, arXiv 1612.03242, 3.1).

    ``(B, inputs)`` to ``(B, outputs)``: linear maps give the mean and the logarithm of the variance of independent
    normal distributions. Training draws from these, mean + deviation * N(0, 1); evaluation takes the mean. There is no
    ReLU behind the maps, which the authors' program has: it keeps the deviation above 1.

    The inputs are expected to have a length of about 1, as sentences of the text encoders have; the means then start
    with a mean square of about 1 and the variances near 1.

    Args:
        inputs: length of the conditions.
        outputs: length of what is drawn.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.mean = weighted(nn.Linear(inputs, outputs), norm="none", std=1.0)
        self.log_variance = weighted(nn.Linear(inputs, outputs), norm="none")

    def moments(self, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Means and logarithms of variances, ``(B, outputs)`` each, float32."""
        return self.mean(condition).float(), self.log_variance(condition).float()

    def divergence(self, condition: Tensor) -> Tensor:
        """``KL(N(mean, variance) || N(0, 1))``, ``(B,)``: averaged over the components, as the authors' program does.

        Its factor is 2 there.
        """
        mean, logarithm = self.moments(condition)
        return 0.5 * (mean.square() + logarithm.exp() - 1.0 - logarithm).mean(1)

    def forward(self, condition: Tensor) -> Tensor:
        """A draw in training, the mean in evaluation."""
        if not self.training:
            mean: Tensor = self.mean(condition)
            return mean.float()
        mean, logarithm = self.moments(condition)
        return mean + (0.5 * logarithm).exp() * torch.randn_like(mean)
