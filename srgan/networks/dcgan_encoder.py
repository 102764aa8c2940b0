"""The mirror of DCGAN's generator."""

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from srgan.networks.judging import weighted
from srgan.networks.reference_norm import Norm
from srgan.networks.strided import Strided

__all__ = ["DcganEncoder"]


class DcganEncoder(nn.Module):
    """A DCGAN discriminator that ends in a code: ``(B, 3, size, size)`` RGB in [0, 1] to ``(B, latent)``.

    The encoder of BiGAN (Donahue et al. 2017, arXiv 1605.09782): strided convolutions down to 4x4 places and a linear
    map, without an activation at the end, so that codes can be anything that the prior draws. The map's weights start
    as in He et al. 2015, so that codes do as N(0, 1), more or less; the others as in `DcganDiscriminator`.

    Args:
        latent: length of the codes.
        size: side of the pictures: 8, 16, 32, 64, 128 ...
        width: channels of the first maps; they double up to eight times.
        kernel: side of the kernels.
        norm: as `DcganDiscriminator`.
        reference: samples in the fixed batch of reference and virtual normalisation.

    Raises:
        ValueError: `size` is not 4 times a power of 2.
    """

    def __init__(
        self,
        *,
        latent: Annotated[int, Field(gt=0)] = 100,
        size: int = 64,
        width: Annotated[int, Field(gt=0)] = 64,
        kernel: Literal[4, 5] = 5,
        norm: Norm = "batch",
        reference: Annotated[int, Field(ge=2)] = 32,
    ) -> None:
        super().__init__()
        self.latent, self.size = latent, size
        self.body = Strided(3, size=size, width=width, kernel=kernel, norm=norm, reference=reference)
        self.code = weighted(nn.Linear(16 * self.body.channels, latent), norm="none", std=None)

    def forward(self, picture: Tensor) -> Tensor:
        """Encode a batch; float32.

        Raises:
            ValueError: the pictures have another size.
        """
        if tuple(picture.shape[1:]) != (3, self.size, self.size):
            raise ValueError(f"pictures of the shape {tuple(picture.shape)}, not (B, 3, {self.size}, {self.size})")
        maps = self.body(2.0 * picture - 1.0)[-1]
        code: Tensor = self.code(maps[self.body.fixed :].flatten(1))
        return code.float()
