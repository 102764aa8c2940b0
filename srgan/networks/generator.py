"""What every generator is."""

from collections.abc import Mapping
from typing import Any, Self

from torch import Tensor, nn

__all__ = ["Generator"]


class Generator(nn.Module):
    """A network from picture to picture: ``(B, 3, H, W)`` RGB float32 in [0, 1] to ``(B, 3, H * scale, W * scale)``.

    Fully convolutional and deterministic in eval mode. Sub-classes take keyword arguments, which become the options of
    the run file. The output is not clipped.

    Attributes:
        scale: output side / input side.
        multiple_of: input sides must divide by it; padding is the caller's business.
        minimum: smallest input side.
        latent: length of the latent vectors, drawn from N(0, 1), that `forward` takes as its second argument; 0 where
            it takes none.
    """

    scale: int = 1
    multiple_of: int = 1
    minimum: int = 1
    latent: int = 0

    @classmethod
    def restored(cls, weights: Mapping[str, Tensor], /, **options: Any) -> Self:  # noqa: ANN401
        """The network of a model file: made with its options, holding its weights.

        Raises:
            RuntimeError: the weights do not fit.
        """
        generator = cls(**options)
        generator.load_state_dict(weights)
        return generator

    def forward(self, x: Tensor) -> Tensor:
        """Run the network."""
        raise TypeError(f"{type(self).__name__} does not define forward")

    def check_latent(self, latent: Tensor | None) -> None:
        """Refuse latent vectors that do not belong to this network.

        Raises:
            ValueError: they are missing, superfluous or not ``(B, latent)``.
        """
        if latent is None:
            if self.latent:
                raise ValueError(f"latent vectors (B, {self.latent}) are missing")
        elif not self.latent:
            raise ValueError("latent vectors were given to a generator without them (latent = 0)")
        elif latent.dim() != 2 or latent.shape[1] != self.latent:
            raise ValueError(f"latent vectors of the shape {tuple(latent.shape)}, not (B, {self.latent})")
