"""Small networks for points and for 8x8 pictures."""

import itertools
from typing import Literal

import torch
from torch import Tensor, nn

from srgan.networks import Discriminator, Judgement, class_judgement, code_judgement

__all__ = ["PointDiscriminator", "PointGenerator"]


class PointGenerator(nn.Module):
    """A perceptron from standard normal numbers to samples: ``(B, latent)`` to ``(B, outputs)``.

    Args:
        outputs: numbers a sample.
        latent: numbers that it is made of.
        width: of the hidden layers.
        layers: hidden ones, with ReLU.
        bounded: whether samples lie in [0, 1].
        norm: batch normalisation before each ReLU.
    """

    def __init__(
        self,
        outputs: int,
        *,
        latent: int = 2,
        width: int = 64,
        layers: int = 3,
        bounded: bool = False,
        norm: bool = False,
    ) -> None:
        super().__init__()
        self.latent = latent
        modules: list[nn.Module] = []
        for ins, outs in itertools.pairwise([latent, *(layers * [width])]):
            modules += [nn.Linear(ins, outs), *([nn.BatchNorm1d(outs)] if norm else []), nn.ReLU()]
        self.body = nn.Sequential(*modules, nn.Linear(width, outputs), *([nn.Sigmoid()] if bounded else []))

    def forward(self, latent: Tensor) -> Tensor:
        """Make samples."""
        samples: Tensor = self.body(latent)
        return samples

    def draw(self, count: int) -> Tensor:
        """Latent vectors ``(count, latent)``."""
        return torch.randn(count, self.latent)


class PointDiscriminator(Discriminator):
    """A perceptron that judges samples ``(B, inputs)``.

    Args:
        inputs: numbers of all samples that are judged at once.
        condition: numbers that belong to them and stand beside them.
        width: of the hidden layers.
        layers: hidden ones, with LeakyReLU(0.2).
        head: ``"score"``; ``"n_plus_one"``: a score by the logits of `outputs` classes; ``"code"``: by a code of
            `outputs` numbers (O-GAN).
        outputs: of the last layer; 1 for a score.
        noise: standard deviation of what is added to the input and to all activations in training, as in Salimans et
            al. 2016 (there 0.3 and 0.5).
    """

    def __init__(
        self,
        inputs: int,
        *,
        condition: int = 0,
        width: int = 64,
        layers: int = 3,
        head: Literal["score", "n_plus_one", "code"] = "score",
        outputs: int = 1,
        noise: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        super().__init__()
        self.condition_channels, self.head, self.noise = condition, head, noise
        sizes = [inputs + condition, *(layers * [width])]
        self.hidden = nn.ModuleList(nn.Linear(ins, outs) for ins, outs in itertools.pairwise(sizes))
        self.last = nn.Linear(width, outputs)

    def forward(self, picture: Tensor, condition: Tensor | None = None) -> Judgement:
        """Judge samples; the features are those of the last hidden layer."""
        x = picture if condition is None else torch.cat([picture, condition], 1)
        x = self._noisy(x, self.noise[0])
        for layer in self.hidden:
            features = nn.functional.leaky_relu(layer(x), 0.2)
            x = self._noisy(features, self.noise[1])
        said = self.last(x)
        if self.head == "n_plus_one":
            return class_judgement(said, [features])
        if self.head == "code":
            return code_judgement(said, [features])
        return Judgement([said], [features])

    def _noisy(self, x: Tensor, sigma: float) -> Tensor:
        return x + sigma * torch.randn_like(x) if sigma and self.training else x
