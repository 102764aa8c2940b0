"""Does the ONNX file give what the network gives? Measured through the sessions that will serve it."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from srgan.errors import ModelError
from srgan.exporting.drawing import Drawing
from srgan.exporting.examples import SHAPES, example_input, shape_name
from srgan.networks import Generator
from srgan.runtime import Session, open_engine, open_session, read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession

__all__ = ["TOLERANCE", "check_drawing_parity", "check_parity", "check_pictures"]

_COUNTS = (1, 3)

TOLERANCE = 1e-4
"""Largest difference allowed in float32, in units of the picture range (0.03 of an 8-bit level)."""


def check_parity(model: bytes, generator: Generator, *, tolerance: float = TOLERANCE) -> dict[str, Any]:
    """Compare an ONNX model with its network, in float32, in every runtime that may serve it on a CPU.

    Args:
        model: the ONNX file's content.
        generator: the network that it was made from.
        tolerance: largest absolute difference that passes.

    Returns:
        ``{"tolerance": ..., "max_error": {backend: {"1x3x37x53": ...}}}``.

    Raises:
        ModelError: a difference is larger or not a number; the message names runtime and shape.
    """
    network = generator.cpu().float().eval()

    def expected(picture: NDArray[np.float32], noise: NDArray[np.float32] | None) -> NDArray[np.float32]:
        given = [torch.from_numpy(one) for one in (picture, noise) if one is not None]
        with torch.inference_mode():
            result: NDArray[np.float32] = network(*given).numpy()
        return result

    return check_pictures(model, expected, network, tolerance=tolerance)


class _Rules(Protocol):
    """What a network asks of pictures."""

    @property
    def minimum(self) -> int:
        """Least side."""

    @property
    def multiple_of(self) -> int:
        """Of both sides."""

    @property
    def latent(self) -> int:
        """Length of the noise."""


def check_pictures(
    model: bytes,
    expected: Callable[[NDArray[np.float32], NDArray[np.float32] | None], NDArray[np.float32]],
    rules: _Rules,
    *,
    tolerance: float = TOLERANCE,
) -> dict[str, Any]:
    """Compare an ONNX model with what it should compute: as `check_parity`, for anything that makes pictures.

    Args:
        model: the ONNX file's content.
        expected: what it should make of a batch of pictures, and of noise where it takes some.
        rules: what the network asks of pictures.
        tolerance: largest absolute difference that passes.

    Raises:
        ModelError: a difference is larger or not a number.
    """
    file = read_model_file(model)
    sessions: list[Session] = [open_session(file, "cpu", "fp32")]
    if sessions[0].backend != "onnxruntime":
        sessions.append(OnnxRuntimeSession(file, "cpu", "fp32"))
    errors: dict[str, dict[str, float]] = {session.backend: {} for session in sessions}
    sides = {"minimum": rules.minimum, "multiple_of": rules.multiple_of}
    mirror = file.metadata is not None and file.metadata.sees_all
    for shape in SHAPES:
        picture, noise = example_input(shape, **sides, mirror=mirror), _noise(shape[0], rules.latent)
        true, name = expected(picture, noise), shape_name(shape)
        for session in sessions:
            where = f"in {session.backend} at {name}"
            errors[session.backend][name] = _error(session.run(picture, noise), true, tolerance, where)
    return {"tolerance": tolerance, "max_error": errors}


def check_drawing_parity(model: bytes, drawing: Drawing, *, tolerance: float = TOLERANCE) -> dict[str, Any]:
    """Compare an ONNX model that makes pictures of noise with its network, in float32, in the runtime that serves it.

    Args:
        model: the ONNX file's content, with its metadata.
        drawing: the network that it was made from.
        tolerance: as for `check_parity`.

    Returns:
        As `check_parity`, by the number of pictures.

    Raises:
        ModelError: a difference is larger or not a number.
    """
    engine, errors = open_engine(model, "cpu", "fp32"), {}
    for count in _COUNTS:
        given = drawing.examples(count, seed=count)
        with torch.inference_mode():
            expected = drawing(**given).numpy()
        result = engine.compute({name: value.numpy() for name, value in given.items()})
        where = f"in {engine.backend} with {count} pictures"
        errors[f"{count}"] = _error(result, expected, tolerance, where)
    return {"tolerance": tolerance, "max_error": {engine.backend: errors}}


def _error(result: NDArray[np.float32], expected: NDArray[np.float32], tolerance: float, where: str) -> float:
    """The largest difference, if it is allowed."""
    error = float(np.max(np.abs(result - expected))) if result.shape == expected.shape else float("nan")
    # Written so that NaN fails too.
    if not error <= tolerance:
        raise ModelError(
            f"the exported model differs from the network by {error:.3g} (allowed: {tolerance:.3g}) {where}; nothing "
            "was written"
        )
    return error


def _noise(batch: int, latent: int) -> NDArray[np.float32] | None:
    return np.random.default_rng(batch).standard_normal((batch, latent)).astype(np.float32) if latent else None
