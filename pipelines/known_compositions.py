"""Does text-to-image learn what words mean, and put them together anew? A check on pictures whose truth is known.

    python -m pipelines.known_compositions --output compositions

One of 8 colours and one of 4 shapes a picture, and sentences that say which; 4 of the 32 combinations are never shown.
Three generators play for equally many steps, with the same networks, starts and sentences: a plain conditional GAN,
GAN-CLS, whose discriminator sees real pictures with wrong texts as well, and GAN-INT-CLS, which is asked for what lies
between two texts besides (Reed et al. 2016, arXiv 1605.05396). A judge that was trained apart, on all combinations,
finds the captions of what they make again; colours and shapes are seen without a network, too. The output folder gets
pictures, run files, runs, ``known_compositions.json`` and ``known_compositions.png``: a row a combination, for each
generator the same random numbers; those that were never shown are framed. About 20 minutes on one CPU core.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.compositions.judging import agreement, game_values, half_way, load_player, make
from pipelines.compositions.runs import GENERATORS, JUDGE, WORDS, train
from pipelines.compositions.shapes import COMBINATIONS, HELD_OUT, SHOWN, caption, draw, write_set
from srgan.errors import SrganError, UsageError
from srgan.files import atomic_write
from srgan.reports import contact_sheet
from srgan.training.embedding_models import load_embedding

__all__ = ["MARK", "compare", "main", "sheet"]

MARK = (200, 0, 120)
_SAMPLES = 50
_SHOWN = 6
_ENLARGED = 2
_FRAME = 3

Pixels = NDArray[np.uint8]


def main(arguments: list[str] | None = None) -> int:
    """Train all and compare; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = compare(
            options.output, each=options.each, steps=options.steps, reading=options.reading, seed=options.seed
        )
    except SrganError as error:
        sys.stderr.write(f"known_compositions: error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def compare(output: Path, *, each: int, steps: int, reading: int, seed: int) -> dict[str, Any]:
    """Train a text encoder, a judge and three generators, and measure these.

    Args:
        output: gets everything; the same command goes on where it was.
        each: pictures of each combination.
        steps: of each generator.
        reading: steps of text encoder and judge.
        seed: of the trainings; pictures are always the same.

    Returns:
        For ``real`` pictures, drawn anew, and for each generator: ``shown`` and ``held_out`` combinations with
        ``r_precision``, ``colour`` and ``shape``; for generators ``discriminator`` and ``half_way`` besides.

    Raises:
        UsageError: numbers that cannot be, or the folder holds other trainings.
    """
    if each < 1:
        raise UsageError(f"--each {each}: there must be pictures of every combination")
    output = output.absolute()
    shown = write_set(output / "training", SHOWN, each, seed=0)
    write_set(output / "judging", COMBINATIONS, each, seed=1)
    reader = load_embedding(train(WORDS, "words", output, steps=reading, seed=seed), key="words")
    judge = load_embedding(train(JUDGE, "judge", output, steps=reading, seed=seed + 1), key="judge")
    random = np.random.default_rng(2)
    real = np.stack([[draw(combination, random) for _ in range(_SAMPLES)] for combination in COMBINATIONS])
    sentences = reader.sentences([caption(combination) for combination in COMBINATIONS])
    found: dict[str, Any] = {"steps": steps, "seed": seed, "chance": 1 / len(COMBINATIONS)}
    found["real"] = agreement(real, judge)
    columns = [real[:, :1]]
    for name, text in GENERATORS.items():
        player = load_player(train(text, name, output, steps=steps, seed=seed), reader)
        made = make(player, sentences, _SAMPLES)
        columns.append(made[:, :_SHOWN])
        found[name] = agreement(made, judge)
        found[name]["discriminator"] = game_values(player, shown[:, :_SAMPLES], seed=seed)
        found[name]["half_way"] = half_way(player, _SAMPLES)
    with atomic_write(output / "known_compositions.png") as opened:
        Image.fromarray(sheet(columns)).save(opened, format="PNG")
    with atomic_write(output / "known_compositions.json") as opened:
        opened.write((json.dumps(found, indent=2) + "\n").encode())
    return found


def sheet(columns: list[Pixels]) -> Pixels:
    """All combinations, two rows side by side, each a strip of several sets of pictures; held-out ones are framed.

    Args:
        columns: ``(32, N, side, side, 3)`` each.
    """
    enlarged = [column.repeat(_ENLARGED, axis=2).repeat(_ENLARGED, axis=3) for column in columns]
    rows = []
    for place, combination in enumerate(COMBINATIONS):
        strip = contact_sheet([list(column[place]) for column in enlarged], columns=len(columns))
        if combination in HELD_OUT:
            for axis in (0, 1):
                line = np.moveaxis(strip, axis, 0)
                line[:_FRAME] = line[-_FRAME:] = MARK
        rows.append([strip])
    return contact_sheet(rows, columns=2)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("compositions"), help="folder for all that is made")
    parser.add_argument("--each", type=int, default=200, help="pictures of each combination")
    parser.add_argument("--steps", type=int, default=6000, help="of each generator")
    parser.add_argument("--reading", type=int, default=700, help="steps of text encoder and judge")
    parser.add_argument("--seed", type=int, default=0, help="of the trainings")
    return parser


if __name__ == "__main__":
    sys.exit(main())
