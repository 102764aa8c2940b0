"""The GAN laboratory: any game on toy problems whose truth is known; a table and a figure a problem.

    python -m pipelines.gan_laboratory play --problem ring --problem grid --game vanilla --game pacgan2 --seeds 5
    python -m pipelines.gan_laboratory play --problem roll --game 'mine: objective = "wgan", penalty = [{kind = "div"}]'
    python -m pipelines.gan_laboratory labels
    python -m pipelines.gan_laboratory codes

A run takes a minute or two on one CPU core. It can be stopped at any moment: the same command goes on where it was, and
runs whose settings have changed are done again. Formulas and steps are those of ``srgan train``; exit codes, too.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import torch

from pipelines.laboratory.codes import linear_codes, orthogonal_codes
from pipelines.laboratory.figures import draw_figure
from pipelines.laboratory.games import GAMES, Game, game_stage, parse_game, read_games
from pipelines.laboratory.labels import split_digits, with_few_labels
from pipelines.laboratory.playing import Played, play
from pipelines.laboratory.problems import PROBLEMS, Problem, make_problem
from pipelines.laboratory.records import find_run, fingerprint, save_run, write_bytes
from pipelines.laboratory.tables import as_csv, as_json, as_markdown, make_rows, mean_and_error
from srgan.errors import DivergedError, SrganError, UsageError

_DEFAULT = ("vanilla", "wgan-gp", "pacgan2", "r3gan", "unrolled5")
_EVERY_SECONDS = 10.0
_OUT = click.option(
    "-o", "--out", type=click.Path(path_type=Path), default=Path("laboratory"), show_default=True, help="Results."
)
_THREADS = click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Of each run.")


class Progress:
    """Lines on stderr: what is done, and about how long the rest takes.

    Args:
        whole: steps of everything that is to be done.
    """

    def __init__(self, whole: int) -> None:
        self._whole, self._done = whole, 0
        self._begun = self._shown = time.monotonic()

    def over(self, name: str, steps: int) -> Callable[[int], None]:
        """What a run of so many steps is to call with the steps it has done."""
        before, self._done = self._done, self._done + steps

        def done(step: int) -> None:
            now = time.monotonic()
            if now - self._shown >= _EVERY_SECONDS:
                self._shown, finished = now, before + step
                left = (now - self._begun) / finished * (self._whole - finished)
                say(f"{name}: step {step} of {steps}; about {_words(left)} left in all")

        return done


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Adversarial games on toy problems whose truth is known."""


@cli.command("play")
@click.option("--problem", "problems", multiple=True, type=click.Choice(sorted(PROBLEMS)), help="Several: repeat it.")
@click.option(
    "--game",
    "games",
    multiple=True,
    metavar="NAME | 'NAME: KEY = VALUE, ...'",
    help=f"One of {', '.join(sorted(GAMES))}, or a new one with the keys of a run file's [adversarial]. Repeatable.",
)
@click.option("--games", "files", multiple=True, type=click.Path(path_type=Path), help="TOML file, a table a game.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Runs of each game.")
@click.option("--steps", type=click.IntRange(min=1), help="Instead of the problem's own number.")
@click.option("--width", type=click.IntRange(min=1), default=64, show_default=True, help="Of the networks' layers.")
@_THREADS
@_OUT
def play_command(
    problems: tuple[str, ...],
    games: tuple[str, ...],
    files: tuple[Path, ...],
    seeds: int,
    steps: int | None,
    width: int,
    threads: int,
    out: Path,
) -> None:
    """Play games on problems; write PROBLEM.md, .csv, .json and .png."""
    torch.set_num_threads(threads)
    chosen = [make_problem(name) for name in problems or ("ring",)]
    named = [parse_game(text) for text in games] + [game for path in files for game in read_games(path)]
    named = named or [parse_game(name) for name in _DEFAULT]
    names = [game.name for game in named]
    if len(set(names)) < len(names):
        raise UsageError(f"give every game a name of its own, there are {', '.join(names)}")
    plan = _plan(chosen, named, seeds, steps, width, out)
    progress, faults = Progress(sum(run[2].train.steps for run in plan)), []
    for problem, seed, section in plan:
        name = f"{problem.name}, {section.name}, seed {seed}"
        on_step = progress.over(name, section.train.steps)
        try:
            played = play(problem, section, seed=seed, width=width, on_step=on_step)
        except DivergedError as error:
            faults.append(error)
            say(f"error: {problem.name}: {error}")
            continue
        save_run(out / problem.name, section.name, seed, fingerprint(section, width=width), played)
        say(f"{name}: {played.scores.modes} modes, {played.scores.good:.1f} % good, {played.seconds:.0f} s")
    for problem in chosen:
        _report(problem, named, seeds, steps, width, out)
    if faults:
        raise faults[0]


