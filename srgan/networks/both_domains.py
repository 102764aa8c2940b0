"""Two discriminators as one, for translation in both directions."""

from torch import Tensor

from srgan.networks.discriminator import Discriminator, Judgement

__all__ = ["BothDomains"]


class BothDomains(Discriminator):
    """Judges pictures of two domains, each by a discriminator of its own (CycleGAN, Zhu et al. 2017).

    It takes ``(B, 6, H, W)`` in [0, 1], a picture of the first domain and one of the second beside it in channels. Its
    scores and features are those of the first discriminator followed by those of the second.

    Args:
        first: judges the first three channels; without a condition.
        second: judges the others; without a condition.

    Raises:
        ValueError: a discriminator wants a condition, or they take different sides only.
    """

    def __init__(self, first: Discriminator, second: Discriminator) -> None:
        super().__init__()
        if first.condition_channels or second.condition_channels:
            raise ValueError("discriminators of domains take no condition (condition_channels = 0)")
        sizes = {size for size in (first.size, second.size) if size is not None}
        if len(sizes) > 1:
            raise ValueError(f"the discriminators take pictures of {first.size} and {second.size} pixels; make it one")
        self.first, self.second = first, second
        self.minimum = max(first.minimum, second.minimum)
        self.size = next(iter(sizes), None)

    def judge(self, x: Tensor) -> Judgement:
        """Judge ``(B, 6, H, W)`` in [-1, 1]."""
        first, second = self.first.judge(x[:, :3]), self.second.judge(x[:, 3:])
        return Judgement([*first.scores, *second.scores], [*first.features, *second.features])
