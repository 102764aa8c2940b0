"""Penalties on the discriminator's gradient with respect to what it sees."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import torch
from pydantic import Field
from torch import Tensor

__all__ = [
    "R1",
    "R2",
    "Dragan",
    "GradientPenalty",
    "MatchingAware",
    "Penalty",
    "Sample",
    "Score",
    "WassersteinDivergence",
    "picture_gradient",
]

Score = Callable[[Tensor, Tensor | None], list[Tensor]]
"""The discriminator as penalties see it: picture and condition to raw scores, one tensor ``(B, ...)`` a scale."""

_Positive = Annotated[float, Field(gt=0)]
# With a smaller power the gradient of the penalty has no limit where the slope is 0.
_Power = Annotated[float, Field(gt=1)]


class Sample(NamedTuple):
    """What a discriminator sees of one side: pictures ``(B, ...)`` and, where it takes one, their condition."""

    picture: Tensor
    condition: Tensor | None = None


class Penalty(ABC):
    """A term of the discriminator's loss that bounds its slope.

    Gradients are with respect to pictures in [0, 1]. Papers have them in [-1, 1], where gradients are half as long:
    each class says which options do here what the paper's do there.
    """

    @abstractmethod
    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty, a scalar with gradients to the discriminator's parameters and to nothing else.

        Args:
            score: the bare discriminator, without a wrapper for data-parallel training: gradients of gradients bypass
                such wrappers, so the caller averages the parameters' gradients itself.
            real: true pictures ``(B, 3, H, W)``.
            fake: the generator's, as many.
        """


@dataclass(frozen=True, kw_only=True)
class R1(Penalty):
    """``gamma / 2 * E ||gradient||^2`` at real pictures (Mescheder, Geiger and Nowozin 2018, Eq. 9).

    Args:
        gamma: strength; 2.5 does what the paper's 10 does on pictures in [-1, 1].
    """

    gamma: _Positive = 2.5

    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty at `real`."""
        return self.gamma / 2 * _squared_norm(score, real)


@dataclass(frozen=True, kw_only=True)
class R2(Penalty):
    """``gamma / 2 * E ||gradient||^2`` at fakes (Mescheder, Geiger and Nowozin 2018, section 4.1).

    Args:
        gamma: strength, in the units of R1.
    """

    gamma: _Positive = 2.5

    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty at `fake`."""
        return self.gamma / 2 * _squared_norm(score, fake)


@dataclass(frozen=True, kw_only=True)
class GradientPenalty(Penalty):
    """``strength * E (||gradient|| - target)^2`` between real and fake (WGAN-GP, Gulrajani et al. 2017, Eq. 3).

    Each place is ``e * real + (1 - e) * fake``, with one e a pair, uniform in [0, 1]; conditions are mixed by the same
    e. With the Wasserstein game it is a soft bound: between two points at distance L the critic's slope is
    ``target * (1 + L / (2 strength target))``.

    Args:
        strength: lambda; the paper has 10 for pictures, 0.1 in the plane.
        target: the norm to come to, of gradients with respect to pictures in [0, 1]. Strength 2.5 and target 2 do what
            the paper's 10 and 1 do on pictures in [-1, 1]; with target 1 all scores are half of those.
    """

    strength: _Positive = 10.0
    target: _Positive = 1.0

    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty at random places between `real` and `fake`."""
        share = torch.rand(len(real.picture), device=real.picture.device)
        condition = None
        if real.condition is not None and fake.condition is not None:
            condition = _between(fake.condition, real.condition, share)
        mixed = _between(fake.picture, real.picture, share)
        return self.strength * (_norm(picture_gradient(score, mixed, condition)) - self.target).square().mean()


@dataclass(frozen=True, kw_only=True)
class Dragan(Penalty):
    """``strength * E (||gradient|| - target)^2`` around real pictures (Kodali et al. 2017).

    Each place is a real picture plus ``a * noise * s * u``, as in the authors' code: s is the standard deviation of all
    numbers of the batch, u uniform in [0, 1] for every number, a likewise for every picture.

    Args:
        strength: lambda; 10 in the paper.
        target: the norm to come to, of gradients with respect to pictures in [0, 1]. Strength 2.5 and target 2 do what
            the paper's 10 and 1 do on pictures in [-1, 1].
        noise: in standard deviations, so that the range of the pictures does not matter; the authors have 0.5.
    """

    strength: _Positive = 10.0
    target: _Positive = 1.0
    noise: _Positive = 0.5

    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty at random places near `real`."""
        picture = real.picture
        disturbed = picture + self.noise * picture.std() * torch.rand_like(picture)
        near = _between(picture, disturbed, torch.rand(len(picture), device=picture.device))
        return self.strength * (_norm(picture_gradient(score, near, real.condition)) - self.target).square().mean()


