"""Options of the programs over many pictures."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from pipelines.submission.attempts import log
from srgan.batch import Cluster, ModelChoice
from srgan.errors import SrganError
from srgan.images import Format, format_of
from srgan.runtime import Command, Precision

__all__ = ["choice_of", "cluster_of", "files", "main_of", "running"]


def main_of(
    parser: argparse.ArgumentParser, work: Callable[[argparse.Namespace], int], arguments: list[str] | None
) -> int:
    """Run a program; returns its exit code, which is that of the command line's.

    Args:
        parser: of its options.
        work: does it.
        arguments: instead of those of the process.
    """
    try:
        return work(parser.parse_args(arguments))
    except SrganError as error:
        log(f"error: {error}")
        return error.exit_code


def files(parser: argparse.ArgumentParser) -> None:
    """Add what is read and written by programs that make files of files."""
    parser.add_argument("input", type=Path, help="folder of pictures, searched to the bottom")
    parser.add_argument("output", type=Path, help="folder for the results; the tree is kept")
    parser.add_argument(
        "--manifest",
        metavar="FILE",
        help="only what this file lists, from that folder on: a path a line, NUL-separated, or JSON lines with path",
    )
    parser.add_argument("--jobs", type=int, default=1, help="decoding processes and encoding threads (of each worker)")


def running(parser: argparse.ArgumentParser, default: str) -> None:
    """Add the model, how results are written, and where it runs.

    Args:
        parser: to add to.
        default: name of the model.
    """
    parser.add_argument("--model", default=default, help="name of a packaged model or path of an ONNX file")
    parser.add_argument(
        "--device", default="auto", help="as for the srgan command: auto, cpu, cuda, cuda:1, cuda:0,cuda:1 ..."
    )
    parser.add_argument("--precision", default="auto", choices=get_args(Precision))
    parser.add_argument("--format", type=_format, help="of the results")
    parser.add_argument("--quality", type=int, choices=range(1, 101), metavar="1-100", help="of JPEG, WebP and AVIF")
    parser.add_argument("--overwrite", action="store_true", help="make results again that are already there")
    parser.add_argument("--attempts", type=int, default=3, choices=range(1, 11), metavar="1-10")
    parser.add_argument("--report", type=Path, help="NDJSON report (report.ndjson in the output folder when absent)")
    parser.add_argument("--runner", default="local", choices=["local", "ray"], help="this process, or a Ray cluster")
    cluster = parser.add_argument_group("on a Ray cluster")
    cluster.add_argument("--address", help="auto, host:port, or local (RAY_ADDRESS, inside a submitted job its own)")
    cluster.add_argument("--workers", type=int, default=2, help="processes that hold the model")
    cluster.add_argument("--cpus", type=float, default=1, help="cores, and so threads, of a worker")
    cluster.add_argument("--gpus", type=float, default=0, help="GPUs of a worker; 0.5: two workers share one")


def choice_of(options: argparse.Namespace, command: Command) -> ModelChoice:
    """The model that the options name."""
    return ModelChoice(command, options.model, options.device, options.precision)


def cluster_of(options: argparse.Namespace) -> Cluster | None:
    """The cluster that the options name; None when the work is done here."""
    if options.runner == "local":
        return None
    return Cluster(options.address, options.workers, options.cpus, options.gpus)


def _format(text: str) -> Format:
    found = format_of(text.lower())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no format; one of: {', '.join(get_args(Format)).lower()}")
    return found
