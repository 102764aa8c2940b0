"""Captioned pictures that tests learn from: discs of four colours, and a run file of a joint embedding of them."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["EMBEDDING", "draw_discs"]

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 230), "yellow": (240, 220, 40)}
EMBEDDING = """
name = "words"
task = "joint_embedding"

[text_encoder]
kind = "recurrent"
width = 16
embedding = 12
hidden = 16

[picture_encoder]
kind = "conv"
width = 8
stages = 2

[data]
captions = "${SRGAN_DATA}/captions.jsonl"
size = 16
length = 16

[train]
steps = 12
batch = 8
lr = 5e-3
schedule = "constant"
ema = 0.5

[validation]
captions = "${SRGAN_DATA}/captions.jsonl"
every = 12
distractors = 6
same_group = 0
"""


def draw_discs(folder: Path) -> None:
    """Two discs of each colour with their captions, ``captions.jsonl``."""
    lines = []
    for name, colour in COLOURS.items():
        for size in ("big", "small"):
            picture = np.zeros((16, 16, 4), np.uint8)
            radius = 8 if size == "big" else 4
            rows, columns = np.mgrid[:16, :16] - 7.5
            picture[rows**2 + columns**2 < radius**2] = (*colour, 255)
            Image.fromarray(picture).save(folder / f"{name}_{size}.png")
            captions = [f"{size} {name} disc", f"{name} disc"]
            lines.append(json.dumps({"image": f"{name}_{size}.png", "captions": captions, "concept": name}))
    (folder / "captions.jsonl").write_text("\n".join(lines))
