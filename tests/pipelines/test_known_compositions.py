"""The check of text-to-image on compositions that are known."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pipelines.compositions import judging
from pipelines.compositions.judging import Player, agreement, game_values, half_way, make
from pipelines.compositions.measuring import between, shape_colours, whats_seen
from pipelines.compositions.shapes import (
    COLOURS,
    COMBINATIONS,
    GROUND,
    HELD_OUT,
    PHRASES,
    SHAPES,
    SHOWN,
    SIDE,
    Combination,
    caption,
    draw,
    write_set,
)
from pipelines.known_compositions import main, sheet

SAMPLES = 12
