"""Encoders that a game gives away: O-GAN's on digits, BiGAN's where the answer is known."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from pipelines.laboratory.games import Game, game_stage
from pipelines.laboratory.networks import PointDiscriminator, PointGenerator
from pipelines.laboratory.playing import PointBatch, PointTask, make_stage, train
from pipelines.laboratory.problems import digit_pictures
from srgan.adversarial import correlation, standardised
from srgan.tasks import Round

__all__ = ["BIGAN", "OGAN", "LinearCodes", "OrthogonalCodes", "linear_codes", "orthogonal_codes"]

OGAN = Game(
    "o-gan",
    {
        "objective": {"kind": "qp", "strength": 2.0, "metric": "mean_square"},
        "correlation": 0.5,
        "lr": 1e-3,
        "betas": (0.0, 0.9),
    },
    {"lr": 1e-3, "betas": (0.0, 0.9), "batch": 128},
)
BIGAN = Game("bigan", {"lr": 2e-3, "betas": (0.0, 0.9)}, {"lr": 2e-3, "betas": (0.0, 0.9)})
_LATENT, _HELD_OUT, _SAMPLES = 12, 300, 2000
_NOTHING: Callable[[int], None] = lambda _: None  # noqa: E731


@dataclass(frozen=True)
class OrthogonalCodes:
    """How good the discriminator's codes are.

    Attributes:
        correlation: of latent vectors and the codes of what is made of them, mean.
        psnr: of held-out digits and what the generator makes of their codes, mean, in dB.
        neighbour: of held-out digits and the training picture next to each, mean, in dB.
    """

    correlation: float
    psnr: float
    neighbour: float


@dataclass(frozen=True)
class LinearCodes:
    """How well an encoder inverts its generator.

    Attributes:
        correlation: of each latent number and its reconstruction, the lower of both.
        error: ``|G(E(x)) - x| / |x|`` over true samples.
    """

    correlation: float
    error: float


def orthogonal_codes(
    *, seed: int, steps: int, correlated: bool = True, on_step: Callable[[int], None] = _NOTHING
) -> OrthogonalCodes:
    """O-GAN on 8x8 digits (Su 2019).

    Args:
        seed: of the split, the weights and all that is drawn.
        steps: of the training.
        correlated: whether the correlation is part of the game; without it codes mean nothing.
        on_step: called with the number of steps that are done.
    """
    game = OGAN if correlated else replace(OGAN, adversarial={**OGAN.adversarial, "correlation": 0.0})
    section = game_stage(game, steps=steps)
    torch.manual_seed(seed)
    pictures, _ = digit_pictures()
    order = torch.randperm(len(pictures))
    held, known = pictures[order[:_HELD_OUT]], pictures[order[_HELD_OUT:]]
    generator = PointGenerator(64, latent=_LATENT, width=256, bounded=True)
    network = PointDiscriminator(64, width=256, head="code", outputs=_LATENT)
    stage = make_stage(section, generator, network, PointTask)
    size = section.train.batch
    train(stage, lambda: PointBatch(known[torch.randint(len(known), (size,))], generator.draw(size)), on_step)
    average = stage.average.network
    with torch.no_grad():
        latent = generator.draw(_SAMPLES)
        followed = correlation(latent, _code(network, average(latent))).mean()
        again = average(standardised(_code(network, held)))
    neighbours = known[torch.cdist(held, known).argmin(1)]
    return OrthogonalCodes(float(followed), _mean_psnr(again, held), _mean_psnr(neighbours, held))


def _code(network: PointDiscriminator, pictures: Tensor) -> Tensor:
    code: Tensor | None = network(pictures).code
    assert code is not None
    return code


def _mean_psnr(pictures: Tensor, truth: Tensor) -> float:
    return float((-10 * (pictures - truth).square().mean(1).clamp(min=1e-12).log10()).mean())


class LinearPair(nn.Module):
    """A generator ``(B, 2) -> (B, 2)`` and its encoder back, both linear; they play on one side."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = nn.Linear(2, 2, bias=False)
        self.encoder = nn.Linear(2, 2, bias=False)

    def forward(self, latent: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """What is made of latent vectors, and the codes of true samples."""
        return self.generator(latent), self.encoder(real)


class PairTask(PointTask):
    """Samples with their codes on both sides (Donahue et al. 2017, BiGAN)."""

    def play(self, batch: PointBatch) -> Round:
        """True samples with their codes, and latent vectors with what is made of them."""
        fake, code = self._generator(batch.latent, batch.real)
        return Round(batch.real, fake, condition=code, fake_condition=batch.latent, latent=batch.latent)


def linear_codes(*, seed: int, steps: int, on_step: Callable[[int], None] = _NOTHING) -> LinearCodes:
    """BiGAN on x = A z with a random invertible A and z normal: the encoder must become the generator's inverse.

    Args:
        seed: of A, the weights and all that is drawn.
        steps: of the training.
        on_step: called with the number of steps that are done.
    """
    torch.manual_seed(seed)
    mixing = torch.linalg.qr(torch.randn(2, 2)).Q @ torch.diag(torch.tensor([1.5, 0.5])) @ torch.randn(2, 2).svd().V
    section = game_stage(BIGAN, steps=steps)
    pair, size = LinearPair(), section.train.batch
    network = PointDiscriminator(2, condition=2)
    stage = make_stage(section, pair, network, PairTask)
    train(stage, lambda: PointBatch(torch.randn(size, 2) @ mixing.T, torch.randn(size, 2)), on_step)
    average = stage.average.network
    with torch.no_grad():
        latent, real = torch.randn(_SAMPLES, 2), torch.randn(_SAMPLES, 2) @ mixing.T
        made, codes = average(latent, real)
        back = average(latent, made)[1]
        again = average(codes, real)[0]
    correlations = [torch.corrcoef(torch.stack([latent[:, i], back[:, i]]))[0, 1] for i in range(2)]
    return LinearCodes(float(torch.stack(correlations).min()), float((again - real).norm() / real.norm()))
