"""A run file to begin with, made for the pictures that were found."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import torch

from srgan.data.finding_pictures import FoundPictures
from srgan.errors import UsageError

__all__ = ["fast_precision", "new_run_file", "run_name"]

_LARGEST_PATCH, _UNIT = 40, 8
_BEGINNINGS = {4: ("x4-fidelity", 64, 10, "2e-4")}
"""By scale: the packaged model to begin with, its channels and blocks, and a rate for what has learnt already."""


def run_name(folder: Path) -> str:
    """A name of small letters, digits, and between them ``-`` and ``_`` for the run of a folder."""
    name = re.sub(r"[^a-z0-9_]+", "-", folder.resolve().name.lower()).strip("-_")
    return name or "mine"


def fast_precision() -> str:
    """``"bf16"`` where the device that would train computes in it natively, twice as fast or more, else ``"fp32"``."""
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    # PyTorch asks the CPU since 2.11; older ones train in fp32 unless told.
    has: Mapping[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if has.get("avx512_bf16") or has.get("amx_bf16") else "fp32"


def new_run_file(name: str, folder: Path, found: FoundPictures, *, file: str, precision: str) -> str:
    """Text of a run file for super-resolution: every key that one would change, with what it is for.

    Args:
        name: of the run.
        folder: that was looked at.
        found: what is in it.
        file: name of the run file, for the commands at its head.
        precision: to train in.

    Raises:
        UsageError: the pictures are too small to cut crops from.
    """
    scale = found.scale
    patch = min(_LARGEST_PATCH, min(found.smallest) // scale // _UNIT * _UNIT)
    if patch < _UNIT:
        raise UsageError(
            f"{found.high}: the smallest picture is {_size(found.smallest)}; at x{scale} crops need at least "
            f"{_UNIT * scale} pixels a side. Leave such pictures out"
        )
    several = "" if found.count == 1 else "s"
    counted = f"{found.count} picture{several}" if found.low is None else f"{found.count} pair{several} of pictures"
    told = "found: so much larger are the full pictures" if found.low is not None else "1, 2, 3, 4 or 8"
    packaged, channels, blocks, lr = _BEGINNINGS.get(scale, (None, 48, 8, "1e-3"))
    sizes = f"{counted}, {_size(found.smallest)}"
    sizes += "" if found.largest == found.smallest else f" to {_size(found.largest)}"
    return f"""# Super-resolution x{scale}, made for {_comment(folder)}: {sizes}.
#
#   srgan train {_comment(file)} --check    what it costs here, and whether all is there
#   srgan train {_comment(file)}            trains; after an interruption the same command goes on
#   srgan export experiments/{name} -o {name}.onnx
#
# docs/training.md tells what else a run file can say, srgan train --schema all keys. Folders are seen from where the
# command is given.
name = {_text(name)}
{_line("log_every = 50", "steps between two lines of progress")}

{_beginning(packaged)}[generator]
kind = "compact"
{_line(f"scale = {scale}", told)}
{_line(f"channels = {channels}", "width and depth: more is better and slower")}
blocks = {blocks}
skip = "bicubic"
{_line("balanced = true", "no pixel grid in smooth areas")}

[[loss]]
{_line('kind = "l1"', "true to the original; for sharp ones see the stages in docs/training.md")}

[[loss]]
kind = "fft"
weight = 0.05

[data]
{_line(f"high = {_text(found.high)}", sizes)}
{_low(found)}
{_line(f"patch = {patch}", "side of a crop of the small pictures")}
{_line('licence = "unknown"', "what the pictures allow: travels with the model")}

[train]
{_line("steps = 20000", "more than ten minutes hold on most machines")}
{_line("max_minutes = 10", "ends then, with a schedule that fits; an hour or a night is better")}
batch = 16
lr = {lr}
warmup = 100
clip = 1.0
{_line(f'precision = "{precision}"', "what is fast on the machine that wrote this file")}

{_validation(found, folder)}
[checkpoint]
every = 500
"""


def _beginning(packaged: str | None) -> str:
    if packaged is None:
        return ""
    weights = _line(f"weights = {_text(packaged)}", "begins with the packaged model; without this table: afresh")
    return f"[init]\n{weights}\n\n"


def _low(found: FoundPictures) -> str:
    if found.low is None:
        return _line('# low = "..."', "no small pictures found: made by MATLAB's bicubic")
    alone = f"; without a partner, take them away: {found.unpaired}" if found.unpaired else ""
    return _line(f"low = {_text(found.low)}", f"matched by name{alone}")


def _validation(found: FoundPictures, folder: Path) -> str:
    apart = found.validation
    if apart is not None:
        low = "" if apart.low is None else f"low = {_text(apart.low)}\n"
        pictures = "picture" if apart.count == 1 else "pictures"
        high = _line(f"high = {_text(apart.high)}", f"{apart.count} {pictures}, measured during the training")
        return f"[validation]\n{high}\n{low}{_line('every = 500', 'steps')}\n{_line('crop = 384', 'their centres')}\n"
    inside = [Path()] if found.low is None else [Path(found.high.name), Path(found.low.name)]
    valid, train = (
        " and ".join(_comment(_text(folder / side / part)) for part in inside) for side in ("valid", "train")
    )
    low = "" if found.low is None else f"# low = {_comment(_text(folder / 'valid' / inside[1]))}\n"
    return (
        "# No pictures for validation were found, so nothing will say how good the model is. Move about one in ten\n"
        f"# to {valid}, the others to {train}, remove this file and have it written again:\n"
        f"# [validation]\n# high = {_comment(_text(folder / 'valid' / inside[0]))}\n{low}# every = 500\n"
    )


def _line(setting: str, comment: str) -> str:
    return f"{setting:<30} # {comment}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _text(value: Path | str) -> str:
    """As a string of TOML."""
    words = value.as_posix() if isinstance(value, Path) else value
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(value: Path | str) -> str:
    """Names with line breaks or the like must not end a comment."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))
