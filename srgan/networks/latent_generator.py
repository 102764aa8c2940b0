"""What every generator from noise is."""

from typing import Literal

import torch
from torch import Tensor, nn

__all__ = ["LatentGenerator"]


class LatentGenerator(nn.Module):
    """A network from latent vectors to pictures, deterministic in eval mode.

    Sub-classes take keyword arguments, which become the options of the run file, and define `generate`.

    Attributes:
        latent: length of the latent vectors.
        size: side of the pictures.
        classes: length of the condition, such as a one-hot class; 0 where there is none.
        prior: what the latent vectors are drawn from: ``"normal"``, N(0, 1), or ``"uniform"``, on [-1, 1].
    """

    latent: int
    size: int
    classes: int = 0
    prior: Literal["normal", "uniform"] = "normal"

    def forward(self, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """Make pictures: ``(B, 3, size, size)`` RGB float32 in [0, 1].

        Args:
            latent: ``(B, latent)``.
            condition: ``(B, classes)``, for a generator with classes.

        Raises:
            ValueError: a wrong shape, or the condition is absent or superfluous.
        """
        if latent.dim() != 2 or latent.shape[1] != self.latent:
            raise ValueError(f"latent vectors of the shape {tuple(latent.shape)}, not (B, {self.latent})")
        if condition is None:
            if self.classes:
                raise ValueError(f"a condition of {self.classes} classes is missing")
        elif not self.classes:
            raise ValueError("a condition was given to a generator without one (classes = 0)")
        elif tuple(condition.shape) != (len(latent), self.classes):
            raise ValueError(f"the condition has the shape {tuple(condition.shape)}, not {(len(latent), self.classes)}")
        return self.generate(latent, condition)

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        """Make pictures of checked inputs."""
        raise TypeError(f"{type(self).__name__} does not define generate")

    @property
    def spread(self) -> float:
        """The standard deviation of the prior's numbers."""
        return 1.0 if self.prior == "normal" else 3.0**-0.5

    def draw(self, count: int, *, random: torch.Generator | None = None) -> Tensor:
        """Latent vectors from the prior, ``(count, latent)``, on the device of the weights.

        Args:
            count: how many.
            random: source of the numbers; one of the CPU gives every device the same.
        """
        device = next(self.parameters()).device
        values = torch.empty(count, self.latent, device=device if random is None else random.device)
        if self.prior == "normal":
            values.normal_(generator=random)
        else:
            values.uniform_(-1.0, 1.0, generator=random)
        return values.to(device)
