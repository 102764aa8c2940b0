"""Digits of which few have a label: a game with n + 1 classes against the same classifier without the game.

Salimans et al. 2016, "Improved techniques for training GANs", section 5: the discriminator is the classifier, and the
generator matches the mean features of its last hidden layer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from pipelines.laboratory.games import Game, ToyStage, game_stage
from pipelines.laboratory.networks import PointDiscriminator, PointGenerator
from pipelines.laboratory.playing import PointBatch, PointTask, make_stage, train
from pipelines.laboratory.problems import digit_pictures
from srgan.adversarial import classification_loss
from srgan.training.ema import Ema
from srgan.training.player import Player
from srgan.training.processes import Processes

__all__ = ["LABELS_GAME", "Accuracy", "Split", "split_digits", "with_few_labels"]

# Twice the labels' loss: the game's part is twice the paper's, too. It takes a generator that is slower and has batch
# normalisation: found on the first split.
LABELS_GAME = Game(
    "n-plus-one",
    {"weight": 0.0, "feature_means": 1.0, "classification": 2.0, "lr": 3e-3, "betas": (0.5, 0.99)},
    {"lr": 1e-3, "betas": (0.5, 0.99), "batch": 150},
)
_TEST, _LABELLED, _CLASSES, _LATENT = 500, 50, 10, 32
_NOISE = (0.3, 0.5)


@dataclass(frozen=True)
class Split:
    """Pictures ``(N, 64)`` and classes ``(N,)``: with a label, all that may be looked at, and those for the test."""

    labelled: tuple[Tensor, Tensor]
    pictures: Tensor
    test: tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Accuracy:
    """Share of right answers on the test pictures, in percent.

    Attributes:
        game: with the game.
        alone: of the same classifier, trained as long on the labelled pictures only.
    """

    game: float
    alone: float


def split_digits(seed: int, *, labels: int = 10) -> Split:
    """A random split: 500 pictures to test, and `labels` of each class with a label among the rest."""
    pictures, classes = digit_pictures()
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(seed))
    test, rest = order[:_TEST], order[_TEST:]
    known = torch.cat([rest[classes[rest] == digit][:labels] for digit in range(_CLASSES)])
    return Split((pictures[known], classes[known]), pictures[rest], (pictures[test], classes[test]))


def with_few_labels(
    split: Split, *, seed: int, steps: int, width: int = 128, on_step: Callable[[int], None] = lambda _: None
) -> Accuracy:
    """Train both.

    Args:
        split: of the digits.
        seed: of the weights and of all that is drawn; both begin with the same classifier.
        steps: of each.
        width: of the hidden layers.
        on_step: called with the number of steps that are done, up to twice `steps`.

    Raises:
        DivergedError: the training came to nothing.
    """
    section = game_stage(LABELS_GAME, steps=steps)
    game = _with_game(split, section, _classifier(seed, width), width, on_step)
    alone = _alone(split, section, _classifier(seed, width), lambda step: on_step(steps + step))
    return Accuracy(_accuracy(game, split), _accuracy(alone, split))


def _classifier(seed: int, width: int) -> PointDiscriminator:
    torch.manual_seed(seed)
    return PointDiscriminator(64, width=width, head="n_plus_one", outputs=_CLASSES, noise=_NOISE)


def _with_game(
    split: Split, section: ToyStage, network: PointDiscriminator, width: int, on_step: Callable[[int], None]
) -> torch.nn.Module:
    generator = PointGenerator(64, latent=_LATENT, width=width, bounded=True, norm=True)
    average = Ema(network, section.train.ema)
    unlabelled = section.train.batch - _LABELLED

    def draw() -> PointBatch:
        pictures, classes = _some(split)
        others = split.pictures[torch.randint(len(split.pictures), (unlabelled,))]
        labels = torch.cat([classes, classes.new_full((unlabelled,), -1)])
        return PointBatch(torch.cat([pictures, others]), generator.draw(section.train.batch), labels)

    def done(step: int) -> None:
        average.update()
        on_step(step)

    train(make_stage(section, generator, network, PointTask), draw, done)
    return average.network


def _alone(
    split: Split, section: ToyStage, network: PointDiscriminator, on_step: Callable[[int], None]
) -> torch.nn.Module:
    """The labels' term of the game alone, with the same optimiser, rates and averages."""
    game = section.adversarial
    assert game is not None
    average = Ema(network, section.train.ema)
    player = Player(
        network,
        optimiser=game.optimiser,
        lr=game.lr,
        betas=game.betas,
        weight_decay=game.weight_decay,
        clip=game.clip,
        scaler=None,
        processes=Processes(),
    )
    # The schedule is the stage's; its other players stay where they are.
    rates = make_stage(section, torch.nn.Linear(1, 1), network, PointTask).rates
    for step in range(section.train.steps):
        pictures, classes = _some(split)
        said = network(pictures).classes
        player.clear()
        player.backward(game.classification * classification_loss(said, classes))
        player.step(rates(step)["discriminator"])
        average.update()
        on_step(step + 1)
    return average.network


def _some(split: Split) -> tuple[Tensor, Tensor]:
    pictures, classes = split.labelled
    which = torch.randint(len(pictures), (_LABELLED,))
    return pictures[which], classes[which]


@torch.no_grad()
def _accuracy(network: torch.nn.Module, split: Split) -> float:
    pictures, classes = split.test
    return 100.0 * float((network(pictures).classes.argmax(1) == classes).double().mean())
