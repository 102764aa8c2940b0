"""Games by name, and games that are written on the command line, with the keys of run files."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from srgan.adversarial import OBJECTIVES, PENALTIES
from srgan.config import check, check_part
from srgan.errors import UsageError
from srgan.training.sections import AdversarialSection, SourceSection, StageSection, TrainSection

__all__ = ["GAMES", "Game", "ToyStage", "game_stage", "parse_game", "read_games"]

# The same for all games but where they say otherwise; found on one seed of ring and grid. Without momentum the two
# sides do not chase each other, and falling learning rates with averaged weights are what makes modes narrow.
_TRAIN: dict[str, Any] = {"batch": 256, "lr": 2e-3, "betas": (0.0, 0.9), "final_lr": 4e-5, "ema": 0.995}
_ADVERSARIAL: dict[str, Any] = {"weight": 1.0, "lr": 2e-3, "betas": (0.0, 0.9)}
_PACGAN_ADAM: dict[str, Any] = {"lr": 1e-3, "betas": (0.8, 0.999)}

GAMES: dict[str, dict[str, Any]] = {
    # The optimiser of the benchmark's authors (Adam with beta1 0.8, Lin et al. 2018), under which modes get lost.
    "vanilla": {**_PACGAN_ADAM, "steps": 2, "train": _PACGAN_ADAM, "length": 2},
    "nonsaturating": {"steps": 2},
    "minimax": {"objective": "minimax", "steps": 2},
    "lsgan": {"objective": "lsgan", "steps": 2},
    "hinge": {"objective": "hinge", "steps": 2},
    "wgan-gp": {
        "objective": "wgan",
        "penalty": [{"kind": "gp", "strength": 0.1}],
        "steps": 3,
        "lr": 4e-3,
        "train": {"lr": 4e-3},
    },
    "wgan-div": {"objective": "wgan", "penalty": [{"kind": "div"}], "steps": 3},
    "qp": {"objective": {"kind": "qp", "strength": 10.0}, "steps": 2},
    "dragan": {"penalty": [{"kind": "dragan"}], "steps": 2},
    # As many packs as the others judge samples. Packing alone makes modes narrow too slowly for a laboratory.
    "pacgan2": {
        "packing": 2,
        "penalty": [{"kind": "r1", "gamma": 0.1}],
        "steps": 2,
        "train": {"batch": 512},
        "length": 1.34,
    },
    "pacgan2-plain": {"packing": 2, "steps": 2, "train": {"batch": 512}, "length": 1.34},
    "r1": {"penalty": [{"kind": "r1", "gamma": 0.1}], "steps": 2},
    "r3gan": {
        "objective": {"kind": "nonsaturating", "relativistic": "paired"},
        "penalty": [{"kind": "r1", "gamma": 0.1}, {"kind": "r2", "gamma": 0.1}],
        "steps": 2,
    },
    "unrolled5": {"unrolled": 5, "penalty": [{"kind": "r1", "gamma": 0.1}], "steps": 2, "length": 1.5},
    "unrolled5-plain": {"objective": "minimax", "unrolled": 5, "lr": 2e-4},
}


class ToyStage(StageSection):
    """A stage of a toy problem: nothing to minimise besides the game, and no files to read."""

    loss: list[dict[str, Any]] = Field([])
    data: SourceSection = SourceSection.model_validate({})


@dataclass(frozen=True)
class Game:
    """A named game: the tables of a run file that differ from the laboratory's own.

    Attributes:
        name: of its row.
        adversarial: keys of ``[adversarial]``.
        train: keys of ``[train]``.
        length: times the problem's number of steps.
    """

    name: str
    adversarial: Mapping[str, Any] = field(default_factory=dict)
    train: Mapping[str, Any] = field(default_factory=dict)
    length: float = 1.0


def parse_game(text: str) -> Game:
    """A game as it is asked for: the name of one of `GAMES`, or ``name: key = value, ...`` in TOML.

    The keys are those of a run file's ``[adversarial]`` table, ``train = {...}`` for those of ``[train]``, and
    ``length``, the training's, in multiples of what the problem takes.

    Raises:
        UsageError: there is no such game, or the text is no TOML.
    """
    name, colon, keys = (part.strip() for part in text.partition(":"))
    if not colon:
        if name not in GAMES:
            raise UsageError(
                f"--game {name}: there is no such game; known are {', '.join(sorted(GAMES))}, and any other is given "
                "as --game 'name: objective = \"wgan\", steps = 5'"
            )
        return _game(name, GAMES[name], f"--game {name}")
    try:
        table = tomllib.loads(f"game = {{{keys}}}")["game"]
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"--game {name}: {keys!r} is not TOML: {error}") from None
    return _game(name, table, f"--game {name}")


def read_games(path: Path) -> list[Game]:
    """The games of a TOML file, a table each.

    Raises:
        UsageError: the file is not there or no TOML, or holds something else.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not a readable TOML file: {error}") from None
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {name} is no table; give every game as [name] and its keys")
    return [_game(name, table, path.name) for name, table in tables.items()]


def _game(name: str, table: Mapping[str, Any], source: str) -> Game:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    if not name or set(name) - allowed or name[0] in "-_":
        raise UsageError(f"{source}: a game's name has small letters, digits, - and _, not {name!r}")
    train = table.get("train", {})
    if not isinstance(train, Mapping):
        raise UsageError(f"{source}: train is a table, such as train = {{ lr = 1e-3 }}, not {train!r}")
    length = table.get("length", 1.0)
    if isinstance(length, bool) or not isinstance(length, int | float) or length <= 0:
        raise UsageError(f"{source}: length is a number above 0, not {length!r}")
    rest = {key: value for key, value in table.items() if key not in ("train", "length")}
    return Game(name, rest, dict(train), float(length))


def game_stage(game: Game, *, steps: int) -> ToyStage:
    """The checked tables of a game, with all options of its parts.

    Args:
        game: what differs from the laboratory's settings.
        steps: of the training, before the game's `length`, and where it does not say.

    Raises:
        UsageError: names the key that is wrong.
    """
    source = f"game {game.name}"
    train = check(
        TrainSection, {**_TRAIN, "steps": max(1, round(game.length * steps)), **game.train}, source=source, key="train"
    )
    section = check(AdversarialSection, {**_ADVERSARIAL, **game.adversarial}, source=source)
    updates = {
        "objective": _filled(OBJECTIVES, section.objective, source, "objective"),
        "penalty": list(_penalties(section.penalty, source)),
    }
    # Checked already: a second check would take completed tables for written ones.
    return ToyStage.model_construct(
        name=game.name,
        loss=[],
        data=SourceSection.model_validate({}),
        train=train,
        discriminator={"kind": "points"},
        adversarial=section.model_copy(update=updates),
    )


def _penalties(tables: Iterable[dict[str, Any]], source: str) -> Iterable[dict[str, Any]]:
    for index, table in enumerate(tables):
        every = table.get("every", 1)
        options = {key: value for key, value in table.items() if key != "every"}
        yield {**_filled(PENALTIES, options, source, f"penalty[{index}]"), "every": every}


def _filled(registry: Mapping[str, Any], table: dict[str, Any], source: str, key: str) -> dict[str, Any]:
    return {"kind": table.get("kind"), **check_part(registry, table, source=source, key=key)}
