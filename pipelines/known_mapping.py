"""Does a training without pairs find a mapping that is known? A check of unpaired translation on any pictures.

    python -m pipelines.known_mapping photos --output mapping

Target pictures are source pictures whose hue was turned by 120 degrees, which gives every pixel's red to green, green
to blue and blue to red: the true mapping is known exactly, and can be undone. CycleGAN gets sources and targets in
orders of their own, without telling which belong together; its supervised twin, the same generator from the same start
for as many steps, gets pairs. With ``--disjoint`` CycleGAN's targets are made of other pictures than its sources are,
whose colours differ by chance, and it learns that difference too. Both are measured on pictures that neither has seen:
PSNR of RGB against the true mapping, in dB. The output folder gets the pictures, both runs and ``known_mapping.json``.
About 10 minutes on one CPU core.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from srgan.data import load_pictures
from srgan.data.backgrounds import laid_on
from srgan.errors import SrganError, UsageError
from srgan.files import atomic_write
from srgan.images import Picture, PictureInfo, list_pictures, save
from srgan.metrics import psnr

__all__ = ["main"]

_SIDE = 64
_LEAST = 6
_MOST = 60.0
_COMMON = """
[generator]
kind = "resnet"
width = 16
blocks = 2
downsamplings = 0
norm = "none"

[data]
source = "{folder}/{kind}/source"
target = "{folder}/{kind}/target"
size = 32

[[loss]]
kind = "l1"
weight = 10

[train]
steps = {steps}
batch = 8
lr = 5e-4
final_lr = 5e-6
betas = [0.5, 0.99]
ema = 0.995

[validation]
source = "{folder}/held_out/source"
target = "{folder}/held_out/target"
every = {steps}

[checkpoint]
every = {steps}
"""
_TWIN = 'name = "supervised"\ntask = "paired_translation"\nlog_every = 200\n' + _COMMON
_CYCLE = (
    'name = "cycle"\ntask = "unpaired_translation"\nlog_every = 200\n'
    + _COMMON
    + """
[cycle]
identity = 0.0

[discriminator]
kind = "patch"
width = 32
layers = 1
norm = "none"

[adversarial]
objective = "lsgan"
weight = 1.0
lr = 5e-4
betas = [0.5, 0.99]
penalty = [{{ kind = "r1", gamma = 0.1, every = 4 }}]
"""
)


def main(arguments: list[str] | None = None) -> int:
    """Train both and compare; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        result = compare(options.pictures, options.output, steps=options.steps, disjoint=options.disjoint)
    except SrganError as error:
        sys.stderr.write(f"known_mapping: error: {error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def compare(pictures: Path, output: Path, *, steps: int, disjoint: bool = False) -> dict[str, Any]:
    """Train CycleGAN and its supervised twin.

    Args:
        pictures: a folder.
        output: gets everything.
        steps: of either training.
        disjoint: CycleGAN's targets are made of other pictures than its sources.

    Returns:
        Mean PSNR (dB) of both, that of the untranslated source, and what they were measured on.

    Raises:
        UsageError: too few pictures, or they cannot be read.
    """
    from srgan.training import Trainer, load_run

    output = output.absolute()
    held_out = _write_pictures(pictures, output, disjoint=disjoint)
    # Grey pictures are what they become.
    untranslated = float(np.mean([min(psnr(picture, turned(picture)), _MOST) for picture in held_out]))
    found: dict[str, Any] = {
        "steps": steps,
        "disjoint": disjoint,
        "pictures": len(held_out),
        "untranslated": untranslated,
    }
    for kind, text in {"supervised": _TWIN, "cycle": _CYCLE}.items():
        file = output / f"{kind}.toml"
        folder = "pairs" if kind == "supervised" else "apart"
        with atomic_write(file) as opened:
            opened.write(text.format(folder=output.as_posix(), kind=folder, steps=steps).encode())
        run = load_run(file, (f"output={output / 'runs'}",))
        Trainer(run).train()
        log = [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]
        found[kind] = [entry["validation"]["psnr"] for entry in log if "validation" in entry][-1]
    with atomic_write(output / "known_mapping.json") as opened:
        opened.write((json.dumps(found, indent=2) + "\n").encode())
    return found


def turned(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The hue turned by 120 degrees: ``(..., 3)``, red becomes green, green blue, blue red."""
    return np.ascontiguousarray(pixels[..., [2, 0, 1]])


def _write_pictures(pictures: Path, output: Path, *, disjoint: bool) -> NDArray[np.uint8]:
    """Sources and targets: as pairs, for the game without pairs, and of held-out pictures, which are returned."""
    paths = list_pictures(pictures, key="pictures")
    if len(paths) < _LEAST:
        raise UsageError(f"{pictures} has {len(paths)} pictures; it takes at least {_LEAST}")
    store = load_pictures(paths, size=_SIDE, key="pictures")
    squares = laid_on(store.pixels, np.full(3, 255, np.uint8))
    held_out = max(1, len(squares) // 5)
    learnt = squares[held_out:]
    sets = {
        "held_out": (squares[:held_out], turned(squares[:held_out])),
        "pairs": (learnt, turned(learnt)),
        "apart": (learnt[::2], turned(learnt[1::2])) if disjoint else (learnt, turned(learnt)),
    }
    for name, sides in sets.items():
        for side, content in zip(("source", "target"), sides, strict=True):
            folder = output / name / side
            folder.mkdir(parents=True, exist_ok=True)
            for index, pixels in enumerate(content):
                save(Picture(np.ascontiguousarray(pixels), info=PictureInfo("PNG")), folder / f"{index:05d}.png")
    return sets["held_out"][0]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pictures", type=Path, help="folder of pictures, searched to the bottom")
    parser.add_argument("--output", type=Path, default=Path("mapping"), help="folder for pictures, runs and result")
    parser.add_argument("--steps", type=int, default=4000, help="of either training")
    parser.add_argument("--disjoint", action="store_true", help="targets of CycleGAN are made of other pictures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
