"""Two rounds of blur, resize, noise and JPEG, and a last sinc filter: the second-order model of Real-ESRGAN.

Source: Wang et al. 2021, arXiv 2107.10833, and its published options. Every picture draws its own degradation, so that
the pool which mixes pairs of several batches there is not needed. The sharpening of the full pictures is not part of
this: it concerns what a loss compares with.
"""

import numpy as np
import torch
from torch import Tensor

from srgan.data.degradations import operations
from srgan.data.degradations.kernels import draw_kernel, draw_sinc
from srgan.data.degradations.rounds import (
    SIZES,
    FirstRound,
    MildFirstRound,
    MildSecondRound,
    Probability,
    Round,
    SecondRound,
)

__all__ = ["Mild", "RealEsrgan"]

# One object each, for they cannot change.
_FIRST, _SECOND = FirstRound.model_validate({}), SecondRound.model_validate({})
_MILD_FIRST, _MILD_SECOND = MildFirstRound.model_validate({}), MildSecondRound.model_validate({})


class RealEsrgan:
    """The degradation of Real-ESRGAN, for pictures of unknown and bad origin.

    Args:
        first: the first round.
        second: the second round.
        last_sinc: probability of the sinc filter at the end.
    """

    margin = 8

    def __init__(
        self, *, first: FirstRound = _FIRST, second: SecondRound = _SECOND, last_sinc: Probability = 0.8
    ) -> None:
        self._rounds: tuple[Round, Round] = (first, second)
        self._last_sinc = last_sinc

    def __call__(self, high: Tensor, *, scale: int, random: np.random.Generator) -> Tensor:
        """Degrade each picture by itself. Shapes and ranges: see `Degradation`."""
        with torch.no_grad():
            return torch.cat([self._degrade(picture[None], scale, random) for picture in high])

    def _degrade(self, high: Tensor, scale: int, random: np.random.Generator) -> Tensor:
        first, second = self._rounds
        height, width = high.shape[-2] // scale, high.shape[-1] // scale
        picture = _worsen(high, first, (height * scale, width * scale), random)
        picture = operations.compress(picture, _quality(first, random))
        picture = _worsen(picture, second, (height, width), random)
        compress_last = random.random() < 0.5
        if not compress_last:
            picture = operations.compress(picture, _quality(second, random))
        picture = operations.resize(picture, (height, width), _mode(random))
        if random.random() < self._last_sinc:
            picture = operations.blur(picture, draw_sinc(random, SIZES))
        if compress_last:
            picture = operations.compress(picture, _quality(second, random))
        return operations.round_to_8_bit(picture)


class Mild(RealEsrgan):
    """The same model with little noise and little blur, for small networks and pictures of fair origin.

    Args:
        first: the first round.
        second: the second round.
        last_sinc: probability of the sinc filter at the end.
    """

    def __init__(
        self,
        *,
        first: MildFirstRound = _MILD_FIRST,
        second: MildSecondRound = _MILD_SECOND,
        last_sinc: Probability = 0.8,
    ) -> None:
        super().__init__(first=first, second=second, last_sinc=last_sinc)


def _worsen(picture: Tensor, options: Round, size: tuple[int, int], random: np.random.Generator) -> Tensor:
    """Blur, resize to about `size` times the drawn factor, noise."""
    if random.random() < options.blur:
        picture = operations.blur(picture, draw_kernel(random, options))
    factor = _factor(options, random)
    wanted = (max(1, int(size[0] * factor)), max(1, int(size[1] * factor)))
    picture = operations.resize(picture, wanted, _mode(random))
    grey = bool(random.random() < options.grey)
    if random.random() < options.gaussian:
        return operations.add_gaussian_noise(picture, random, sigma=random.uniform(*options.noise), grey=grey)
    return operations.add_poisson_noise(picture, random, strength=random.uniform(*options.poisson), grey=grey)


def _factor(options: Round, random: np.random.Generator) -> float:
    larger, smaller, same = options.resize
    draw = random.random() * (larger + smaller + same)
    if draw < larger:
        return float(random.uniform(1, options.factors[1]))
    return float(random.uniform(options.factors[0], 1)) if draw < larger + smaller else 1.0


def _mode(random: np.random.Generator) -> operations.Mode:
    return operations.MODES[int(random.integers(len(operations.MODES)))]


def _quality(options: Round, random: np.random.Generator) -> int:
    return int(random.integers(options.jpeg[0], options.jpeg[1], endpoint=True))
