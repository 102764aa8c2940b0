"""Packing: the discriminator judges several samples at once, so that a lack of variety shows."""

from torch import Tensor

__all__ = ["pack"]


def pack(samples: Tensor, count: int) -> Tensor:
    """Put `count` neighbours of the batch together, one sample after the other in the channels.

    PacGAN (Lin et al. 2018, section 3): a discriminator of packed real and packed generated samples; samples of one
    pack must be drawn independently, so that batches should come shuffled. A packed discriminator has `count` times as
    many input channels and gives a score a pack; the generator stays as it is.

    Args:
        samples: ``(B, C, ...)``, pictures or vectors.
        count: samples a pack, at least 1.

    Returns:
        ``(B / count, count * C, ...)``; 1 changes nothing.

    Raises:
        ValueError: `count` does not divide the batch.
    """
    batch, channels, *rest = samples.shape
    if count < 1 or batch % count:
        raise ValueError(f"a batch of {batch} samples cannot be packed by {count}; give a multiple of {count}")
    return samples.reshape(batch // count, count * channels, *rest)
