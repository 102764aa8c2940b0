"""fp16 that is not believed before it was seen: numbers beyond 65504 do not fit into it, and pictures turn black."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.runtime.session import NonFiniteError, Session

__all__ = ["LEAST_DB", "CheckedSession"]

LEAST_DB = 45.0
"""PSNR to fp32 that the first tile must reach. Healthy networks have 60 and more in fp16, and 53 to 63 in bf16."""

_Kind = TypeVar("_Kind", np.uint8, np.float32)


class CheckedSession:
    """A session that goes on in another precision when the present one is not close to fp32; see `Session`.

    The first tile with some content is computed twice and compared. Later results are computed again when some value
    is not finite, or when all of a tile has one colour where the input has not (what is not a number in the middle of
    a network may leave it as black).
    """

    def __init__(self, steps: Sequence[Callable[[], Session]], reference: Callable[[], Session]) -> None:
        """Open the first session that the model runs in.

        Args:
            steps: open the sessions that are tried one after the other; the last one is not checked.
            reference: opens what the others are compared with, when that is needed.

        Raises:
            UsageError: the first precision cannot be had here.
            ModelError: the model runs in none of them.
        """
        self._steps, self._reference = list(steps), reference
        self._exact: Session | None = None
        self._told: tuple[str, ...] = ()
        self._seen = False
        self._lock = threading.Lock()
        try:
            self._session = self._steps.pop(0)()
        except ModelError as error:
            self._next(f"fp16 cannot be had ({error})")

    @property
    def backend(self) -> str:
        """Of what runs now."""
        return self._session.backend

    @property
    def device(self) -> str:
        """Of what runs now."""
        return self._session.device

    @property
    def precision(self) -> str:
        """Of what runs now."""
        return self._session.precision

    @property
    def notes(self) -> tuple[str, ...]:
        """Also: which precision was given up, and why."""
        return (*self._session.notes, *self._told)

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Run the network; see `srgan.runtime.Session.run`."""
        return self._compute(batch, lambda session: _finite(session.run(batch, noise)), 1.0)

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Run the network on 8-bit pictures; see `srgan.runtime.Session.run_pixels`."""
        return self._compute(batch, lambda session: session.run_pixels(batch, noise), 255.0)

    def _compute(self, batch: NDArray[Any], run: Callable[[Session], NDArray[_Kind]], white: float) -> NDArray[_Kind]:
        with self._lock:
            while True:
                before = self._session.precision
                try:
                    result = run(self._session)
                except NonFiniteError:
                    if not self._steps:
                        raise
                    self._next(f"{before} gave values that are not finite")
                    continue
                if not self._steps or (self._seen and (not _flat(result) or _flat(batch))):
                    return result
                self._exact = self._exact or self._reference()
                decibels = _psnr(result, run(self._exact), white)
                if decibels >= LEAST_DB:
                    self._seen = not _flat(batch)
                    self._exact = None if self._seen else self._exact
                    return result
                self._next(f"{before} was {max(decibels, 0.0):.0f} dB from fp32 on a tile (needed {LEAST_DB:.0f})")

    def _next(self, why: str) -> None:
        """Go on in the next precision that can be had."""
        while True:
            try:
                self._session = self._steps.pop(0)()
                break
            except (ModelError, UsageError):
                if not self._steps:
                    raise
        self._seen = False
        self._told = (*self._told, f"{why}: computing in {self._session.precision} instead")


def _finite(result: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(result).all():
        raise NonFiniteError
    return result


def _flat(values: NDArray[Any]) -> bool:
    return bool(values.min() == values.max())


def _psnr(first: NDArray[Any], second: NDArray[Any], white: float) -> float:
    shown = [np.clip(values, 0, white).astype(np.float32) for values in (first, second)]
    error = float(np.square(shown[0] - shown[1]).mean(dtype=np.float64))
    return float(10 * np.log10(white**2 / error)) if error else float("inf")
