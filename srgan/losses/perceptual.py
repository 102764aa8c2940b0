"""Losses on features of frozen networks, and on smoothness; pictures ``(B, 3, H, W)`` in [0, 1], result a scalar."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import kornia
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.features import Lpips, Vgg19

__all__ = ["LpipsLoss", "VggLoss", "one_minus_cosine", "tv"]


class VggLoss(nn.Module):
    """VGG-19 content loss: the distance of feature maps (SRGAN, Ledig et al. 2017, Eq. 5).

    The mean over all elements of a map, its channels included; the paper's formula divides by width and height only,
    so it is C times as large (512 times at ``relu5_4``). Features are multiplied by `feature_scale` first; the paper
    has 1/12.75 for the original network.

    Args:
        layers: weight by layer name; ``relu5_4`` is the paper's VGG54, ``relu2_2`` its VGG22, ``conv5_4`` the map
            before the activation that ESRGAN compares.
        criterion: ``"mse"`` (SRGAN), ``"l1"`` (ESRGAN), or ``"cosine"``: one minus the cosine between the feature
            vectors of a place, half of what LPIPS (Zhang et al. 2018, Eq. 1) measures with equal weights. It counts
            what a texture is like and not how strong it is, so that faint ones count as much as hard edges.
        feature_scale: factor of the features, so that terms of other networks get a usual size.
        weights: VGG-19's weights in torchvision's layout; absent: the environment variable or torchvision.
        sha256: their checksum.
    """

    autocast = True
    """The network may run in half precision; the distances are computed in float32."""

    def __init__(
        self,
        *,
        layers: dict[str, float] | None = None,
        criterion: Literal["mse", "l1", "cosine"] = "mse",
        feature_scale: float = 1 / 12.75,
        weights: Path | None = None,
        sha256: str | None = None,
    ) -> None:
        super().__init__()
        self.layers = layers or {"relu5_4": 1.0}
        self.distance = _DISTANCES[criterion]
        self.feature_scale = feature_scale
        self.network = Vgg19(list(self.layers), weights=weights, sha256=sha256)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Compare the maps."""
        ours, theirs = self.network(fake), self.network(real.detach())
        terms = [
            weight * self.distance(self.feature_scale * ours[name].float(), self.feature_scale * theirs[name].float())
            for name, weight in self.layers.items()
        ]
        total: Tensor = sum(terms[1:], terms[0])
        return total


def one_minus_cosine(ours: Tensor, theirs: Tensor) -> Tensor:
    """Mean over all places of one minus the cosine between their feature vectors; maps ``(B, C, H, W)``, 0 to 2."""
    # The exact quotient has no gradient where a vector is zero, which relu makes of whole places.
    return 1 - F.cosine_similarity(ours, theirs, dim=1, eps=1e-4).mean()


_DISTANCES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "cosine": one_minus_cosine,
}


class LpipsLoss(nn.Module):
    """Mean LPIPS distance. A model that is trained on it must not be judged by it.

    Args:
        weights: AlexNet's weights in torchvision's layout; absent: the environment variable or torchvision.
        sha256: their checksum.
    """

    def __init__(self, *, weights: Path | None = None, sha256: str | None = None) -> None:
        super().__init__()
        self.network = Lpips(weights=weights, sha256=sha256)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Average the distances of the pairs."""
        distances: Tensor = self.network(fake, real)
        return distances.mean()


def tv(fake: Tensor, real: Tensor) -> Tensor:
    """Total variation of `fake`: the mean absolute difference of neighbours, down plus across; `real` does not matter.

    SRGAN's weight of 2e-8 is for the sum over all pixels; here it is the mean.
    """
    return kornia.losses.total_variation(fake, reduction="mean").mean()
