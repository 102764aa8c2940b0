"""From the start of a process to its result on the disk: what a person waits for who wants one small thing.

    python -m benchmarks.start_up --rounds 9

Prints the median of the seconds, and of the most megabytes that the processes held. The pictures are those of
``examples/``.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import measure

_PICTURE = Path(__file__).parents[1] / "examples" / "cat.png"


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="repetitions, of which the median counts")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "srgan --help": ["--help"],
            "srgan upscale cat.png": ["upscale", str(_PICTURE), "-o", f"{folder}/large.png", "--overwrite"],
            "srgan translate cat.png": ["translate", str(_PICTURE), "-o", f"{folder}/drawn.png", "--overwrite"],
            "srgan generate TEXT": ["generate", "a red apple with a green leaf", "-o", f"{folder}/made", "--overwrite"],
        }
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, words in commands.items():
                cost = measure([sys.executable, "-m", "srgan", *words], os.environ)
                costs[name].append((cost.wall, cost.peak))
    for name, found in costs.items():
        wall, peak = (statistics.median(values) for values in zip(*found, strict=True))
        sys.stdout.write(f"{name}: {wall:.2f} s, {peak:.0f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
