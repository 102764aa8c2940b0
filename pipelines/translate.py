"""Translate a folder of pictures with a model as a batch job: here, or on a Ray cluster.

    python -m pipelines.translate /data/in /data/out --model emoji-colour
    python -m pipelines.translate /data/in /data/out --model ./many.onnx --samples 4 --seed 7 --runner ray --workers 8
    ray job submit --working-dir . -- python -m pipelines.translate /data/in /data/out --runner ray --workers 8

It is killed, submitted again, retried and spread over machines as ``pipelines.upscale`` is. Exit codes are those of
``srgan translate``. More: docs/batch.md.
"""

import argparse
import sys
from dataclasses import replace

from pipelines.submission.files import job_of, run_files
from pipelines.submission.options import choice_of, files, main_of, running
from srgan.batch import Translation
from srgan.runtime import Target
from srgan.zoo import DEFAULTS


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns its exit code."""
    return main_of(_parser(), _work, arguments)


def _work(options: argparse.Namespace) -> int:
    translation = Translation(options.seed, options.samples)
    job = replace(job_of(options), target=Target(long_side=options.size), translation=translation)
    return run_files(options, job, choice_of(options, "translate"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="translate", description=(__doc__ or "").partition("\n")[0])
    files(parser)
    parser.add_argument("--size", type=int, metavar="N", help="bring the longer side to N pixels before")
    parser.add_argument("--samples", type=int, default=1, help="results a picture, of models that take noise")
    parser.add_argument("--seed", type=int, default=0, help="of that noise")
    running(parser, DEFAULTS["translate"])
    return parser


if __name__ == "__main__":
    sys.exit(main())
