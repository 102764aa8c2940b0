"""What `--strength` trades: PSNR and LPIPS between a perceptual model and what it is mixed with, on benchmark pictures.

    SRGAN_ALEXNET_WEIGHTS=alexnet.safetensors python -m benchmarks.strength --hr Set5/HR --hr Set14/HR -m x4

Prints a Markdown table, with the protocol of `srgan evaluate` (fp32).
"""

import argparse
import sys
from pathlib import Path
from statistics import fmean

from srgan.evaluation import BenchmarkSet, score_picture
from srgan.metrics import LpipsMetric
from srgan.runtime import Finish, Model, enlarge
from srgan.zoo import load

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def table(model: Model, sets: list[BenchmarkSet], lpips: LpipsMetric) -> list[str]:
    """One line a strength; for each set the mean PSNR of luma (dB) and LPIPS.

    Args:
        model: what is mixed with its counterpart, or with bicubic.
        sets: pictures at its scale.
        lpips: measures.
    """
    heads = [f"{one.name}, {figure}" for one in sets for figure in ("PSNR", "LPIPS")]
    rows = ["| strength | " + " | ".join(heads) + " |", "|---:" * (1 + len(heads)) + "|"]
    for strength in STRENGTHS:
        cells = [f"{strength:g}"]
        for one in sets:
            scores = []
            for picture in one:
                result = enlarge(model, picture.small, finish=Finish(strength), size=picture.real.shape[:2])
                scores.append(score_picture(picture, result, scale=one.scale, lpips=lpips))
            known = [score.lpips for score in scores if score.lpips is not None]
            cells += [f"{fmean(score.psnr_y for score in scores):.2f}", f"{fmean(known):.3f}"]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hr", type=Path, action="append", required=True, help="folder of full pictures")
    parser.add_argument("-m", "--model", required=True, help="name of a packaged model")
    options = parser.parse_args(arguments)
    model = load(options.model, device="cpu", precision="fp32")
    sets = [BenchmarkSet(folder, scale=model.scale) for folder in options.hr]
    sys.stdout.write("\n".join(table(model, sets, LpipsMetric())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
