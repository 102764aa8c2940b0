"""One game on one problem with one seed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipelines.laboratory.games import ToyStage
from pipelines.laboratory.networks import PointDiscriminator, PointGenerator
from pipelines.laboratory.problems import Problem
from pipelines.laboratory.scoring import SAMPLES, Scores, score
from srgan.adversarial import pack
from srgan.errors import DivergedError, UsageError
from srgan.networks import Discriminator
from srgan.tasks import Round, Task
from srgan.training.ema import Ema
from srgan.training.game_rules import check_game
from srgan.training.processes import Processes
from srgan.training.stage import Stage

__all__ = ["FIELD", "Played", "PointBatch", "PointTask", "make_stage", "play", "train"]

FIELD = 60
"""Places a side at which the discriminator's field is looked at."""

_PICTURES = (0.05, 0.15, 0.35, 0.65, 1.0)
_SHOWN = 1000
_PARTNERS = 8
_FAULTS = 5


@dataclass(frozen=True)
class PointBatch:
    """What one round starts from.

    Attributes:
        real: samples ``(B, n)``.
        latent: what the generated ones are made of, ``(B, latent)``.
        labels: classes of the real ones ``(B,)``, -1 where unknown; None where there are none.
    """

    real: Tensor
    latent: Tensor
    labels: Tensor | None = None


class PointTask(Task):
    """The generator of samples against whatever game.

    Args:
        generator: as it is called.
    """

    def __init__(self, generator: Callable[..., Any]) -> None:
        self.names = []
        self._generator = generator

    def play(self, batch: PointBatch) -> Round:
        """Make as many samples as there are real ones."""
        return Round(batch.real, self._generator(batch.latent), latent=batch.latent, labels=batch.labels)

    def generator_losses(self, round_: Round, batch: PointBatch) -> dict[str, Tensor]:
        """Nothing besides the game."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Played:
    """What came out.

    Attributes:
        scores: of the averaged generator at the end.
        seconds: of processor time.
        steps: at which pictures were taken.
        samples: ``(pictures, N, n)`` in the problem's units.
        fields: ``(pictures, FIELD, FIELD)``, the discriminator's scores over the plane, rows upwards; empty where the
            samples are no points of a plane.
    """

    scores: Scores
    seconds: float
    steps: list[int]
    samples: NDArray[np.float32]
    fields: NDArray[np.float32]


def play(
    problem: Problem, section: ToyStage, *, seed: int, width: int = 64, on_step: Callable[[int], None] = lambda _: None
) -> Played:
    """Train, and take pictures on the way.

    Everything random follows from `seed`: on one kind of processor the result is the same again.

    Args:
        problem: what to imitate.
        section: the game.
        seed: of weights, samples and noise.
        width: of the layers of both networks.
        on_step: called with the number of steps that are done.

    Raises:
        UsageError: the game means nothing, or the learning rates are hopeless.
    """
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    plane = problem.dimension == 2
    generator = PointGenerator(problem.dimension, latent=2 if plane else 10, width=width, bounded=not plane)
    game, size = section.adversarial, section.train.batch
    assert game is not None
    network = PointDiscriminator(problem.dimension * game.packing, width=width)
    stage = make_stage(section, generator, network, PointTask)
    average = stage.average.network
    steps = sorted({max(1, round(share * section.train.steps)) for share in _PICTURES})
    samples, fields = [], []

    def draw() -> PointBatch:
        return PointBatch(problem.draw(size, random) / problem.scale, generator.draw(size))

    def done(step: int) -> None:
        if step in steps:
            samples.append(_samples(average, generator.draw(_SHOWN), problem))
            if plane:
                fields.append(_field(network, problem, game.packing))
        on_step(step)

    begun = time.process_time()
    train(stage, draw, done)
    seconds = time.process_time() - begun
    last = torch.from_numpy(_samples(average, generator.draw(SAMPLES), problem))
    return Played(
        scores=score(last, problem),
        seconds=seconds,
        steps=steps,
        samples=np.stack(samples),
        fields=np.stack(fields) if fields else np.zeros((0, FIELD, FIELD), np.float32),
    )


def make_stage(
    section: ToyStage,
    network: nn.Module,
    discriminator: Discriminator,
    make_task: Callable[[Callable[..., Any]], Task],
) -> Stage:
    """The players of a game, as in a run of ``srgan train``.

    Args:
        section: its tables.
        network: what the generator's side trains.
        discriminator: the other side.
        make_task: called with the network.

    Raises:
        UsageError: the game means nothing.
    """
    try:
        check_game(section, discriminator)
    except ValueError as error:
        raise UsageError(f"game {section.name}: {error}") from None
    return Stage(
        section,
        0,
        network=network,
        average=Ema(network, section.train.ema),
        make_task=lambda call, _: make_task(call),
        make_discriminator=lambda: discriminator,
        processes=Processes(),
        device=torch.device("cpu"),
    )


def train(stage: Stage, draw: Callable[[], PointBatch], done: Callable[[int], None]) -> None:
    """All steps of a stage.

    Args:
        stage: of `make_stage`.
        draw: gives the next batch.
        done: called after each step with the number of those that are done.

    Raises:
        DivergedError: losses or gradients are not finite, several steps in a row.
    """
    faults = 0
    for step in range(stage.section.train.steps):
        outcome = stage.step(draw, step, stage.rates(step))
        faults = 0 if outcome.fault is None else faults + 1
        if faults > _FAULTS:
            raise DivergedError(f"game {stage.section.name}: {outcome.fault} is not finite since step {step - _FAULTS}")
        stage.remember(outcome.values)
        done(step + 1)


@torch.no_grad()
def _samples(generator: nn.Module, latent: Tensor, problem: Problem) -> NDArray[np.float32]:
    samples: NDArray[np.float32] = (problem.scale * generator(latent)).numpy()
    return samples


@torch.no_grad()
def _field(network: PointDiscriminator, problem: Problem, packing: int) -> NDArray[np.float32]:
    """Scores over the plane; packed samples stand beside true ones, in the mean over several of these."""
    low, high = problem.frame
    x, y = (torch.linspace(low, high, FIELD) for _ in range(2))
    places = torch.stack(torch.meshgrid(x, y, indexing="xy"), 2).reshape(-1, 2)
    if packing == 1:
        scores = network(places / problem.scale).scores[0]
    else:
        random = torch.Generator().manual_seed(0)
        each = []
        for _ in range(_PARTNERS):
            others = problem.draw(packing - 1, random).repeat(len(places), 1, 1)
            packed = pack(torch.cat([places[:, None], others], 1).reshape(-1, 2), packing)
            each.append(network(packed / problem.scale).scores[0])
        scores = torch.stack(each).mean(0)
    field: NDArray[np.float32] = scores.reshape(FIELD, FIELD).numpy()
    return field
