"""Upscale a folder as a batch job, the way a scheduler runs it: one program, one report, exit code as the verdict.

    python -m pipelines.upscale_folder /data/in /data/out --model x4-fidelity --report /data/report.ndjson

The job can be killed at any moment and submitted again with the same arguments: outputs are complete or absent, and
what is done is not done again. It tries again by itself when files failed for reasons that pass (time, memory).
Exit codes are those of ``srgan upscale``.
"""

import argparse
import sys
from pathlib import Path

from srgan.batch import Job, Report, Result, Summary, run
from srgan.errors import SrganError
from srgan.runtime import Target
from srgan.zoo import DEFAULT, load

_PASSING = {"crashed", "memory", "oom", "timeout", "vanished"}
"""Failures that may not happen again when the machine is less busy."""


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _work(options)
    except SrganError as error:
        _log(f"error: {error}")
        return error.exit_code


def _work(options: argparse.Namespace) -> int:
    model = load(options.model, device=options.device, precision=options.precision)
    _log(f"{model.name}: {model.device_line}")
    job = Job(
        inputs=(options.input,), output=options.output, target=Target(scale=options.scale), workers=options.workers
    )
    for attempt in range(options.attempts):
        last: dict[Path, Result] = {}
        with Report(options.report or options.output / "report.ndjson") as report:

            def finished(result: Result, report: Report = report, last: dict[Path, Result] = last) -> None:
                report.write(result)
                last[result.path] = result

            summary = run(job, model, on_result=finished, say=_log)
        _log(f"attempt {attempt + 1}: {_words(summary)}")
        retry = [result for result in last.values() if result.status == "failed" and result.code in _PASSING]
        if summary.stopped_by is not None or not retry:
            break
    for result in last.values():
        if result.status == "failed":
            _log(f"failed: {str(result.path)!r}: {result.message} [{result.code}]")
    return summary.exit_code


def _words(summary: Summary) -> str:
    return f"{summary.done} done, {summary.already} already there, {summary.failed} failed, {summary.left} left"


def _log(message: str) -> None:
    sys.stderr.write(f"upscale_folder: {message}\n")
    sys.stderr.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("input", type=Path, help="folder of pictures, searched to the bottom")
    parser.add_argument("output", type=Path, help="folder for the results; the tree is kept")
    parser.add_argument("--model", default=DEFAULT, help="name of a packaged model or path of an ONNX file")
    parser.add_argument("--scale", type=float, help="factor for both sides (the model's when absent)")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda", "tensorrt"])
    parser.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16", "fp16"])
    parser.add_argument("--workers", type=int, default=1, help="decoding processes and encoding threads")
    parser.add_argument("--attempts", type=int, default=3, choices=range(1, 11), metavar="1-10")
    parser.add_argument("--report", type=Path, help="NDJSON report (report.ndjson in the output folder when absent)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
