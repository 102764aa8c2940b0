import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.runtime import SessionMemoryError, load_model
from srgan.runtime.session import NonFiniteError
from srgan.runtime.shared_session import SharedSession
from tests.runtime.networks import described


class Slow:
    """Doubles values; waits to be let go, so that others can come meanwhile."""

    backend, device, precision, notes = "fake", "CUDA (fake)", "fp16", ("a note",)

    def __init__(self, check: Callable[[NDArray[Any]], None] = lambda tiles: None) -> None:
        self.go, self.shapes, self._check = threading.Event(), list[tuple[int, ...]](), check

    def run(self, batch: Any, noise: Any = None) -> Any:  # noqa: ANN401
        self.shapes.append(batch.shape)
        assert self.go.wait(10)
        self._check(batch)
        return 2 * batch

    run_pixels = run


def at_once(shared: SharedSession, slow: Slow, tiles: list[NDArray[np.uint8]]) -> list[Future[NDArray[np.uint8]]]:
    """Computes the first tile; the others come while that runs."""
    with ThreadPoolExecutor(len(tiles)) as pool:
        asked = [pool.submit(shared.run_pixels, tiles[0])]
        while not slow.shapes:
            time.sleep(0.001)
        asked += [pool.submit(shared.run_pixels, tile) for tile in tiles[1:]]
        while len(shared._waiting) < len(tiles) - 1:
            time.sleep(0.001)
        slow.go.set()
    return asked


def tile(value: int, side: int = 8) -> NDArray[np.uint8]:
    return np.full((1, side, side, 3), value, np.uint8)


@pytest.mark.parametrize(("count", "batches"), [(1, [1]), (2, [1, 1]), (5, [1, 4]), (8, [1, 4, 2, 1]), (9, [1, 8])])
def test_what_waits_is_computed_together_in_few_shapes(count: int, batches: list[int]) -> None:
    slow = Slow()
    asked = at_once(SharedSession(slow), slow, [tile(value) for value in range(count)])
    for value, one in enumerate(asked):
        np.testing.assert_array_equal(one.result(), 2 * tile(value))
    assert [shape[0] for shape in slow.shapes] == batches


def test_a_batch_has_a_limit_and_tiles_of_other_shapes_stay_apart() -> None:
    slow = Slow()
    tiles = [tile(0)] + [tile(value, 8 if value % 2 else 16) for value in range(1, 9)]
    asked = at_once(SharedSession(slow, pixels=2 * 16 * 16), slow, tiles)
    for one, given in zip(asked, tiles, strict=True):
        np.testing.assert_array_equal(one.result(), 2 * given)
    assert sorted(slow.shapes[1:]) == [(2, 16, 16, 3), (2, 16, 16, 3), (4, 8, 8, 3)]


def test_an_error_is_that_of_its_tile_alone() -> None:
    def check(tiles: NDArray[Any]) -> None:
        if (tiles == 3).any():
            raise NonFiniteError

    slow = Slow(check)
    asked = at_once(SharedSession(slow), slow, [tile(value) for value in range(5)])
    assert [type(one.exception()) for one in asked].count(NonFiniteError) == 1
    assert isinstance(asked[3].exception(), NonFiniteError)
    np.testing.assert_array_equal(asked[4].result(), 2 * tile(4))


def test_a_batch_that_does_not_fit_is_not_tried_again() -> None:
    def check(tiles: NDArray[Any]) -> None:
        if len(tiles) > 2:
            raise SessionMemoryError("too large")

    slow = Slow(check)
    shared = SharedSession(slow)
    for _ in range(2):
        slow.go.clear()
        slow.shapes.clear()
        asked = at_once(shared, slow, [tile(value) for value in range(5)])
        for value, one in enumerate(asked):
            np.testing.assert_array_equal(one.result(), 2 * tile(value))
    assert [shape[0] for shape in slow.shapes] == [1, 2, 2]


def test_noise_is_never_mixed() -> None:
    slow = Slow()
    slow.go.set()
    shared = SharedSession(slow)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda value: shared.run_pixels(tile(value), np.zeros((1, 2), np.float32)), range(4)))
    assert [shape[0] for shape in slow.shapes] == [1] * 4
    assert (shared.backend, shared.device, shared.precision, shared.notes) == (
        slow.backend,
        slow.device,
        slow.precision,
        slow.notes,
    )


def test_a_real_network_gives_in_a_batch_what_it_gives_alone() -> None:
    model = load_model(described(2), device="cpu", precision="fp32")
    assert model.session is not None
    shared = SharedSession(model.session)
    tiles = [np.random.default_rng(seed).integers(0, 256, (1, 24, 24, 3), np.uint8) for seed in range(12)]
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(shared.run_pixels, tiles))
    for one, result in zip(tiles, results, strict=True):
        np.testing.assert_array_equal(result, model.session.run_pixels(one))
