"""How models take pictures that have been worn a little: a table over kinds of wear.

    python -m benchmarks.degraded --hr Set5/HR --hr Set14/HR -m x4-fidelity -m x4 -m bicubic

The small pictures are those of ``srgan data make-lr --degradation``, and the figures those of ``srgan evaluate --lr``.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from srgan.cli.contenders import load_contenders
from srgan.data.degraded_files import degradation_table, degrading
from srgan.data.reducing import make_low
from srgan.evaluation import BenchmarkSet, Contender, Row, evaluate_contenders
from srgan.images import list_pictures
from srgan.metrics import LpipsMetric

__all__ = ["CASES", "measured", "table"]

_ONLY = '{{ kind = "light", clean = 0, blur = {}, area = 0, grain = {}, compressed = {}, {} }}'

CASES = {
    "bicubic": "bicubic",
    "JPEG 90": _ONLY.format(0, 0, 1, "jpeg = [90, 90]"),
    "JPEG 75": _ONLY.format(0, 0, 1, "jpeg = [75, 75]"),
    "noise 2": _ONLY.format(0, 1, 0, "noise = [2, 2], grey = 0"),
    "blur 0.5": _ONLY.format(1, 0, 0, "sigma = [0.5, 0.5]"),
    "light": '{ kind = "light", clean = 0 }',
}
"""Each kind of wear as ``--degradation`` takes it: one at a time, then all together as in the training of x4."""

Rows = dict[str, dict[str, list[Row]]]
"""By set and kind of wear."""

_SCALE = 4


def main(arguments: Sequence[str]) -> None:
    """Measure, and print a table for each set: PSNR of Y (dB) / LPIPS of every model and kind of wear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hr", type=Path, action="append", required=True, help="folder of full pictures; repeatable")
    parser.add_argument("-m", "--model", action="append", required=True, help="as for srgan evaluate; repeatable")
    parser.add_argument("--seed", type=int, default=0, help="of the degradations [0]")
    parser.add_argument("--case", action="append", choices=CASES, help="only this kind of wear; repeatable")
    parser.add_argument("--json", type=Path, help="also write the rows there, with every picture")
    options = parser.parse_args(arguments)
    contenders = load_contenders(options.model)
    found: Rows = {}
    for high in options.hr:
        for case in options.case or CASES:
            sys.stderr.write(f"{high}: {case}\n")
            for row in measured(contenders, high, case, seed=options.seed):
                found.setdefault(row.dataset, {}).setdefault(case, []).append(row)
    if options.json:
        values = {
            name: {case: [row.as_dict(per_picture=True) for row in rows] for case, rows in cases.items()}
            for name, cases in found.items()
        }
        options.json.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write("\n\n".join(table(name, cases) for name, cases in found.items()) + "\n")


def measured(contenders: Sequence[Contender], high: Path, case: str, *, seed: int = 0) -> list[Row]:
    """The rows of all contenders on the pictures of a folder, worn as one of `CASES` says.

    Raises:
        SystemExit: a picture cannot be used.
    """
    reduction = degrading(degradation_table(CASES[case]), scale=_SCALE, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        low = Path(folder) / "low"
        for made in make_low(list_pictures(high), high, low, scale=_SCALE, reduction=reduction):
            if made.state == "failed":
                raise SystemExit(f"{made.source}: {made.message}")
        return evaluate_contenders(contenders, BenchmarkSet(high, scale=_SCALE, low=low), lpips=LpipsMetric())


def table(name: str, cases: dict[str, list[Row]]) -> str:
    """Models down, kinds of wear across, in Markdown.

    Args:
        name: of the set.
        cases: the rows of every model, in one order, by the kind of wear.
    """
    lines = [f"| {name} x{_SCALE}, PSNR (dB) / LPIPS | {' | '.join(cases)} |", f"|---{'|---:' * len(cases)}|"]
    for own in zip(*cases.values(), strict=True):
        cells = [f"{row.psnr_y:.2f} / {row.lpips or 0:.3f}" for row in own]
        lines.append(f"| `{own[0].model}` | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
