"""Small pictures of whole files as a degradation makes them, the same ones every time."""

import hashlib
import tomllib
from typing import Any

import numpy as np
import torch

from srgan.config import check_part
from srgan.data.degradations import DEGRADATIONS, make_degradation
from srgan.data.reducing import Pixels, Reduction
from srgan.errors import PictureError, UsageError

__all__ = ["degradation_table", "degrading"]

_KEY = "--degradation"


def degradation_table(text: str) -> dict[str, Any]:
    """A degradation as one writes it in one line, checked.

    Args:
        text: ``light``, or a table as in a run file: ``{ kind = "light", clean = 0 }``.

    Raises:
        UsageError: it is not TOML, or there is no such kind or option.
    """
    try:
        table = tomllib.loads(f"value = {text}")["value"] if text.lstrip().startswith("{") else {"kind": text.strip()}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f'{_KEY} {text}: write {{ kind = "light", clean = 0 }}: {error}') from None
    options = check_part(DEGRADATIONS, table, source=_KEY, key="degradation")
    return {"kind": table["kind"], **options}


def degrading(table: dict[str, Any], *, scale: int, seed: int = 0) -> Reduction:
    """The degradation of a checked table as a reduction of whole pictures of 8 bits.

    What happens to a picture depends on the seed and the picture's place in its folder, never on the other pictures.

    Args:
        table: of `degradation_table`.
        scale: pixels per small pixel.
        seed: another one, another wear.
    """
    degradation = make_degradation(table)

    def reduce(pixels: Pixels, place: str) -> Pixels:
        if pixels.dtype != np.uint8:
            raise PictureError("format_not_allowed", "a degradation is for pictures of 8 bits; this one has 16")
        name = int.from_bytes(hashlib.sha256(place.encode("utf-8", errors="surrogateescape")).digest()[:8])
        high = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None].float() / 255
        low = degradation(high, scale=scale, random=np.random.default_rng([seed, name]))
        return low[0].permute(1, 2, 0).mul(255).round().byte().numpy()

    return reduce
