"""The field's standard reduction, as a degradation."""

import numpy as np
import torch
from torch import Tensor

from srgan.images import imresize

__all__ = ["Bicubic"]


class Bicubic:
    """MATLAB's antialiased bicubic, bit for bit: what a run without ``[data.degradation]`` makes in advance."""

    margin = 2  # half of the widened kernel

    def __call__(self, high: Tensor, *, scale: int, random: np.random.Generator) -> Tensor:
        """Reduce; nothing is random. Shapes and ranges: see `Degradation`."""
        pixels = high.mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        low = np.stack([imresize(picture, scale=1.0 / scale) for picture in pixels])
        return torch.from_numpy(low).to(high.device).permute(0, 3, 1, 2).float() / 255
