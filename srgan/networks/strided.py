"""The convolutions from a picture down to 4x4 places, of DCGAN's discriminator and of its mirror, the encoder."""

from itertools import pairwise

from torch import Tensor, nn

from srgan.networks.judging import judging_layer
from srgan.networks.reference_norm import ReferenceBatch

__all__ = ["Strided", "halvings"]


def halvings(size: int) -> int:
    """How often a side is halved until 4 are left.

    Raises:
        ValueError: it is not 8, 16, 32, ...
    """
    steps = size.bit_length() - 3
    if steps < 1 or size != 4 * 2**steps:
        raise ValueError(f"size = {size}: it must be 4 times a power of 2, at least 8: 8, 16, 32, 64, 128, ...")
    return steps


class Strided(nn.Module):
    """Strided convolutions with LeakyReLU(0.2), no normalisation in the first (Radford et al. 2016).

    ``(B, inputs, size, size)`` to a list of maps, the last ``(B, channels, 4, 4)``. With a normalisation by a fixed
    batch that batch stands in front in all of them: ``(reference + B, ...)``.

    Args:
        inputs: channels of the picture and of what comes with it.
        size: 4 times a power of 2.
        width: channels of the first maps; each further ones have twice as many, up to eight times.
        kernel: side of the kernels.
        norm: as `judging_layer`.
        reference: samples in the fixed batch: the first ones that are seen in training.

    Attributes:
        channels: of the last maps.
        fixed: samples in front that were not asked for.
    """

    def __init__(self, inputs: int, *, size: int, width: int, kernel: int, norm: str, reference: int) -> None:
        super().__init__()
        outer = norm if norm == "spectral" else "none"
        widths = [width * min(2**step, 8) for step in range(halvings(size))]
        layers = [judging_layer(inputs, width, kernel, stride=2, norm=outer)]
        for narrow, wide in pairwise(widths):
            layers.append(judging_layer(narrow, wide, kernel, stride=2, norm=norm, reference=reference))
        self.channels, self.fixed = widths[-1], reference if norm in ("reference", "virtual") else 0
        self.start = ReferenceBatch(reference, inputs, size, size) if self.fixed else nn.Identity()
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> list[Tensor]:
        """The maps after each activation."""
        x = self.start(x)
        maps = []
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        return maps
