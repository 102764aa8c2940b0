"""The discriminator of the SRGAN paper."""

from typing import Literal

from torch import Tensor, nn

from srgan.networks.discriminator import Discriminator, Judgement
from srgan.networks.judging import SLOPE, judging_layer, weighted

__all__ = ["VggStyle"]


class VggStyle(Discriminator):
    """The discriminator of SRGAN (Ledig et al. 2017, arXiv 1609.04802, Fig. 4): one score a picture, ``(B, 1)``.

    Eight 3x3 convolutions with 64 to 512 channels, every second of stride 2, LeakyReLU(0.2), batch normalisation but
    in the first; then dense layers of 1024 and 1. With ``head="dense", size=96`` it is the paper's network (23.56 M
    parameters, 80 % of them in the first dense layer), up to the sigmoid, which belongs to the objective, and the
    picture's range, which becomes [-1, 1] inside.

    The weights start as N(0, 0.02); without batch normalisation those before the scores as in He et al. 2015.

    Args:
        width: channels of the first layer; the dense layer has 16 times as many.
        head: ``"pool"`` averages the last map over its places, for pictures of any size; ``"dense"`` is the paper's.
            With the pool the last convolution has no batch normalisation: real and generated pictures come in batches
            of their own, and normalised, the averages of both are nearly the same.
        size: side of the training crops, for the dense head only.
        norm: ``"batch"`` as in the paper; ``"spectral"`` normalises the weights of all layers (Miyato et al. 2018).
        downsampling: ``"antialiased"`` puts a binomial blur before each strided convolution (Zhang 2019, "Making
            Convolutional Networks Shift-Invariant Again"), so that the discriminator itself prefers no pixel grid.
        condition_channels: channels of the condition.

    Raises:
        ValueError: a dense head without `size`, or `size` without a dense head.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        head: Literal["pool", "dense"] = "pool",
        size: int | None = None,
        norm: Literal["batch", "spectral", "none"] = "batch",
        downsampling: Literal["strided", "antialiased"] = "strided",
        condition_channels: int = 0,
    ) -> None:
        super().__init__()
        if (head == "dense") != (size is not None):
            raise ValueError(
                'size is the side of the training crops: head = "dense" needs it, "pool" has no use for it'
            )
        self.condition_channels = condition_channels
        self.size = size
        outer = norm if norm == "spectral" else "none"
        stages = [judging_layer(3 + condition_channels, width, 3, norm=outer)]
        for inputs, outputs in ((1, 1), (1, 2), (2, 2), (2, 4), (4, 4), (4, 8), (8, 8)):
            stride = 2 if inputs == outputs else 1
            last = len(stages) == 7
            layer = judging_layer(
                inputs * width,
                outputs * width,
                3,
                stride=stride,
                norm=outer if last and head == "pool" else norm,
                downsampling=downsampling,
            )
            stages.append(layer)
        self.stages = nn.ModuleList(stages)
        places = 1 if size is None else (-(-size // 16)) ** 2
        self.dense = nn.Sequential(
            weighted(nn.Linear(8 * width * places, 16 * width), norm=norm, std=None), nn.LeakyReLU(SLOPE)
        )
        self.score = weighted(nn.Linear(16 * width, 1), norm=norm)

    def judge(self, x: Tensor) -> Judgement:
        """Judge a batch.

        Raises:
            ValueError: the dense head was made for another size.
        """
        height, width = x.shape[-2:]
        if self.size is not None and (height, width) != (self.size, self.size):
            raise ValueError(
                f"pictures of {width}x{height}, but the dense head is made for size = {self.size}: "
                'set size to the training crop, or head = "pool" for any size'
            )
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x)
        x = x.mean((2, 3)) if self.size is None else x.flatten(1)
        return Judgement([self.score(self.dense(x)).float()], features)
