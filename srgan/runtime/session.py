"""What every backend offers: numbers in, numbers out, and an honest account of what runs."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Backend", "Engine", "NonFiniteError", "Precision", "Session", "SessionMemoryError", "on_gpu"]

Precision = Literal["auto", "fp32", "bf16", "fp16"]


class SessionMemoryError(MemoryError):
    """The backend could not get the memory for a tile of this size; a smaller one may fit."""


class NonFiniteError(ArithmeticError):
    """The network produced values that are not finite numbers."""


class Backend(Protocol):
    """What runs, and where."""

    @property
    def backend(self) -> str:
        """``"openvino"`` or ``"onnxruntime"``."""

    @property
    def device(self) -> str:
        """What really runs, in words: ``"CPU (AMD EPYC)"``, ``"CUDA (NVIDIA L4)"``."""

    @property
    def precision(self) -> str:
        """Of the arithmetic that really runs: ``"fp32"``, ``"tf32"``, ``"bf16"`` or ``"fp16"``."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about the choice, for example why the GPU is not used."""


class Session(Backend, Protocol):
    """A model that makes pictures of pictures, ready to run on one device."""

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Run the network.

        Args:
            batch: ``(N, 3, H, W)`` in [0, 1].
            noise: ``(N, latent)``, standard normal, for a model that takes it; None for all others.

        Returns:
            ``(N, 3, H * scale, W * scale)``, not clipped; the caller owns it.

        Raises:
            SessionMemoryError: not enough memory for this shape.
            ModelError: the network cannot run on this shape.
        """

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """Run the network on 8-bit pictures; the same numbers as `run` gives, without floats on the way out.

        Args:
            batch: ``(N, H, W, 3)``.
            noise: as for `run`.

        Returns:
            ``(N, H * scale, W * scale, 3)``, clipped and rounded; the caller owns it.

        Raises:
            SessionMemoryError: not enough memory for this shape.
            ModelError: the network cannot run on this shape.
            NonFiniteError: some value is infinite or not a number.
        """


class Engine(Backend, Protocol):
    """A model with any inputs, ready to run on one device."""

    def compute(self, feed: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Run the network.

        Args:
            feed: every input by its name, of the type that the file says.

        Returns:
            The first output; the caller owns it.

        Raises:
            SessionMemoryError: not enough memory for these shapes.
            ModelError: the network cannot run on them.
        """


def on_gpu(backend: Backend) -> bool:
    """Whether it runs on a GPU, where other things pay than on a CPU: batches, and one shape of tiles."""
    return not backend.device.startswith("CPU")
