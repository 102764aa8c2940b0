"""What every backend offers: numbers in, numbers out, and an honest account of what runs."""

from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Device", "Precision", "Session", "SessionMemoryError"]

Device = Literal["auto", "cpu", "cuda", "tensorrt"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]


class SessionMemoryError(MemoryError):
    """The backend could not get the memory for a tile of this size; a smaller one may fit."""


class Session(Protocol):
    """A model ready to run on one device."""

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
