"""The generator of DCGAN."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks.judging import projection
from srgan.networks.latent_generator import LatentGenerator
from srgan.networks.reference_norm import Norm, ReferenceBatch, normalisation
from srgan.networks.strided import halvings

__all__ = ["Dcgan"]


class Dcgan(LatentGenerator):
    """The generator of DCGAN (Radford et al. 2016, arXiv 1511.06434, Fig. 1), with a class where there are classes.

    A linear map to 4x4 places, then transposed convolutions of stride 2; normalisation and ReLU after all but the
    last, which ends in tanh. With ``width=128`` it is the paper's network: 1024, 512, 256 and 128 channels.

    The weights start as N(0, 0.02), those of the normalisation as N(1, 0.02); without normalisation as in He et al.
    2015.

    Args:
        latent: length of the latent vectors.
        size: side of the pictures: 8, 16, 32, 64, 128 ...
        width: channels of the last hidden maps; they double towards the 4x4 places, up to eight times.
        kernel: side of the kernels: 5 in the paper, 4 in most programs, which avoids uneven overlaps.
        norm: ``"batch"`` as in the paper; ``"reference"`` and ``"virtual"`` normalise by a fixed batch that was drawn
            when the network was made, so that no picture depends on its neighbours (`ReferenceNorm`).
        reference: samples in that batch; they go through the network in every call.
        prior: of the latent vectors: ``"normal"`` is N(0, 1), ``"uniform"`` is on [-1, 1] as in the paper.
        classes: length of the condition that is appended to the latent vector, such as a one-hot class, 0 for none.
        text: numbers that the condition is projected to before, with LeakyReLU(0.2), as sentences are in GAN-CLS
            (Reed et al. 2016, arXiv 1605.05396, who take 128); 0 appends it as it is.

    Raises:
        ValueError: `size` is not 4 times a power of 2, or there is no condition to project.
    """

    def __init__(
        self,
        *,
        latent: Annotated[int, Field(gt=0)] = 100,
        size: int = 64,
        width: Annotated[int, Field(gt=0)] = 64,
        kernel: Literal[4, 5] = 5,
        norm: Norm = "batch",
        reference: Annotated[int, Field(ge=2)] = 32,
        prior: Literal["normal", "uniform"] = "normal",
        classes: Annotated[int, Field(ge=0)] = 0,
        text: Annotated[int, Field(ge=0)] = 0,
    ) -> None:
        super().__init__()
        if text and not classes:
            raise ValueError(f"text = {text} projects a condition, and there is none (classes = 0)")
        self.latent, self.size, self.prior, self.classes = latent, size, prior, classes
        doublings = halvings(size)
        widths = [width * min(2**step, 8) for step in reversed(range(doublings))]
        bare = norm == "none"
        self.project = nn.Linear(latent + (text or classes), widths[0] * 16, bias=bare)
        self.norms = nn.ModuleList(normalisation(channels, norm=norm, reference=reference) for channels in widths)
        stage = partial(nn.ConvTranspose2d, kernel_size=kernel, stride=2, padding=(kernel - 1) // 2)
        stages = [stage(*pair, output_padding=kernel % 2, bias=bare) for pair in pairwise(widths)]
        stages.append(stage(widths[-1], 3, output_padding=kernel % 2))
        self.stages = nn.ModuleList(stages)
        _initialise([self.project, *stages], bare=bare)
        self.text = projection(classes, text) if text else None
        self.fixed: ReferenceBatch | None = None
        if norm in ("reference", "virtual"):
            drawn = self.draw(reference)
            labels = F.one_hot(torch.arange(reference) % max(classes, 1), max(classes, 1))[:, :classes]
            self.fixed = ReferenceBatch(reference, learnt=False, values=torch.cat([drawn, labels.to(drawn)], 1))

    def generate(self, latent: Tensor, condition: Tensor | None) -> Tensor:
        """Make pictures of checked inputs."""
        x = latent if condition is None else torch.cat([latent, condition.to(latent.dtype)], 1)
        if self.fixed is not None:
            x = self.fixed(x)
        if self.text is not None:
            x = torch.cat([x[:, : self.latent], self.text(x[:, self.latent :]).to(x.dtype)], 1)
        x = self.project(x).unflatten(1, (-1, 4, 4))
        for norm, stage in zip(self.norms, self.stages, strict=True):
            x = stage(F.relu(norm(x)))
        if self.fixed is not None:
            x = x[self.fixed.count :]
        return 0.5 * torch.tanh(x.float()) + 0.5


def _initialise(layers: Sequence[nn.Linear | nn.ConvTranspose2d], *, bare: bool) -> None:
    for layer in layers:
        # Of a transposed convolution with stride 2, a quarter of the kernel meets each place.
        heard = layer.in_features if isinstance(layer, nn.Linear) else layer.weight[:, 0].numel() / 4
        nn.init.normal_(layer.weight, 0.0, math.sqrt(2.0 / heard) if bare else 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
