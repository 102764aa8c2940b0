"""Degradations: how small pictures are made of full ones while a training runs."""

from collections.abc import Callable, Mapping
from typing import Any

from srgan.config import find_part, part_arguments
from srgan.data.degradations.bicubic import Bicubic
from srgan.data.degradations.degradation import Degradation
from srgan.data.degradations.light import Light
from srgan.data.degradations.second_order import Mild, RealEsrgan

__all__ = ["DEGRADATIONS", "Bicubic", "Degradation", "Light", "Mild", "RealEsrgan", "make_degradation"]

DEGRADATIONS: dict[str, Callable[..., Degradation]] = {
    "bicubic": Bicubic,
    "light": Light,
    "mild": Mild,
    "real_esrgan": RealEsrgan,
}


def make_degradation(table: Mapping[str, Any]) -> Degradation:
    """The degradation of a checked ``[data.degradation]`` table."""
    options = dict(table)
    part = find_part(DEGRADATIONS, options.pop("kind"), key="data.degradation.kind")
    # Nested tables become objects again.
    checked = part_arguments(part).model_validate(options)
    return part(**{name: getattr(checked, name) for name in type(checked).model_fields})
