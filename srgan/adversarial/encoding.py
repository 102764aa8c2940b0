"""O-GAN: a discriminator that is an encoder as well, by orthogonal decomposition of its code."""

import math

from torch import Tensor
from torch.nn import functional as F

__all__ = ["correlation", "standardised"]


def correlation(latent: Tensor, code: Tensor) -> Tensor:
    """Pearson's correlation of latent vectors and codes, each along its own components (Su 2019, rho).

    Both players maximise its mean: the code of a generated picture then tells its latent vector. Adding to a code or
    stretching it changes nothing, so that the gradient is orthogonal to both, and the mean is left to the score. It
    needs three components or more: of two, only the sign of their difference is left.

    Args:
        latent: ``(B, n)``.
        code: ``(B, n)``.

    Returns:
        ``(B,)`` in [-1, 1]; 0 where one of the two is constant.
    """
    return F.cosine_similarity(_centred(latent), _centred(code), dim=1)


def standardised(code: Tensor) -> Tensor:
    """The latent vector that a code stands for: N(z), the code with mean 0 and standard deviation 1 (Su 2019).

    Args:
        code: ``(B, n)``.

    Returns:
        ``(B, n)``; zeros where the code is constant. A reconstruction is the generator's picture of it; the author
        draws 0.8 or 0.9 times of it for smoother ones.
    """
    return math.sqrt(code.shape[1]) * F.normalize(_centred(code), dim=1)


def _centred(vectors: Tensor) -> Tensor:
    return vectors - vectors.mean(1, keepdim=True)
