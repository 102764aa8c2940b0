import itertools
from typing import Any

import numpy as np
import pytest

from srgan.runtime.window import Window


@pytest.mark.parametrize("rows", [1, 3, 7, 20, 100])
@pytest.mark.parametrize("shape", [(20, 9), (20, 9, 3)])
def test_pieces_become_the_picture(rows: int, shape: tuple[int, ...]) -> None:
    whole: Any = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    window = Window(shape, whole.dtype, rows)
    parts = []
    for top, bottom in itertools.pairwise((0, 4, 5, 13, 20)):
        for left, right in ((4, 9), (0, 4)):
            window.place(slice(top, bottom), slice(left, right), whole[top:bottom, left:right])
        parts += list(window.finished(bottom))
        assert sum(len(part) for part in parts) == (bottom if bottom == 20 else bottom // rows * rows)
    assert all(len(part) == rows for part in parts[:-1])
    assert (np.concatenate(parts) == whole).all()


def test_what_was_handed_out_is_not_kept() -> None:
    window = Window((100, 10), np.dtype(np.uint8), 10)
    for top in range(0, 100, 25):
        window.place(slice(top, top + 25), slice(0, 10), np.zeros((25, 10), np.uint8))
        assert len(list(window.finished(top + 25))) in (2, 3)
        assert len(window._blocks) <= 1
