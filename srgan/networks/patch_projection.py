"""What compares places of feature maps in CUT."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.judging import weighted

__all__ = ["PatchProjection"]

_LEAST = 1e-7
"""The length below which a vector is not brought to 1, as in CUT's code."""


class PatchProjection(nn.Module):
    """A network of two layers for each feature map, over some of its places (CUT, Park et al. 2020, section 3).

    Args:
        channels: of each feature map.
        width: of the hidden layer and of the result.
    """

    def __init__(self, channels: Sequence[int], *, width: int = 256) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                weighted(nn.Linear(inputs, width), norm="none"),
                nn.ReLU(),
                weighted(nn.Linear(width, width), norm="none"),
            )
            for inputs in channels
        )

    def forward(
        self, features: Sequence[Tensor], places: Sequence[Tensor] | None = None, *, count: int = 256
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Project places of the maps.

        Args:
            features: a map ``(B, C, h, w)`` for each of the channels.
            places: for each map the numbers ``(P,)`` of the places, row by row from 0, the same for all pictures; None
                draws them without repetition, from torch's generator of the CPU.
            count: how many are drawn for a map, fewer where it has fewer.

        Returns:
            For each map ``(B, P, width)`` float32 vectors of length 1, and the places.
        """
        if places is None:
            places = [_draw(maps, count) for maps in features]
        projected: list[Tensor] = []
        for maps, chosen, layer in zip(features, places, self.layers, strict=True):
            vectors = layer(maps.permute(0, 2, 3, 1).flatten(1, 2)[:, chosen])
            projected.append(F.normalize(vectors.float(), dim=-1, eps=_LEAST))
        return projected, list(places)


def _draw(maps: Tensor, count: int) -> Tensor:
    return torch.randperm(maps.shape[2] * maps.shape[3])[:count].to(maps.device)
