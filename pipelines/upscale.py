"""Upscale a folder as a batch job, the way a scheduler runs it: one program, one report, exit code as the verdict.

    python -m pipelines.upscale /data/in /data/out --model x4-fidelity --report /data/report.ndjson
    python -m pipelines.upscale /data/in /data/out --runner ray --workers 8 --cpus 4
    ray job submit --working-dir . -- python -m pipelines.upscale /data/in /data/out --runner ray --workers 8 --gpus 0.5

The job can be killed at any moment and submitted again with the same arguments: outputs are complete or absent, and
what is done is not done again. It tries again by itself when files failed for reasons that pass (time, memory). On a
Ray cluster folders and model files must have the same paths on all machines; a worker that dies costs a retry of the
few pictures that it had in hand. Exit codes are those of ``srgan upscale``. More: docs/batch.md.
"""

import argparse
import sys
from dataclasses import replace

from pipelines.submission.files import job_of, run_files
from pipelines.submission.options import choice_of, files, main_of, running
from srgan.runtime import Finish, Target
from srgan.zoo import DEFAULT, default_model


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns its exit code."""
    return main_of(_parser(), _work, arguments)


def _work(options: argparse.Namespace) -> int:
    options.model = options.model or default_model(options.scale)
    job = replace(job_of(options), target=Target(scale=options.scale), finish=Finish(options.strength))
    return run_files(options, job, choice_of(options, "upscale"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="upscale", description=(__doc__ or "").partition("\n")[0])
    files(parser)
    parser.add_argument("--scale", type=float, help="factor for both sides (the model's when absent)")
    share = "share of the model; the rest is its fidelity model, or bicubic"
    parser.add_argument("--strength", type=float, default=1.0, metavar="0..1", help=share)
    running(parser, DEFAULT)
    parser.set_defaults(model=None)  # the scale chooses among the default models
    return parser


if __name__ == "__main__":
    sys.exit(main())
