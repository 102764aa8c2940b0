"""From a picture to the vector that a sentence about it should have."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.judging import judging_layer, weighted

__all__ = ["PictureEncoder"]


class PictureEncoder(nn.Module):
    """The pictures' side of a joint embedding with texts (Reed et al. 2016, arXiv 1605.05395).

    ``(B, 3, H, W)`` RGB in [0, 1], of any size, to ``(B, embedding)`` of length 1, float32: plain 3x3 convolutions
    with LeakyReLU(0.2), every other one with a stride of 2, the mean over all places, a linear map.

    Args:
        embedding: length of the vectors.
        width: channels of the first maps; they double at each stage, up to four times.
        stages: halvings of the sides.
        norm: ``"batch"`` normalises batches in training and by running statistics in evaluation, where no picture
            depends on others; ``"none"`` does not.
    """

    def __init__(
        self,
        *,
        embedding: Annotated[int, Field(gt=0)] = 128,
        width: Annotated[int, Field(gt=0)] = 48,
        stages: Annotated[int, Field(gt=0)] = 4,
        norm: Literal["batch", "none"] = "batch",
    ) -> None:
        super().__init__()
        self.embedding = embedding
        widths = [width * min(2**step, 4) for step in range(stages)]
        layers = []
        for inputs, outputs in pairwise([3, *widths]):
            layers += [judging_layer(inputs, outputs, 3, stride=2, norm=norm)]
            layers += [judging_layer(outputs, outputs, 3, norm=norm)]
        self.body = nn.Sequential(*layers)
        self.code = weighted(nn.Linear(widths[-1], embedding), norm="none", std=None)

    def forward(self, picture: Tensor) -> Tensor:
        """Encode a batch."""
        code: Tensor = self.code(self.body(2.0 * picture - 1.0).mean((2, 3)))
        return F.normalize(code.float(), dim=1)
