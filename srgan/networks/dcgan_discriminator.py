"""The discriminator of DCGAN, with the heads and the conditions that others gave it."""

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from srgan.networks.discriminator import Discriminator, Judgement, class_judgement, code_judgement
from srgan.networks.judging import judging_layer, projection, weighted
from srgan.networks.minibatch import MinibatchDiscrimination, MinibatchStddev
from srgan.networks.reference_norm import ReferenceBatch
from srgan.networks.strided import Strided

__all__ = ["DcganDiscriminator"]


class DcganDiscriminator(Discriminator):
    """The discriminator of DCGAN (Radford et al. 2016, arXiv 1511.06434): one score a picture, ``(B, 1)``.

    Convolutions of stride 2 down to 4x4 places, normalisation but in the first, LeakyReLU(0.2), and a linear head.

    The weights start as N(0, 0.02), those of the normalisation as N(1, 0.02); without normalisation those before the
    head as in He et al. 2015.

    Args:
        size: side of the pictures: 8, 16, 32, 64, 128 ...
        width: channels of the first maps; they double up to eight times.
        kernel: side of the kernels.
        norm: ``"batch"`` as in the paper; ``"reference"`` and ``"virtual"`` normalise by the first batch that is seen
            in training, so that no picture changes what another is judged as (`ReferenceNorm`); ``"spectral"``
            normalises the weights of all layers (Miyato et al. 2018).
        reference: samples in the fixed batch of reference and virtual normalisation; they go through the network in
            every call.
        minibatch: what the head sees of the other pictures of the batch: ``"discrimination"`` measures how near they
            are (Salimans et al. 2016), ``"stddev"`` how much the batch varies (Karras et al. 2018).
        head: ``"score"``; ``"auxiliary"`` gives the logits of the classes as well (AC-GAN, Odena et al. 2017);
            ``"n_plus_one"`` gives these logits alone, and the score is their logsumexp (Salimans et al. 2016, 5);
            ``"code"`` gives a code, and the score is minus its average (O-GAN, Su 2019: low where pictures are real).
        conditioning: where the condition enters: ``"input"`` beside the picture, a vector repeated at every place;
            ``"concatenate"`` beside the 4x4 maps, a vector only, mixed by a 1x1 convolution (Reed et al. 2016);
            ``"projection"`` adds c^T V phi to the score, phi being what the head sees (Miyato and Koyama 2018).
        condition_channels: channels of the condition.
        text: numbers that the condition is projected to before it is concatenated, with LeakyReLU(0.2), as sentences
            are in GAN-CLS (Reed et al. 2016, who take 128); 0 takes it as it is.
        classes: that the head tells apart.
        code: length of the code of the head.

    Raises:
        ValueError: `size` is not 4 times a power of 2, or the options do not go together.
    """

    def __init__(
        self,
        *,
        size: int = 64,
        width: Annotated[int, Field(gt=0)] = 64,
        kernel: Literal[4, 5] = 5,
        norm: Literal["batch", "reference", "virtual", "instance", "spectral", "none"] = "batch",
        reference: Annotated[int, Field(ge=2)] = 32,
        minibatch: Literal["none", "discrimination", "stddev"] = "none",
        head: Literal["score", "auxiliary", "n_plus_one", "code"] = "score",
        conditioning: Literal["input", "concatenate", "projection"] = "input",
        condition_channels: int = 0,
        text: Annotated[int, Field(ge=0)] = 0,
        classes: Annotated[int, Field(ge=0)] = 0,
        code: Annotated[int, Field(ge=0)] = 0,
    ) -> None:
        super().__init__()
        _check_head(head, classes, code, minibatch)
        _check_conditioning(conditioning, condition_channels, head, text)
        self.size, self.condition_channels, self.head, self.conditioning = size, condition_channels, head, conditioning
        inputs = 3 + (condition_channels if conditioning == "input" else 0)
        self.body = Strided(inputs, size=size, width=width, kernel=kernel, norm=norm, reference=reference)
        channels = self.body.channels
        if conditioning == "concatenate":
            fixed = self.body.fixed
            self.repeat = ReferenceBatch(fixed, condition_channels) if fixed else nn.Identity()
            joint = channels + (text or condition_channels)
            self.mix = judging_layer(joint, channels, 1, norm=norm, reference=reference)
            self.text = projection(condition_channels, text, norm=norm) if text else nn.Identity()
        self.see: nn.Module = nn.Flatten()
        seen = 16 * channels
        if minibatch == "stddev":
            self.see, seen = nn.Sequential(MinibatchStddev(), nn.Flatten()), seen + 16
        if minibatch == "discrimination":
            compare = MinibatchDiscrimination(seen)
            self.see, seen = nn.Sequential(nn.Flatten(), compare), seen + compare.kernels
        if head in ("score", "auxiliary"):
            self.score = weighted(nn.Linear(seen, 1), norm=norm)
        if head != "score":
            self.answer = weighted(nn.Linear(seen, code if head == "code" else classes), norm=norm)
        if conditioning == "projection":
            self.project = weighted(nn.Linear(condition_channels, seen, bias=False), norm=norm)

    def judge(self, x: Tensor) -> Judgement:
        """Judge a batch.

        Raises:
            ValueError: the pictures have another size, or the condition is no vector where it must be one.
        """
        if self.conditioning != "input":
            raise ValueError(
                f'conditioning = "{self.conditioning}" takes vectors as condition, but this one is made of pictures; '
                'use conditioning = "input"'
            )
        return self._judge(x, None)

    def judge_with(self, x: Tensor, vector: Tensor) -> Judgement:
        """Judge a batch under vectors."""
        return super().judge_with(x, vector) if self.conditioning == "input" else self._judge(x, vector)

    def _judge(self, x: Tensor, vector: Tensor | None) -> Judgement:
        height, width = x.shape[-2:]
        if (height, width) != (self.size, self.size):
            raise ValueError(f"pictures of {width}x{height}, but this discriminator is made for size = {self.size}")
        maps = self.body(x)
        if vector is not None and self.conditioning == "concatenate":
            spread = self.text(self.repeat(vector))[:, :, None, None].expand(-1, -1, 4, 4)
            maps.append(self.mix(torch.cat([maps[-1], spread.to(maps[-1].dtype)], 1)))
        features = [each[self.body.fixed :] for each in maps]
        seen = self.see(features[-1])
        score = self.score(seen).float() if self.head in ("score", "auxiliary") else None
        if score is not None and vector is not None and self.conditioning == "projection":
            score = score + (self.project(vector) * seen).float().sum(1, keepdim=True)
        answer = self.answer(seen).float() if self.head != "score" else None
        if answer is None or self.head == "auxiliary":
            assert score is not None
            return Judgement([score], features, classes=answer)
        if self.head == "n_plus_one":
            return class_judgement(answer, features)
        return code_judgement(answer, features)


def _check_head(head: str, classes: int, code: int, minibatch: str) -> None:
    if head in ("auxiliary", "n_plus_one") and classes < 2:
        raise ValueError(f'head = "{head}" tells classes apart and needs at least 2 of them, not classes = {classes}')
    if head == "code" and code < 3:
        raise ValueError(f'head = "code" needs codes of at least 3 numbers, not code = {code}')
    if head == "code" and minibatch != "none":
        raise ValueError(
            f'head = "code" does not go with minibatch = "{minibatch}": a picture\'s code must not depend on others'
        )


def _check_conditioning(conditioning: str, condition_channels: int, head: str, text: int) -> None:
    if text and conditioning != "concatenate":
        raise ValueError(f'text = {text} projects what conditioning = "concatenate" takes, not "{conditioning}"')
    if conditioning != "input" and not condition_channels:
        raise ValueError(f'conditioning = "{conditioning}" needs a condition (condition_channels = 0)')
    if conditioning == "projection" and head in ("n_plus_one", "code"):
        raise ValueError(f'conditioning = "projection" adds to a score, and head = "{head}" has none of its own')
