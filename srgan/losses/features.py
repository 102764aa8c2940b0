"""Feature matching: the generator's pictures should look real to the inside of the discriminator."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["feature_matching"]


def feature_matching(fake_features: Sequence[Tensor], real_features: Sequence[Tensor]) -> Tensor:
    """Mean over the layers of the mean absolute difference of feature maps (pix2pixHD, Wang et al. 2018, Eq. 4).

    Args:
        fake_features: the discriminator's maps of the generator's pictures, at least one; those of several scales one
            after the other.
        real_features: its maps of the true pictures, in the same order and shapes; detached here.

    Returns:
        A float32 scalar >= 0; maps may be in half precision.
    """
    pairs = zip(fake_features, real_features, strict=True)
    return torch.stack([F.l1_loss(fake.float(), real.detach().float()) for fake, real in pairs]).mean()
