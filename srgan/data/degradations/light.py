"""One light degradation: what photographs from phones and web pages have been through at the size they are shown at."""

import math
from typing import Annotated

import numpy as np
import torch
from pydantic import AfterValidator
from torch import Tensor

from srgan.data.degradations import operations
from srgan.data.degradations.bicubic import Bicubic
from srgan.data.degradations.kernels import bell
from srgan.data.degradations.rounds import NotNegative, Positive, Probability, Quality, rising

__all__ = ["Light"]


class Light:
    """Slight blur, one reduction, slight noise, one JPEG file; a share of the pictures is only reduced.

    A model that has seen nothing but clean reductions enlarges blocks and grain as if they were detail; one that has
    seen nothing clean smooths what it should sharpen. So both come, and the network has to tell them apart.

    Args:
        clean: probability that a picture is only reduced, by MATLAB's bicubic.
        blur: probability of a Gaussian blur before the reduction.
        sigma: least and largest standard deviation of the blur, in small pixels.
        area: probability that the reduction averages areas instead of being bicubic.
        grain: probability of Gaussian noise on the small picture.
        noise: least and largest standard deviation of the noise, 255ths.
        grey: probability that the noise has no colour.
        compressed: probability of a JPEG file (4:2:0).
        jpeg: lowest and highest quality of that file.
    """

    def __init__(
        self,
        *,
        clean: Probability = 0.4,
        blur: Probability = 0.3,
        sigma: Annotated[tuple[Positive, Positive], AfterValidator(rising)] = (0.1, 0.7),
        area: Probability = 0.25,
        grain: Probability = 0.4,
        noise: Annotated[tuple[NotNegative, NotNegative], AfterValidator(rising)] = (0.0, 3.0),
        grey: Probability = 0.4,
        compressed: Probability = 0.8,
        jpeg: Annotated[tuple[Quality, Quality], AfterValidator(rising)] = (70, 100),
    ) -> None:
        self._clean, self._area, self._plain = clean, area, Bicubic()
        self._blur, self._sigma = blur, sigma
        self.margin = max(8, math.ceil(3 * sigma[1]) + 1)  # a JPEG block, or the reach of the widest blur
        self._grain, self._noise, self._grey = grain, noise, grey
        self._compressed, self._jpeg = compressed, jpeg

    def __call__(self, high: Tensor, *, scale: int, random: np.random.Generator) -> Tensor:
        """Degrade each picture by itself. Shapes and ranges: see `Degradation`."""
        with torch.no_grad():
            return torch.cat([self._degrade(picture[None], scale, random) for picture in high])

    def _degrade(self, high: Tensor, scale: int, random: np.random.Generator) -> Tensor:
        if random.random() < self._clean:
            return self._plain(high, scale=scale, random=random)
        if random.random() < self._blur:
            sigma = float(random.uniform(*self._sigma)) * scale
            high = operations.blur(high, bell(2 * int(np.ceil(3 * sigma)) + 1, (sigma, sigma)))
        if random.random() < self._area:
            low = operations.resize(high, (high.shape[-2] // scale, high.shape[-1] // scale), "area")
        else:
            low = self._plain(high, scale=scale, random=random)
        if random.random() < self._grain:
            grey = bool(random.random() < self._grey)
            low = operations.add_gaussian_noise(low, random, sigma=float(random.uniform(*self._noise)), grey=grey)
        if random.random() < self._compressed:
            low = operations.compress(low, int(random.integers(*self._jpeg, endpoint=True)))
        return operations.round_to_8_bit(low)
