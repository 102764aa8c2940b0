"""The Frechet distance of two sets of pictures, with the name of the features in which it is measured."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from srgan.metrics.kernel_distance import frechet_distance
from srgan.metrics.measured import Measured
from srgan.metrics.picture_features import PictureFeatures

if TYPE_CHECKING:
    import torch

__all__ = ["feature_frechet_distance"]


def feature_frechet_distance(
    fakes: NDArray[np.uint8],
    reals: NDArray[np.uint8],
    features: PictureFeatures,
    *,
    device: "torch.device | str" = "cpu",
) -> Measured:
    """`frechet_distance` in features that the protocol names; it is no FID, whose features are the Inception network's.

    The bias of small samples depends on their sizes, which therefore belong to the protocol too.

    Args:
        fakes: generated pictures, ``(N, H, W, 3)``.
        reals: real ones, ``(M, H, W, 3)``.
        features: what they are compared by.
        device: where a network computes.

    Raises:
        ValueError: there are less than 2 of one kind.
    """
    vectors = [features(pictures, device=device) for pictures in (fakes, reals)]
    protocol = {
        "features": features.protocol,
        "pictures": f"{len(fakes)} generated of {fakes.shape[2]}x{fakes.shape[1]}, {len(reals)} real of "
        f"{reals.shape[2]}x{reals.shape[1]}",
    }
    return Measured("frechet_distance", frechet_distance(*vectors), protocol)
