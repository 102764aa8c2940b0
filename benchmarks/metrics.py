"""What measuring costs: PSNR and SSIM, and LPIPS, of one pair of pictures of 2 megapixels on one core.

    SRGAN_ALEXNET_WEIGHTS=alexnet.safetensors python benchmarks/metrics.py --rounds 5

Prints the median processor time in seconds. LPIPS is left out, and named, where its weights are not at hand.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # the number of threads is read when it is loaded

from srgan.errors import SrganError
from srgan.metrics import LpipsMetric, luma, psnr, ssim


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, of which the median counts")
    rounds = parser.parse_args().rounds
    random = np.random.default_rng(0)
    fake, real = (random.integers(0, 256, (1080, 1920, 3), np.uint8) for _ in range(2))

    def signal() -> None:
        ours, theirs = luma(fake), luma(real)
        psnr(ours, theirs)
        ssim(ours, theirs)

    _say("PSNR and SSIM", _median(signal, rounds))
    try:
        lpips = LpipsMetric()
    except SrganError as error:
        sys.stderr.write(f"metrics: LPIPS is left out: {error}\n")
        return 0
    _say("LPIPS", _median(lambda: lpips(fake, real), rounds))
    return 0


def _median(work: Callable[[], object], rounds: int) -> float:
    """Seconds of one thread, after one run that does not count."""
    work()
    seconds = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def _say(name: str, seconds: float) -> None:
    sys.stdout.write(f"{name}: {seconds:.2f} s\n")


if __name__ == "__main__":
    sys.exit(main())
