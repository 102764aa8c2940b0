"""Small networks that enlarge, for tests: every kind of the registry that has a scale, also those added later."""

from inspect import signature
from typing import Any

import torch

from srgan.networks import GENERATORS, Generator

# A foreign one is made from a file, see test_foreign; those without a scale translate, see translators.
ENLARGERS = sorted(kind for kind, part in GENERATORS.items() if "scale" in signature(part).parameters)

_SMALL = {"channels": 8, "blocks": 1}


def small_options(kind: str, scale: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """What makes a network of this kind small, of `more` only what it takes."""
    takes = signature(GENERATORS[kind]).parameters
    return {"scale": scale, **{name: value for name, value in {**_SMALL, **more}.items() if name in takes}}


def small_enlarger(kind: str, scale: int = 4, **more: Any) -> Generator:  # noqa: ANN401
    torch.manual_seed(0)
    return GENERATORS[kind](**small_options(kind, scale, **more))
