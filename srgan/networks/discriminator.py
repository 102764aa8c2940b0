"""What every discriminator is."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

__all__ = ["Discriminator", "Judgement", "class_judgement", "code_judgement"]


class Judgement(NamedTuple):
    """What a discriminator says of a batch.

    Attributes:
        scores: raw scores (logits, float32), one tensor a scale, from fine to coarse: ``(B, 1)``, or ``(B, 1, h, w)``
            where every place has its own.
        features: the maps after each activation, in the order of computation, for feature matching. Under autocast
            they have its precision.
        classes: logits ``(B, classes)`` of a discriminator that tells classes apart.
        code: ``(B, n)`` of a discriminator that is an encoder as well.
    """

    scores: list[Tensor]
    features: list[Tensor]
    classes: Tensor | None = None
    code: Tensor | None = None


def class_judgement(classes: Tensor, features: list[Tensor]) -> Judgement:
    """What a classifier of n classes says of real or not: how much they claim together, against an (n + 1)th, "fake".

    Salimans et al. 2016, "Improved techniques for training GANs", section 5: the logit of "fake" is fixed to 0, which
    leaves ``D = Z / (Z + 1)`` with ``Z = sum exp l``, the sigmoid of the score ``logsumexp(l)``. The unsupervised part
    of the discriminator's loss there is half the non-saturating game's on these scores.

    Args:
        classes: logits ``(B, n)``.
        features: see `Judgement`.
    """
    wide = classes.to(torch.promote_types(classes.dtype, torch.float32))
    return Judgement([wide.logsumexp(1, keepdim=True)], features, classes=wide)


def code_judgement(code: Tensor, features: list[Tensor]) -> Judgement:
    """What a code says of real or not: minus its mean.

    Su 2019, "O-GAN: extremely concise approach for auto-encoding generative adversarial networks": the mean of a code
    is free for the game, since the correlation with the latent vector does not see it. There it is lower on real
    pictures; here, as everywhere, higher scores say "real", hence the sign.

    Args:
        code: ``(B, n)``.
        features: see `Judgement`.
    """
    wide = code.to(torch.promote_types(code.dtype, torch.float32))
    return Judgement([-wide.mean(1, keepdim=True)], features, code=wide)


class Discriminator(nn.Module):
    """A network that scores how real pictures look: high for real, low for generated.

    Sub-classes take keyword arguments, which become the options of the run file, and define `judge`; those that have
    a way of their own with conditions that are vectors define `judge_with`, too.

    Attributes:
        condition_channels: channels of the condition, 0 where the discriminator sees nothing but the picture.
        minimum: smallest side of a picture.
        size: the only side that it takes, None for any.
    """

    condition_channels: int = 0
    minimum: int = 1
    size: int | None = None

    def forward(self, picture: Tensor, condition: Tensor | None = None) -> Judgement:
        """Judge a batch.

        Args:
            picture: ``(B, 3, H, W)`` RGB in [0, 1].
            condition: what the picture should belong to: maps, ``(B, condition_channels, H, W)`` in [0, 1], or
                vectors, ``(B, condition_channels)``, such as one-hot classes, latent codes or embeddings.

        Raises:
            ValueError: the picture is too small, or the condition is absent, superfluous or of the wrong shape.
        """
        height, width = picture.shape[-2:]
        if min(height, width) < self.minimum:
            raise ValueError(f"pictures of {width}x{height} are too small: {type(self).__name__} needs {self.minimum}")
        if condition is None:
            if self.condition_channels:
                raise ValueError(f"a condition of {self.condition_channels} channels is missing")
            return self.judge(2.0 * picture - 1.0)
        if not self.condition_channels:
            raise ValueError("a condition was given to a discriminator without one (condition_channels = 0)")
        expected = (picture.shape[0], self.condition_channels, height, width)[: 2 if condition.dim() == 2 else 4]
        if tuple(condition.shape) != expected:
            raise ValueError(f"the condition has the shape {tuple(condition.shape)}, not {expected}")
        if condition.dim() == 2:
            return self.judge_with(2.0 * picture - 1.0, condition)
        return self.judge(2.0 * torch.cat([picture, condition], 1) - 1.0)

    def judge(self, x: Tensor) -> Judgement:
        """Judge ``(B, 3 + condition_channels, H, W)`` in [-1, 1]: the picture, then the condition."""
        raise TypeError(f"{type(self).__name__} does not define judge")

    def judge_with(self, x: Tensor, vector: Tensor) -> Judgement:
        """Judge ``(B, 3, H, W)`` in [-1, 1] under ``(B, condition_channels)``: as maps with these values everywhere."""
        return self.judge(torch.cat([x, vector.to(x.dtype)[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1))
