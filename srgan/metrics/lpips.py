"""LPIPS of 8-bit pictures."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LpipsMetric"]

_BACKBONES = {"alexnet": "AlexNet", "vgg16": "VGG-16"}

_CHUNK = 64


class LpipsMetric:
    """Learned perceptual distance (Zhang et al. 2018), v0.1; 0 for equal pictures, lower is better.

    Measured on whole RGB pictures. Making one loads torch and the backbone's weights (see
    `srgan.features.feature_weights`).

    Args:
        backbone: ``"alexnet"``, which the field's tables mean by LPIPS, or ``"vgg16"``, whose figures are others.

    Attributes:
        protocol: which one it is, in words.

    Raises:
        UsageError: no weights.
    """

    def __init__(self, backbone: str = "alexnet") -> None:
        # The other metrics must work where torch is not installed.
        from srgan.features import Lpips

        self.protocol = f"LPIPS v0.1 {_BACKBONES[backbone]}"
        self._network = Lpips(backbone)

    def __call__(self, fake: NDArray[np.generic], real: NDArray[np.generic]) -> float:
        """Distance of two pictures ``(H, W, 3)`` or ``(H, W)`` with values of 0 to 255."""
        one, two = (image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2) for image in (fake, real))
        return float(self.each(one[None], two[None])[0])

    def each(self, fakes: NDArray[np.generic], reals: NDArray[np.generic]) -> NDArray[np.float64]:
        """Distance ``(N,)`` of each pair of pictures ``(N, H, W, 3)`` with values of 0 to 255."""
        import torch

        def batch(images: NDArray[np.generic]) -> torch.Tensor:
            planes = np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32)
            return torch.from_numpy(planes) / 255

        with torch.inference_mode():
            parts = [
                self._network(batch(fakes[start : start + _CHUNK]), batch(reals[start : start + _CHUNK])).numpy()
                for start in range(0, len(fakes), _CHUNK)
            ]
        return np.concatenate(parts).astype(np.float64)
