"""Losses between a network's picture and the true one, listed by the name that run files use."""

from collections.abc import Callable

from torch import Tensor

from srgan.losses.pixel import charbonnier, fft, l1, mse

__all__ = ["LOSSES", "charbonnier", "fft", "l1", "mse"]

LOSSES: dict[str, Callable[..., Tensor]] = {
    "charbonnier": charbonnier,
    "fft": fft,
    "l1": l1,
    "mse": mse,
}
