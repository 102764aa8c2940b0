"""Every check, one after the other."""

from collections.abc import Callable, Iterator
from pathlib import Path

from srgan.doctor.engines import check_gpu, check_onnxruntime_session, check_openvino_session
from srgan.doctor.finding import Finding
from srgan.doctor.machine import check_folders, check_limits, check_metric_weights, check_models
from srgan.doctor.packages import check_constraints, check_formats, check_onnxruntime, check_requirements

__all__ = ["CHECKS", "REINSTALL", "examine"]

REINSTALL = "pip install --force-reinstall srgan"
"""The command that brings back a missing package, whichever it is."""


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    check_requirements,
    check_onnxruntime,
    check_openvino_session,
    check_onnxruntime_session,
    check_gpu,
    check_formats,
    check_limits,
    check_folders,
    check_models,
    check_metric_weights,
)


def examine(constraints: Path | None = None) -> Iterator[Finding]:
    """Look at everything.

    Args:
        constraints: also compare the installed versions with those of this file.

    Raises:
        UsageError: the file cannot be read.
    """
    for check in CHECKS:
        try:
            yield from check()
        except ImportError as error:
            name = check.__name__.removeprefix("check_").replace("_", " ")
            yield Finding(name, "problem", f"could not be looked at ({error})", REINSTALL)
    if constraints is not None:
        yield from check_constraints(constraints)
