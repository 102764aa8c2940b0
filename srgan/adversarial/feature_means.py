"""Feature matching in the mean: the generator's features should be as large as real ones on average."""

from collections.abc import Sequence

import torch
from torch import Tensor

from srgan.adversarial.relativistic import process_mean

__all__ = ["feature_means"]


def feature_means(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> Tensor:
    """Mean over the layers of the mean squared difference of the batches' mean features.

    Salimans et al. 2016, "Improved techniques for training GANs", section 3.1, ``||E f(x) - E f(G(z))||^2``, divided
    by the number of features, as the authors' program does. For pictures without partners; where there are some,
    pix2pixHD's feature matching (`srgan.losses`) compares picture by picture. The expectations are over the global
    batch in all processes, and over the part at hand where gradients are accumulated.

    Args:
        ours: features of the generator's pictures, one tensor ``(B, ...)`` a layer, at least one.
        theirs: features of real pictures, in the same order; batches may differ in size. Detached here.

    Returns:
        A float32 (or wider) scalar >= 0; features may be in half precision.
    """
    pairs = zip(ours, theirs, strict=True)
    return torch.stack([(_mean(fake) - _mean(real.detach())).square().mean() for fake, real in pairs]).mean()


def _mean(features: Tensor) -> Tensor:
    wide = torch.promote_types(features.dtype, torch.float32)
    return process_mean(features.mean(0, dtype=wide))
