"""Which objectives, stabilisers and discriminators go together, and why others do not."""

import typing

from torch import nn

from srgan.adversarial import make_objective
from srgan.config import find_part, part_arguments
from srgan.networks import DISCRIMINATORS, Discriminator, MinibatchDiscrimination
from srgan.training.sections import AdversarialSection, StageSection

__all__ = ["ASKING", "check_game", "refuse_texts"]

ASKING = ("auxiliary", "n_plus_one", "code")
"""Heads of discriminators that tell more of a sample than whether it is real: its class, what it was made of."""
_SLOPES = ("gp", "div", "dragan", "r1", "r2", "magp")


def check_game(stage: StageSection, network: Discriminator) -> None:
    """Refuse games that mean nothing.

    Args:
        stage: with a game and checked parts.
        network: its discriminator.

    Raises:
        ValueError: names the keys, as they stand in the stage, and the reason.
    """
    game, table = stage.adversarial, stage.discriminator
    assert game is not None
    assert table is not None
    try:
        make_objective(game.objective)
    except ValueError as error:
        raise ValueError(f"adversarial.objective: {error}") from None
    _check_penalties(game, table["kind"], table.get("norm"), network)
    _check_critic(game, table.get("norm"))
    _check_packing(game, stage.train.batch // stage.train.accumulate, table)
    _check_pool(game, table)
    if game.unrolled and stage.train.compile:
        raise ValueError("adversarial.unrolled differentiates twice, which compiled networks cannot: train.compile")
    if game.adaptive is not None and game.objective["kind"] in ("wgan", "qp"):
        raise ValueError(
            f"adversarial.adaptive looks at the sign of scores, and those of {game.objective['kind']!r} have no zero; "
            "leave it out"
        )


def refuse_texts(game: AdversarialSection) -> None:
    """Refuse what needs texts, in tasks without any.

    Raises:
        ValueError: names the key.
    """
    for key in ("wrong", "interpolation"):
        if getattr(game, key):
            raise ValueError(f'adversarial.{key} is for task = "text_to_image"; leave it out')


def _check_pool(game: AdversarialSection, table: dict[str, typing.Any]) -> None:
    """Earlier fakes belong to other real samples, and to other latent vectors."""
    if not game.pool:
        return
    if game.objective["kind"] == "qp":
        raise ValueError('adversarial.pool: the objective "qp" looks at the distance of partners; use one of the two')
    if table.get("head") in ASKING:
        raise ValueError(
            f'adversarial.pool keeps pictures alone, but discriminator.head = "{table["head"]}" asks what they were '
            "made of; use one of the two"
        )


def _check_penalties(game: AdversarialSection, kind: str, norm: str | None, network: Discriminator) -> None:
    if not game.penalty:
        return
    first = game.penalty[0]["kind"]
    if any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in network.modules()):
        options = part_arguments(find_part(DISCRIMINATORS, kind, key="discriminator.kind")).model_fields
        norms = typing.get_args(options["norm"].annotation) if "norm" in options else ()
        others = ", ".join(f'"{name}"' for name in norms if name != "batch")
        raise ValueError(
            f'discriminator.norm is "{norm}", which lets the pictures of a batch change each '
            f"other's scores, but adversarial.penalty {first} holds only where each picture "
            f"is judged alone; use {f'one of {others}, or ' if others else ''}no penalty"
        )
    if any(isinstance(module, MinibatchDiscrimination) for module in network.modules()):
        raise ValueError(
            f'discriminator.minibatch is "discrimination", which measures pictures against each other, but '
            f'adversarial.penalty {first} holds only where each picture is judged alone; use "stddev", which hardly '
            "depends on a single one, or no penalty"
        )
    if any(table["kind"] == "magp" for table in game.penalty) and not network.condition_channels:
        raise ValueError(
            "adversarial.penalty magp is a penalty on the slope in picture and condition, but the discriminator sees "
            "no condition; set adversarial.condition, or use r1 or div"
        )


def _check_critic(game: AdversarialSection, norm: str | None) -> None:
    """The critic of Wasserstein games must not be arbitrarily steep."""
    if game.objective["kind"] != "wgan":
        return
    clip, bounded = game.objective.get("clip"), any(table["kind"] in _SLOPES for table in game.penalty)
    if clip is None and not bounded and norm != "spectral":
        raise ValueError(
            "adversarial.objective wgan needs a critic of bounded slope; give it clip = 0.01, a penalty such as gp or "
            'div, or discriminator.norm = "spectral"'
        )
    if clip is not None and norm == "spectral":
        raise ValueError(
            'adversarial.objective.clip bounds weights that discriminator.norm = "spectral" divides by their norm '
            "again; use one of the two"
        )


def _check_packing(game: AdversarialSection, samples: int, table: dict[str, typing.Any]) -> None:
    if game.packing == 1:
        return
    if samples % game.packing:
        raise ValueError(
            f"adversarial.packing is {game.packing}, which does not divide the {samples} samples that are judged at a "
            "time (train.batch / train.accumulate)"
        )
    if table.get("head") in ASKING:
        raise ValueError(
            f'adversarial.packing judges several samples by one score, but discriminator.head = "{table["head"]}" '
            "speaks of single ones; use one of the two"
        )
    if table.get("conditioning", "input") != "input":
        raise ValueError(
            f"adversarial.packing puts conditions beside the packed pictures, so that discriminator.conditioning = "
            f'"{table["conditioning"]}" is of no use; use "input"'
        )
