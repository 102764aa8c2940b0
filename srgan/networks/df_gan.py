"""The generator of DF-GAN: a sentence bends the maps at every depth."""

from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.conditioning_augmentation import ConditioningAugmentation
from srgan.networks.judging import SLOPE, projection, weighted
from srgan.networks.latent_generator import LatentGenerator
from srgan.networks.strided import halvings

__all__ = ["Affine", "DfGan", "Doubling", "Fusion"]


class DfGan(LatentGenerator):
    """The generator of DF-GAN (Tao et al. 2022, arXiv 2008.05865) for one sentence a picture.

    A linear map of the latent vector to 4x4 places, then residual blocks that double the sides by repeating pixels,
    each of two convolutions after a `Fusion` with latent vector and sentence; LeakyReLU, a convolution and tanh. There
    is no normalisation of the maps, so that every picture is made alone. ``width=32`` is the paper's.

    The condition is expected to have a length of about 1, as sentences of the text encoders and one-hot classes have.
    At the start it has no effect: every `Fusion` starts without one.

    Args:
        latent: length of the latent vectors.
        size: side of the pictures: 8, 16, 32, 64, 128 ...
        width: channels of the last maps; they double towards the 4x4 places, up to eight times.
        text: numbers that the condition is projected to before it meets the latent vector; 0 takes it as it is.
        augmentation: the projection is a distribution (`ConditioningAugmentation`), drawn from in training; its
            `divergence` belongs into the generator's loss. Without it, the projection ends in LeakyReLU(0.2).
        prior: of the latent vectors: ``"normal"`` is N(0, 1), ``"uniform"`` is on [-1, 1].
        classes: length of the condition, 0 for none.

    Raises:
        ValueError: `size` is not 4 times a power of 2, or the augmentation has nothing to project or to project to.
    """

    def __init__(
        self,
        *,
        latent: Annotated[int, Field(gt=0)] = 100,
        size: int = 64,
        width: Annotated[int, Field(gt=0)] = 32,
        text: Annotated[int, Field(ge=0)] = 128,
        augmentation: bool = False,
        prior: Literal["normal", "uniform"] = "normal",
        classes: Annotated[int, Field(ge=0)] = 0,
    ) -> None:
        super().__init__()
        if augmentation and not (classes and text):
            raise ValueError(f"augmentation draws conditions, and text = {text}, classes = {classes}: one is missing")
        self.latent, self.size, self.prior, self.classes = latent, size, prior, classes
        widths = [width * min(2**step, 8) for step in reversed(range(halvings(size) + 1))]
        self.text: nn.Module = nn.Identity()
        if classes and text:
            self.text = ConditioningAugmentation(classes, text) if augmentation else projection(classes, text)
        seen = latent + (text if classes and text else classes)
        self.project = weighted(nn.Linear(latent, 16 * widths[0]), norm="none", std=latent**-0.5)
        self.blocks = nn.ModuleList(Doubling(inputs, outputs, seen) for inputs, outputs in pairwise(widths))
        self.colour = weighted(nn.Conv2d(widths[-1], 3, 3, padding=1), norm="none")

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        """Make pictures of checked inputs."""
        seen = latent
        if condition is not None:
            seen = torch.cat([latent, self.text(condition).to(latent.dtype)], 1)
        x = self.project(latent).unflatten(1, (-1, 4, 4))
        for block in self.blocks:
            x = block(x, seen)
        x = self.colour(F.leaky_relu(x, SLOPE))
        return 0.5 * torch.tanh(x.float()) + 0.5

    def divergence(self, condition: Tensor) -> Tensor:
        """How far the distributions of conditions are from N(0, 1): ``(B, classes)`` to ``(B,)``.

        Raises:
            ValueError: there is no augmentation.
        """
        if not isinstance(self.text, ConditioningAugmentation):
            raise ValueError("a divergence needs augmentation = true")
        return self.text.divergence(condition)


class Affine(nn.Module):
    """``(B, C, H, W)`` times a gain plus a shift, both by two layers from a vector; the identity at the start.

    Args:
        channels: C.
        seen: length of the vector.
    """

    def __init__(self, channels: int, seen: int) -> None:
        super().__init__()
        self.gain = _perceptron(seen, channels, start=1.0)
        self.shift = _perceptron(seen, channels, start=0.0)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Apply it."""
        gain, shift = self.gain(seen).to(x.dtype), self.shift(seen).to(x.dtype)
        result: Tensor = gain[:, :, None, None] * x + shift[:, :, None, None]
        return result


class Fusion(nn.Module):
    """DF-GAN's DFBLK: `Affine` and LeakyReLU(0.2), twice.

    Args:
        channels: of the maps.
        seen: length of the vector.
    """

    def __init__(self, channels: int, seen: int) -> None:
        super().__init__()
        self.first = Affine(channels, seen)
        self.second = Affine(channels, seen)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Bend maps by a vector."""
        x = F.leaky_relu(self.first(x, seen), SLOPE)
        return F.leaky_relu(self.second(x, seen), SLOPE)


class Doubling(nn.Module):
    """DF-GAN's UpBlock: ``(B, inputs, H, W)`` to ``(B, outputs, 2 H, 2 W)``.

    What treats every pixel alike is done before the pixels are repeated, which changes nothing but the cost.

    Args:
        inputs: channels that enter.
        outputs: channels that leave; where they differ a 1x1 convolution is in the skip.
        seen: length of the vector.
    """

    def __init__(self, inputs: int, outputs: int, seen: int) -> None:
        super().__init__()
        self.before = Fusion(inputs, seen)
        self.first = weighted(nn.Conv2d(inputs, outputs, 3, padding=1), norm="none", std=None)
        self.between = Fusion(outputs, seen)
        self.second = weighted(nn.Conv2d(outputs, outputs, 3, padding=1), norm="none", std=None)
        self.skip: nn.Module = nn.Identity()
        if inputs != outputs:
            self.skip = weighted(nn.Conv2d(inputs, outputs, 1), norm="none", std=inputs**-0.5)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        """Double the sides."""
        inner = self.first(_repeated(self.before(x, seen)))
        inner = self.second(self.between(inner, seen))
        result: Tensor = inner + _repeated(self.skip(x))
        return result


def _repeated(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _perceptron(inputs: int, outputs: int, *, start: float) -> nn.Sequential:
    last = nn.Linear(outputs, outputs)
    nn.init.zeros_(last.weight)
    nn.init.constant_(last.bias, start)
    return nn.Sequential(weighted(nn.Linear(inputs, outputs), norm="none", std=None), nn.ReLU(), last)