@dataclass(frozen=True, kw_only=True)
class WassersteinDivergence(Penalty):
    """``strength * E ||gradient||^power``, half of it at real pictures and half at fakes (WGAN-div, Wu et al. 2018).

    With the Wasserstein game the value is a divergence of its own, symmetric, and no estimate of a distance: two points
    at distance L get the slope ``(L / (strength power))^(1 / (power - 1))``. The paper allows for other places as well;
    these are those of the usual code.

    Args:
        strength: k; 2 in the paper. ``k / 2^power`` does what k does on pictures in [-1, 1].
        power: p; 6 in the paper.
    """

    strength: _Positive = 2.0
    power: _Power = 6.0

    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty at `real` and `fake`."""
        terms = [_norm(picture_gradient(score, *side)).pow(self.power).mean() for side in (real, fake)]
        return self.strength / 2 * (terms[0] + terms[1])


@dataclass(frozen=True, kw_only=True)
class MatchingAware(Penalty):
    """``strength * E ||gradient||^power`` at real pictures with their conditions (MA-GP of DF-GAN, Tao et al. 2022).

    The gradient is the one with respect to picture *and* condition, as one long vector. It smooths the score around
    matching pairs of data, which is where the generator should go.

    Args:
        strength: k; 2 in the paper.
        power: p; 6 in the paper.
    """

    strength: _Positive = 2.0
    power: _Power = 6.0

    def __call__(self, score: Score, real: Sample, fake: Sample) -> Tensor:
        """The penalty at `real`.

        Raises:
            ValueError: there is no condition, so that nothing is matched.
        """
        if real.condition is None:
            raise ValueError("magp needs a discriminator with a condition; without one, r1 and div are such penalties")
        return self.strength * _norm(*_gradients(score, real.picture, real.condition)).pow(self.power).mean()


def picture_gradient(score: Score, picture: Tensor, condition: Tensor | None = None) -> Tensor:
    """The gradient of each picture's score with respect to that picture, itself differentiable.

    The score of a picture is the mean over its map and over the scales, so that neither makes the penalty stronger.
    The discriminator must treat the pictures of a batch apart (no batch normalisation in training mode). Computed in
    float32 whatever autocast says: squares of small gradients underflow in half precision.

    Args:
        score: the discriminator.
        picture: ``(B, ...)``; detached here, no gradient reaches where they come from.
        condition: what it sees besides; detached as well.

    Returns:
        Of the pictures' shape.
    """
    if condition is not None:
        condition = condition.detach().to(torch.promote_types(condition.dtype, torch.float32))
    (gradient,) = _gradients(lambda seen, _: score(seen, condition), picture)
    return gradient


def _gradients(score: Score, *seen: Tensor) -> tuple[Tensor, ...]:
    """The gradients with respect to a picture alone or to picture and condition."""
    with torch.autocast(seen[0].device.type, enabled=False):
        leaves = [x.detach().to(torch.promote_types(x.dtype, torch.float32)).requires_grad_() for x in seen]
        scores = score(leaves[0], leaves[1] if len(leaves) > 1 else None)
        # Sum over the batch: each picture's own score depends on it alone.
        total = torch.stack([each.reshape(len(each), -1).mean(1).sum() for each in scores]).mean()
        return torch.autograd.grad(total, leaves, create_graph=True)


def _norm(*gradients: Tensor) -> Tensor:
    """The length of each item's gradient, ``(B,)``; where it is 0, its own derivatives are 0 and not NaN."""
    square = torch.cat([gradient.flatten(1) for gradient in gradients], 1).square().sum(1)
    # In single precision second derivatives (of unrolled steps) overflow below this.
    flat = square < 1e-24
    return torch.where(flat, 0.0, torch.where(flat, 1.0, square).sqrt())


def _squared_norm(score: Score, sample: Sample) -> Tensor:
    return picture_gradient(score, *sample).square().flatten(1).sum(1).mean()


def _between(start: Tensor, end: Tensor, share: Tensor) -> Tensor:
    """Item by item from `start` (share 0) to `end` (share 1); exact where both are the same."""
    return torch.lerp(start, end, share.to(start.dtype).reshape(-1, *[1] * (start.ndim - 1)))
