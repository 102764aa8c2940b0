"""Small generators of image-to-image translation for tests: every kind of the registry, and what its options change."""

from typing import Any

import torch

from srgan.config import check_part
from srgan.networks import GENERATORS, Generator
from tests.networks.enlargers import ENLARGERS

# Those that enlarge have tests of their own; a foreign one is made from a file.
TRANSLATORS = sorted(set(GENERATORS) - {"foreign", *ENLARGERS})

SMALL: dict[str, dict[str, Any]] = {
    "resnet": {"width": 4, "blocks": 3},
    "spade": {"width": 4, "ups": 2, "hidden": 8},
    "unet": {"width": 4, "depth": 3},
}

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((kind, {}) for kind in TRANSLATORS),
    *((kind, {"latent": 5}) for kind in TRANSLATORS),
    ("resnet", {"norm": "none", "padding": "zeros", "upsample": "transposed"}),
    ("resnet", {"norm": "batch", "downsamplings": 0}),
    ("spade", {"palette": ["#ff0000", "#00ff00", "#0000ff"]}),
    ("unet", {"norm": "batch", "upsample": "transposed", "dropout": True}),
    ("unet", {"norm": "none", "depth": 2}),
    ("unet", {"depth": 2, "detail": 5}),
]


def small(kind: str, **options: Any) -> Generator:  # noqa: ANN401
    torch.manual_seed(0)
    table = {"kind": kind, **SMALL[kind], **options}
    return GENERATORS[kind](**check_part(GENERATORS, table, source="run.toml", key="generator"))


def inputs(generator: Generator, count: int = 2, height: int = 1, width: int = 2) -> list[torch.Tensor]:
    """Noise pictures of the smallest sides, some steps larger, and latent vectors where they are needed."""
    least, step = generator.minimum, generator.multiple_of
    picture = torch.rand(count, 3, least + (height - 1) * step, least + (width - 1) * step)
    return [picture, torch.randn(count, generator.latent)] if generator.latent else [picture]
