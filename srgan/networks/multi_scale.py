"""The discriminator that judges a picture at several resolutions."""

from typing import Literal, cast

from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.discriminator import Discriminator, Judgement
from srgan.networks.patch import Patch

__all__ = ["MultiScale"]


class MultiScale(Discriminator):
    """Several PatchGANs, each on a picture of half the size (pix2pixHD, Wang et al. 2018, arXiv 1711.11585, 3.2).

    Scores ``(B, 1, h, w)`` of every scale, the full resolution first. Pictures are halved by 3x3 averages.

    Args:
        scales: how many; each further one sees twice as far.
        width: as `Patch`, like the following.
        layers: of each PatchGAN.
        norm: of each PatchGAN.
        downsampling: of each PatchGAN.
        condition_channels: channels of the condition.

    Raises:
        ValueError: no scales or no layers.
    """

    def __init__(
        self,
        *,
        scales: int = 2,
        width: int = 64,
        layers: int = 3,
        norm: Literal["batch", "instance", "spectral", "none"] = "batch",
        downsampling: Literal["strided", "antialiased"] = "strided",
        condition_channels: int = 0,
    ) -> None:
        super().__init__()
        if scales < 1:
            raise ValueError(f"scales = {scales}: at least one is needed")
        self.condition_channels = condition_channels
        self.patches = nn.ModuleList(
            Patch(
                width=width, layers=layers, norm=norm, downsampling=downsampling, condition_channels=condition_channels
            )
            for _ in range(scales)
        )
        # Sides are halved rounding up.
        self.minimum = (3 * 2**layers - 1) * 2 ** (scales - 1) + 1

    def judge(self, x: Tensor) -> Judgement:
        """Judge a batch."""
        result = Judgement([], [])
        for index, patch in enumerate(self.patches):
            if index:
                x = F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)
            judgement = cast(Patch, patch).judge(x)
            result.scores.extend(judgement.scores)
            result.features.extend(judgement.features)
        return result
