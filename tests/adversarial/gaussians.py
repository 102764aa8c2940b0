"""Gaussians on the line, their integrals on a grid, and critics for them."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["GRID", "Gaussian", "critic", "descend", "normal"]

GRID = torch.linspace(-16, 16, 1601, dtype=torch.float64)


class Gaussian(NamedTuple):
    """N(mean, deviation^2)."""

    mean: float
    deviation: float

    def log_density(self, x: Tensor) -> Tensor:
        """The logarithm of the density."""
        z = (x - self.mean) / self.deviation
        return -(z**2) / 2 - math.log(self.deviation * math.sqrt(2 * math.pi))

    def expectation(self, values: Tensor, at: Tensor = GRID) -> Tensor:
        """Of a function whose values at evenly spaced places are given: exact to ten digits for smooth ones."""
        return (self.log_density(at).exp() * values).sum() * (at[1] - at[0])

    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """Independent samples, float64."""
        return self.mean + self.deviation * torch.randn(count, dtype=torch.float64, generator=random)


def normal(count: int) -> Tensor:
    """Points whose mean of any smooth function is its expectation under N(0, 1): quantiles, evenly spaced."""
    points: Tensor = torch.special.ndtri((torch.arange(count, dtype=torch.float64) + 0.5) / count)
    return points


def critic(width: int, layers: int = 2) -> nn.Sequential:
    """A smooth network of one number, float64."""
    hidden: list[nn.Module] = []
    for inputs in [1, *[width] * (layers - 1)]:
        hidden += [nn.Linear(inputs, width), nn.Tanh()]
    return nn.Sequential(*hidden, nn.Linear(width, 1)).double()


def descend(loss: Callable[[], Tensor], parameters: list[Tensor], *, steps: int) -> float:
    """Minimise a loss that is the same at every call; returns its last value."""
    optimiser = torch.optim.LBFGS(parameters, max_iter=steps, line_search_fn="strong_wolfe", tolerance_change=1e-12)

    def closure() -> float:
        optimiser.zero_grad()
        value = loss()
        value.backward()  # type: ignore[no-untyped-call]
        return value.item()

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return loss().item()
