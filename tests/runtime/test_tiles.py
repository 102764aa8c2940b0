import itertools
import math
from typing import Any

import numpy as np
import pytest

from srgan.runtime import plan_tiles

SIDES = (1, 2, 7, 16, 37, 53, 64, 100, 101, 500)
RULES = [
    {"useful": useful, "halo": halo, "multiple_of": multiple, "minimum": minimum}
    for useful, halo, multiple, minimum in itertools.product((1, 16, 33, 64), (0, 3, 18), (1, 2, 8), (1, 16))
]


@pytest.mark.parametrize("rules", RULES, ids=str)
def test_every_pixel_is_kept_once_and_far_enough_from_cut_edges(rules: dict[str, Any]) -> None:
    for height, width in zip(SIDES, reversed(SIDES), strict=True):
        plan = plan_tiles(height, width, **rules)
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


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 65_535), (64, 64), (65, 200)])
def test_a_network_of_one_size_gets_that_size(height: int, width: int) -> None:
    plan = plan_tiles(height, width, useful=1000, halo=16, fixed=(64, 64))
    assert plan.side == (64, 64)
    assert len(plan.columns) == max(1, math.ceil((width - 32) / 32))


def test_a_size_that_is_all_halo_is_refused() -> None:
    with pytest.raises(ValueError, match="halo"):
        plan_tiles(200, 200, useful=10, halo=32, fixed=(64, 64))


def test_random_shapes_never_waste_more_than_a_tile() -> None:
    rng = np.random.default_rng(1)
    for length, useful, halo in rng.integers((1, 1, 0), (3000, 600, 64), (300, 3)).tolist():
        plan = plan_tiles(length, length, useful=useful, halo=halo)
        assert len(plan.rows) == (1 if length <= useful + 2 * halo else math.ceil((length - 2 * halo) / useful))
