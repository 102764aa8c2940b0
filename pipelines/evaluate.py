"""Measure every model on every set of pictures and put all figures into one table: local, or on a Ray cluster.

    python -m pipelines.evaluate /data/report --models x4-fidelity x4 bicubic --sets Set5/HR Set14/HR --lpips

Every cell (a model on a set) is written as soon as it is measured, so that the job can be killed at any moment and
submitted again with the same arguments; a cell is measured again when the model or the pictures have changed. The
report (report.json, report.csv, report.md, charts) is written at the end. Folders and model files must be the same on
all machines of a cluster. Exit codes are those of ``srgan evaluate``: 3 where a limit is broken.
"""

import argparse
import hashlib
import itertools
import json
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from srgan.batch import Cluster, ray_cluster
from srgan.errors import PictureError, SrganError, UsageError
from srgan.evaluation import (
    BenchmarkSet,
    Gate,
    Row,
    evaluate_contenders,
    lanczos,
    merge_rows,
    running_model,
    super_resolution_table,
    write_evaluation,
)
from srgan.files import atomic_write, make_folder, sha256_file
from srgan.images import list_pictures
from srgan.metrics import LpipsMetric
from srgan.zoo import find, load
from srgan.zoo.loading import is_path

_FAILED = 3
_BUILT_IN = ("bicubic", "lanczos")


@dataclass(frozen=True)
class Cell:
    """One model on one set, and how it is measured."""

    model: str
    folder: Path
    scale: int
    lpips: bool
    jobs: int

    @property
    def key(self) -> str:
        """Changes with all that the figures depend on: model file, pictures, way of measuring."""
        name = self.model.lower()
        weights = name if name in _BUILT_IN else _sha256(self.model)
        files = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in list_pictures(self.folder)]
        facts = json.dumps([weights, files, self.scale, self.lpips])
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _work(options)
    except SrganError as error:
        _log(f"error: {error}")
        return error.exit_code


def measure(cell: Cell) -> dict[str, Any]:
    """Measure one cell; the row as JSON values, with every picture.

    Raises:
        SrganError: the model or the pictures cannot be used.
    """
    contender = lanczos() if cell.model.lower() == "lanczos" else running_model(load(cell.model))
    pictures = BenchmarkSet(cell.folder, scale=cell.scale)
    lpips = LpipsMetric() if cell.lpips else None
    try:
        (row,) = evaluate_contenders([contender], pictures, lpips=lpips, jobs=cell.jobs)
    except PictureError as error:
        raise UsageError(str(error)) from error
    return row.as_dict(per_picture=True)


def _work(options: argparse.Namespace) -> int:
    gates = [Gate.parse(text) for text in options.fail_below]
    gates += [Gate.parse(text, above=True) for text in options.fail_above]
    cells = [
        Cell(model, folder.resolve(), options.scale, options.lpips, options.jobs)
        for folder, model in dict.fromkeys(itertools.product(options.sets, options.models))
    ]
    places = {cell: options.output / "cells" / f"{cell.key}.json" for cell in cells}
    missing = [cell for cell in cells if not places[cell].exists()]
    _log(f"{len(cells)} cells, {len(cells) - len(missing)} already there")
    make_folder(options.output / "cells")
    measured = _on_ray(missing, options.ray) if options.ray else _here(missing, options.workers)
    for cell, values in measured:
        with atomic_write(places[cell]) as file:
            file.write(json.dumps(values, indent=2).encode())
        _log(f"{cell.model} on {values['dataset']}: {values['psnr_y']} dB")
    rows = merge_rows([Row.from_dict(json.loads(place.read_text(encoding="utf-8"))) for place in places.values()])
    write_evaluation(options.output, rows)
    sys.stdout.write(super_resolution_table(rows) + "\n")
    failures = [failure for gate in gates for failure in gate.failures(rows)]
    for failure in failures:
        _log(f"failed: {failure}")
    return _FAILED if failures else 0


def _here(cells: Sequence[Cell], workers: int) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """The cells one after the other, or in several processes; each as soon as it and those before are measured."""
    if workers == 1:
        yield from ((cell, measure(cell)) for cell in cells)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from zip(cells, pool.map(measure, cells), strict=True)


def _on_ray(cells: Sequence[Cell], address: str) -> Iterator[tuple[Cell, dict[str, Any]]]:
    """The cells as tasks of a cluster, each as soon as it is measured."""
    if not cells:
        return
    with ray_cluster(Cluster(address, cpus=max(cell.jobs for cell in cells))) as ray:
        waiting = {ray.remote(measure).options(num_cpus=cell.jobs).remote(cell): cell for cell in cells}
        while waiting:
            done, _ = ray.wait(list(waiting), num_returns=1)
            for reference in done:
                yield waiting.pop(reference), ray.get(reference)


def _sha256(model: str) -> str:
    if is_path(model):
        path = Path(model).expanduser()
        return sha256_file(path) if path.is_file() else f"absent {path}"
    return find(model, command="upscale").sha256


def _log(message: str) -> None:
    sys.stderr.write(f"evaluate: {message}\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("output", type=Path, help="folder for the cells and the report")
    parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="names or ONNX files; also lanczos")
    parser.add_argument("--sets", nargs="+", required=True, type=Path, metavar="DIR", help="folders of full pictures")
    parser.add_argument("--scale", type=int, default=4, choices=range(1, 9), metavar="1-8")
    parser.add_argument("--lpips", action="store_true", help="measure LPIPS too (needs srgan[train])")
    parser.add_argument("--jobs", type=int, default=1, help="threads that measure in a cell; its CPUs on a cluster")
    parser.add_argument("--workers", type=int, default=1, help="cells at a time on this machine")
    parser.add_argument("--ray", metavar="ADDRESS", help="run on a Ray cluster: auto, an address, or local")
    parser.add_argument("--fail-below", nargs="*", default=[], metavar="SET.METRIC=X", help="exit with 3 below this")
    parser.add_argument("--fail-above", nargs="*", default=[], metavar="SET.METRIC=X", help="exit with 3 above this")
    return parser


if __name__ == "__main__":
    sys.exit(main())
