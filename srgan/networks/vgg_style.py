"""The discriminator of the SRGAN paper."""

from typing import Annotated, Literal

from pydantic import Field
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
        stages: strided convolutions, each doubling the channels from the second on; the paper has 4.
        head: ``"pool"`` averages the last map over its places, for pictures of any size; ``"dense"`` is the paper's;
            ``"patch"`` judges every place, ``(B, 1, h, w)``, with two more 3x3 convolutions in place of dense layers.
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
        stages: Annotated[int, Field(ge=1, le=6)] = 4,
        head: Literal["pool", "dense", "patch"] = "pool",
        size: int | None = None,
        norm: Literal["batch", "spectral", "none"] = "batch",
        downsampling: Literal["strided", "antialiased"] = "strided",
        condition_channels: int = 0,
    ) -> None:
        super().__init__()
        if (head == "dense") != (size is not None):
            raise ValueError(
                'size is the side of the training crops: head = "dense" needs it, the others have no use for it'
            )
        self.condition_channels = condition_channels
        self.head, self.size = head, size
        outer = norm if norm == "spectral" else "none"
        layers = [judging_layer(3 + condition_channels, width, 3, norm=outer)]
        channels = width
        for stage in range(stages):
            last = stage + 1 == stages
            layers.append(
                judging_layer(
                    channels,
                    channels,
                    3,
                    stride=2,
                    norm=outer if last and head == "pool" else norm,
                    downsampling=downsampling,
                )
            )
            if not last:
                layers.append(judging_layer(channels, 2 * channels, 3, norm=norm))
                channels *= 2
        self.stages = nn.ModuleList(layers)
        self.dense: nn.Module
        self.score: nn.Module
        if head == "patch":
            self.dense = judging_layer(channels, channels, 3, norm=norm)
            self.score = weighted(nn.Conv2d(channels, 1, 3, 1, 1), norm=outer)
        else:
            places = 1 if size is None else (-(-size // 2**stages)) ** 2
            hidden = nn.Linear(channels * places, 2 * channels)
            self.dense = nn.Sequential(weighted(hidden, norm=norm, std=None), nn.LeakyReLU(SLOPE))
            self.score = weighted(nn.Linear(2 * channels, 1), norm=norm)

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
        if self.head == "patch":
            x = self.dense(x)
            return Judgement([self.score(x).float()], [*features, x])
        x = x.mean((2, 3)) if self.size is None else x.flatten(1)
        return Judgement([self.score(self.dense(x)).float()], features)
