"""LPIPS of 8-bit pictures."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LpipsMetric"]


class LpipsMetric:
    """Learned perceptual distance (Zhang et al. 2018), v0.1, AlexNet; 0 for equal pictures, lower is better.

    Measured on whole RGB pictures. Making one loads torch and AlexNet's weights (see
    `srgan.features.feature_weights`).

    Raises:
        UsageError: no weights.
    """

    def __init__(self) -> None:
        # The other metrics must work where torch is not installed.
        from srgan.features import Lpips

        self._network = Lpips()

    def __call__(self, fake: NDArray[np.generic], real: NDArray[np.generic]) -> float:
        """Distance of two pictures ``(H, W, 3)`` or ``(H, W)`` with values of 0 to 255."""
        import torch

        def batch(image: NDArray[np.generic]) -> torch.Tensor:
            colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
            planes = np.ascontiguousarray(colour.transpose(2, 0, 1)[None], dtype=np.float32)
            return torch.from_numpy(planes) / 255

        with torch.inference_mode():
            return float(self._network(batch(fake), batch(real)))
