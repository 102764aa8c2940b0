"""Pictures of one coloured shape on a plain ground, and what is said about them."""

import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from srgan.files import atomic_write

__all__ = [
    "COLOURS",
    "COMBINATIONS",
    "GROUND",
    "HELD_OUT",
    "PHRASES",
    "SHAPES",
    "SHOWN",
    "SIDE",
    "Combination",
    "caption",
    "draw",
    "write_set",
]

SIDE = 32
GROUND = (235, 235, 235)
COLOURS = {
    "red": (215, 35, 40),
    "orange": (245, 140, 30),
    "yellow": (240, 215, 40),
    "green": (40, 160, 60),
    "cyan": (50, 200, 215),
    "blue": (40, 70, 215),
    "purple": (145, 50, 175),
    "black": (30, 30, 30),
}
SHAPES = ("circle", "square", "triangle", "star")
PHRASES = (
    "a {colour} {shape}",
    "a {shape} that is {colour}",
    "a {shape} in {colour}",
    "the {shape} is {colour}",
)
# Polygons in a circle of radius 1, the first corner above; the sides of a pentagram's star meet at this radius.
_INNER = math.sin(math.radians(18)) / math.sin(math.radians(126))
_CORNERS = {"square": ((1.0,) * 4, 45.0), "triangle": ((1.0,) * 3, 0.0), "star": ((1.0, _INNER) * 5, 0.0)}
_LEAST, _MOST = 8.0, 11.0
_ROUND = 0.8
_TURN = 15.0
_FINE = 8

Pixels = NDArray[np.uint8]


class Combination(NamedTuple):
    """What a picture is of: names of a colour and a shape."""

    colour: str
    shape: str


COMBINATIONS = tuple(itertools.starmap(Combination, itertools.product(COLOURS, SHAPES)))
HELD_OUT = (
    Combination("red", "square"),
    Combination("yellow", "triangle"),
    Combination("green", "circle"),
    Combination("blue", "star"),
)
SHOWN = tuple(combination for combination in COMBINATIONS if combination not in HELD_OUT)


def caption(combination: Combination, phrase: str = PHRASES[0]) -> str:
    """A sentence about it."""
    return phrase.format(**combination._asdict())


def draw(combination: Combination, random: np.random.Generator) -> Pixels:
    """A picture ``(32, 32, 3)``: the shape somewhere, 16 to 22 pixels across, turned by up to 15 degrees.

    Pixels within the shape have its colour, those beyond it the ground's; those at its edge are mixed by area.
    """
    radius = random.uniform(_LEAST, _MOST)
    row, column = random.uniform(radius, SIDE - radius, 2)
    turn = math.radians(random.uniform(-_TURN, _TURN))
    fine = Image.new("L", (SIDE * _FINE, SIDE * _FINE))
    pen = ImageDraw.Draw(fine)
    if combination.shape == "circle":
        reach = _ROUND * radius
        box = (column - reach, row - reach, column + reach, row + reach)
        pen.ellipse([_FINE * side - 0.5 for side in box], fill=255)
    else:
        lengths, start = _CORNERS[combination.shape]
        angles = turn + math.radians(start) + 2 * math.pi * np.arange(len(lengths)) / len(lengths)
        reaches = radius * np.array(lengths)
        corners = np.stack([column + reaches * np.sin(angles), row - reaches * np.cos(angles)], axis=1)
        pen.polygon([(x, y) for x, y in (_FINE * corners - 0.5).tolist()], fill=255)
    cover = np.asarray(fine, np.float64).reshape(SIDE, _FINE, SIDE, _FINE).mean(axis=(1, 3))[:, :, None] / 255
    mixed = cover * np.array(COLOURS[combination.colour]) + (1 - cover) * np.array(GROUND)
    return np.asarray(mixed.round(), np.uint8)


def write_set(folder: Path, combinations: Sequence[Combination], count: int, *, seed: int) -> NDArray[np.uint8]:
    """Write pictures and ``captions.jsonl``, which says every phrase about each.

    Args:
        folder: is made.
        combinations: one after the other, each with its pictures.
        count: pictures of each.
        seed: of places, sizes and angles.

    Returns:
        The pictures, ``(combinations, count, 32, 32, 3)``.
    """
    random = np.random.default_rng(seed)
    pictures, lines = folder / "pictures", []
    pictures.mkdir(parents=True, exist_ok=True)
    drawn = np.stack([[draw(combination, random) for _ in range(count)] for combination in combinations])
    for combination, several in zip(combinations, drawn, strict=True):
        for number, pixels in enumerate(several):
            name = f"{'-'.join(combination)}-{number:04d}.png"
            Image.fromarray(pixels).save(pictures / name)
            line = {
                "image": f"pictures/{name}",
                "captions": [caption(combination, phrase) for phrase in PHRASES],
                "concept": " ".join(combination),
            }
            lines.append(json.dumps(line) + "\n")
    with atomic_write(folder / "captions.jsonl") as opened:
        opened.write("".join(lines).encode())
    return drawn
