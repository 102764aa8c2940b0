import itertools
import math
from typing import Any

import numpy as np
import pytest

from srgan.runtime import TilePlan, plan_tiles

SIDES = (1, 2, 7, 16, 37, 53, 64, 100, 101, 500)
RULES = [
    {"useful": useful, "halo": halo, "multiple_of": multiple, "minimum": minimum}
    for useful, halo, multiple, minimum in itertools.product((1, 16, 33, 64), (0, 3, 18), (1, 2, 8), (1, 16))
]


@pytest.mark.parametrize("shape", [{}, {"free": True}, {"uniform": True}, {"free": True, "tallest": 9}], ids=str)
@pytest.mark.parametrize("rules", RULES, ids=str)
def test_every_pixel_is_kept_once_and_far_enough_from_cut_edges(rules: dict[str, Any], shape: dict[str, Any]) -> None:
    for height, width in zip(SIDES, reversed(SIDES), strict=True):
        plan = plan_tiles(height, width, **rules, **shape)
        for axis, length, spans in ((0, height, plan.rows), (1, width, plan.columns)):
            side, padded = plan.side[axis], plan.padded[axis]
            assert padded % rules["multiple_of"] == 0
            assert side % rules["multiple_of"] == 0
            assert length <= padded < max(length, rules["minimum"]) + rules["multiple_of"]
            assert rules["minimum"] <= side <= padded
            assert [span.first for span in spans] == [0, *(span.last for span in spans[:-1])]
            assert spans[-1].last == length
            for span in spans:
                assert span.start % rules["multiple_of"] == 0
                assert 0 <= span.start <= padded - side
                assert span.first < span.last
                assert span.start == 0 or span.first - span.start >= rules["halo"]
                assert span.start + side == padded or span.start + side - span.last >= rules["halo"]


def test_tiles_are_fitted_to_the_picture() -> None:
    plan = plan_tiles(800, 1200, useful=476, halo=18)
    computed = plan.side[0] * plan.side[1] * len(plan.rows) * len(plan.columns)
    assert computed < 1.2 * 800 * 1200
    assert max(plan.side) <= 476 + 2 * 18


def test_uniform_tiles_have_one_shape_for_all_large_pictures() -> None:
    rng = np.random.default_rng(3)
    for height, width in rng.integers(100, 900, (40, 2)).tolist():
        plan = plan_tiles(height, width, useful=64, halo=18, free=True, uniform=True)
        assert plan.side == (100, 100)
    assert plan_tiles(40, 900, useful=64, halo=18, uniform=True).side == (40, 100)
    assert plan_tiles(40, 30, useful=64, halo=18, uniform=True).side == (40, 30)


@pytest.mark.parametrize("multiple", [1, 8, 32])
def test_a_picture_that_fits_is_one_tile_whatever_it_is_padded_to(multiple: int) -> None:
    for height, width in zip(SIDES, reversed(SIDES), strict=True):
        plan = plan_tiles(height, width, useful=512, halo=0, multiple_of=multiple, minimum=16, free=True)
        assert (len(plan.rows), len(plan.columns)) == (1, 1)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 65_535), (64, 64), (65, 200)])
def test_a_network_of_one_size_gets_that_size(height: int, width: int) -> None:
    plan = plan_tiles(height, width, useful=1000, halo=16, fixed=(64, 64))
    assert plan.side == (64, 64)
    assert len(plan.columns) == max(1, math.ceil((width - 32) / 32))


@pytest.mark.parametrize(("height", "width"), [(3000, 4000), (10_000, 10_000), (400, 30_000), (30_000, 400)])
def test_low_tiles(height: int, width: int) -> None:
    for tallest, wanted in ((300, 300), (20, 6 * 18)):  # below six halos most of a tile would be halo
        plan = plan_tiles(height, width, useful=480, halo=18, free=True, tallest=tallest)
        assert max(span.last - span.first for span in plan.rows) <= wanted + 18
        assert plan.side[0] <= wanted + 2 * 18
        assert plan.side[0] * plan.side[1] <= 516**2
        computed = plan.side[0] * plan.side[1] * len(plan.rows) * len(plan.columns)
        assert computed < (1.2 if tallest == 300 else 1.45) * height * width


def test_a_size_that_is_all_halo_is_refused() -> None:
    with pytest.raises(ValueError, match="halo"):
        plan_tiles(200, 200, useful=10, halo=32, fixed=(64, 64))


def test_random_shapes_never_waste_more_than_a_tile() -> None:
    rng = np.random.default_rng(1)
    for length, useful, halo in rng.integers((1, 1, 0), (3000, 600, 64), (300, 3)).tolist():
        plan = plan_tiles(length, length, useful=useful, halo=halo)
        assert len(plan.rows) == (1 if length <= useful + 2 * halo else math.ceil((length - 2 * halo) / useful))


def computed(plan: TilePlan) -> int:
    return plan.side[0] * plan.side[1] * len(plan.rows) * len(plan.columns)


def test_the_free_shape_is_the_one_with_the_least_work() -> None:
    """Against every pair of a number of rows and a number of columns."""
    rng = np.random.default_rng(2)
    for height, width, useful, halo in rng.integers((1, 1, 20, 0), (900, 900, 300, 40), (60, 4)).tolist():
        area = (useful + 2 * halo) ** 2
        plan = plan_tiles(height, width, useful=useful, halo=halo, free=True)
        assert plan.side[0] * plan.side[1] <= area
        work = []
        for rows, columns in itertools.product(range(1, 40), repeat=2):
            high, wide = (
                -(-(length + (count - 1) * 2 * halo) // count) for length, count in ((height, rows), (width, columns))
            )
            adds = (rows == 1 or high > 2 * halo) and (columns == 1 or wide > 2 * halo)
            if high * wide <= area and adds:
                work.append(rows * columns * (high * wide + 2000))
        tiles = len(plan.rows) * len(plan.columns)
        assert computed(plan) + 2000 * tiles <= 1.001 * min(work), (height, width, useful, halo)


@pytest.mark.parametrize(
    ("height", "width", "share"), [(3000, 4000, 0.86), (800, 1200, 0.92), (512, 512, 1.0), (100, 2000, 1.0)]
)
def test_little_is_computed_twice(height: int, width: int, share: float) -> None:
    plan = plan_tiles(height, width, useful=476, halo=18, free=True)
    assert height * width / computed(plan) >= share
    assert computed(plan) <= computed(plan_tiles(height, width, useful=476, halo=18))
    assert plan.side[0] * plan.side[1] <= 512**2


def test_a_tile_is_never_all_halo() -> None:
    """A network that looks very far: a square is the only shape left."""
    plan = plan_tiles(2000, 3000, useful=16, halo=200, free=True)
    assert plan.side[0] * plan.side[1] <= 416**2
    assert min(plan.side) > 400
