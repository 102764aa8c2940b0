"""What pictures are compared by when two sets of them are: a vector for each."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

__all__ = ["PictureFeatures"]

_CELLS = 8
_LAYER, _SIDE = "relu4_4", 64
_CHUNK = 64


class PictureFeatures:
    """``(N, H, W, 3)`` uint8 RGB to ``(N, d)`` float32; pictures are square, of at least 8 pixels a side.

    Args:
        name: "pixels": means of an 8x8 grid of cells in [0, 1] (192 numbers), which see colours and coarse shapes and
            nothing else; "vgg19": a layer of VGG-19 averaged over all places (512 numbers), each vector scaled to the
            length of ``sqrt(512)``: without that, the few pictures of the strongest response outweigh all others in
            the cube of `kernel_distance`, whose scalar product is now the cosine.

    Raises:
        UsageError: VGG-19's weights are not to be had.
    """

    def __init__(self, name: Literal["pixels", "vgg19"]) -> None:
        self._network = None
        if name == "vgg19":
            # The other metrics must work where torch is not installed.
            from srgan.features import Vgg19

            self._network = Vgg19([_LAYER])

    @property
    def protocol(self) -> str:
        """What the numbers are, in words, to stand in ``kernel distance in ...``."""
        if self._network is None:
            return f"means of {_CELLS}x{_CELLS} cells of the RGB pixels"
        return f"VGG-19 {_LAYER} features (ImageNet; mean over all places at {_SIDE}x{_SIDE}, scaled to one length)"

    def __call__(self, pictures: NDArray[np.uint8], *, device: "torch.device | str" = "cpu") -> NDArray[np.float32]:
        """Compute the vectors, a network's on `device`."""
        if self._network is not None:
            self._network.to(device)
        chunks = [pictures[start : start + _CHUNK] for start in range(0, len(pictures), _CHUNK)]
        return np.concatenate([self._of(chunk, device) for chunk in chunks])

    def _of(self, pictures: NDArray[np.uint8], device: "torch.device | str") -> NDArray[np.float32]:
        import torch
        from torch.nn import functional as F

        with torch.inference_mode():
            batch = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 255
            if self._network is None:
                return np.asarray(F.adaptive_avg_pool2d(batch, _CELLS).flatten(1).cpu().numpy())
            if batch.shape[-1] != _SIDE:
                batch = F.interpolate(batch, size=(_SIDE, _SIDE), mode="bilinear", antialias=True)
            means = self._network(batch)[_LAYER].mean(dim=(2, 3))
            return np.asarray((F.normalize(means) * means.shape[1] ** 0.5).cpu().numpy())