def _plan(
    problems: list[Problem], games: list[Game], seeds: int, steps: int | None, width: int, out: Path
) -> list[tuple[Problem, int, Any]]:
    """The runs that are not done yet, seed by seed, so that the first results are there early."""
    plan = []
    for seed in range(seeds):
        for problem in problems:
            for game in games:
                section = game_stage(game, steps=steps or problem.steps)
                mark = fingerprint(section, width=width)
                if find_run(out / problem.name, game.name, seed, mark) is None:
                    plan.append((problem, seed, section))
    return plan


def _report(problem: Problem, games: list[Game], seeds: int, steps: int | None, width: int, out: Path) -> None:
    runs: dict[str, list[Played]] = {}
    for game in games:
        mark = fingerprint(game_stage(game, steps=steps or problem.steps), width=width)
        found = [find_run(out / problem.name, game.name, seed, mark) for seed in range(seeds)]
        there = [run for run in found if run is not None]
        if there:
            runs[game.name] = there
    if not runs:
        return
    rows = make_rows(problem, runs)
    table = as_markdown(problem, rows)
    write_bytes(out / f"{problem.name}.md", table.encode())
    write_bytes(out / f"{problem.name}.csv", as_csv(rows).encode())
    write_bytes(out / f"{problem.name}.json", as_json(problem, runs).encode())
    write_bytes(out / f"{problem.name}.png", draw_figure(problem, {game: played[0] for game, played in runs.items()}))
    click.echo(table)


@cli.command("labels")
@click.option("--splits", type=click.IntRange(min=2), default=10, show_default=True, help="Random ones.")
@click.option("--labels", type=click.IntRange(min=1), default=10, show_default=True, help="Of each class.")
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True)
@_THREADS
@_OUT
def labels_command(splits: int, labels: int, steps: int, threads: int, out: Path) -> None:
    """Digits with few labels: n + 1 classes and a game, against the same classifier alone; write labels.json."""
    torch.set_num_threads(threads)
    progress, found = Progress(2 * steps * splits), []
    for seed in range(splits):
        on_step = progress.over(f"split {seed}", 2 * steps)
        accuracy = with_few_labels(split_digits(seed, labels=labels), seed=seed, steps=steps, on_step=on_step)
        say(f"split {seed}: {accuracy.game:.1f} % with the game, {accuracy.alone:.1f} % without")
        found.append(accuracy)
    gain, error = mean_and_error([accuracy.game - accuracy.alone for accuracy in found])
    assert gain is not None
    assert error is not None
    record = {
        "labels": labels,
        "steps": steps,
        "game": [accuracy.game for accuracy in found],
        "alone": [accuracy.alone for accuracy in found],
        "gain": gain,
        "error": error,
    }
    write_bytes(out / "labels.json", (json.dumps(record, indent=2) + "\n").encode())
    click.echo(f"gain of the game: {gain:.2f} ± {error:.2f} points of accuracy over {splits} splits")


@cli.command("codes")
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--steps", type=click.IntRange(min=1), default=3000, show_default=True)
@_THREADS
@_OUT
def codes_command(seeds: int, steps: int, threads: int, out: Path) -> None:
    """Encoders from games: O-GAN on digits, with and without its correlation, and a linear BiGAN; write codes.json."""
    torch.set_num_threads(threads)
    progress, record = Progress(3 * seeds * steps), {}
    studies: dict[str, Callable[..., Any]] = {
        "o-gan": orthogonal_codes,
        "o-gan without correlation": lambda **options: orthogonal_codes(correlated=False, **options),
        "bigan": linear_codes,
    }
    for name, study in studies.items():
        results = []
        for seed in range(seeds):
            results.append(vars(study(seed=seed, steps=steps, on_step=progress.over(f"{name}, seed {seed}", steps))))
            say(f"{name}, seed {seed}: " + ", ".join(f"{key} {value:.4f}" for key, value in results[-1].items()))
        record[name] = results
    write_bytes(out / "codes.json", (json.dumps(record, indent=2) + "\n").encode())
    for name, results in record.items():
        means = {key: mean_and_error([result[key] for result in results])[0] for key in results[0]}
        click.echo(f"{name}: " + ", ".join(f"{key} {value:.4f}" for key, value in means.items()))


def say(message: str) -> None:
    """A line on stderr."""
    click.echo(f"gan_laboratory: {message}", err=True)


def _words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def main(arguments: list[str] | None = None) -> int:
    """Run the laboratory; returns its exit code."""
    try:
        cli.main(arguments, prog_name="gan_laboratory", standalone_mode=False)
    except SrganError as error:
        say(f"error: {error}")
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
