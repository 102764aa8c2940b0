"""Make the pictures that a file of texts or classes asks for as a batch job: here, or on a Ray cluster.

    python -m pipelines.generate captions.jsonl /data/out --model emoji-text --count 4 --seed 7
    python -m pipelines.generate captions.jsonl /data/out --upscale x4-fidelity --runner ray --workers 8
    ray job submit --working-dir . -- python -m pipelines.generate captions.jsonl /data/out --runner ray --workers 8

The file has a text a line (for models of classes a class), or is .jsonl as ``srgan generate --captions`` reads it.
Every picture says how it was made, so that the job can be killed at any moment and submitted again with the same
arguments; it tries again by itself when pictures failed for reasons that pass. Exit codes are those of ``srgan
generate``. More: docs/batch.md.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from pipelines.submission.attempts import log, repeat
from pipelines.submission.options import choice_of, cluster_of, main_of, running
from srgan.batch import (
    Generation,
    ModelChoice,
    Request,
    Wish,
    draw,
    draw_on_ray,
    name_pictures,
    read_captions,
    requests_of,
)
from srgan.images import suffix_for
from srgan.runtime import Precision
from srgan.zoo import DEFAULTS


def main(arguments: list[str] | None = None) -> int:
    """Run the job; returns its exit code."""
    return main_of(_parser(), _work, arguments)


def _work(options: argparse.Namespace) -> int:
    cluster = cluster_of(options)
    choice = choice_of(options, "generate")
    # The same seed makes the same picture everywhere, which half precision would not.
    precision: Precision = "fp32" if options.precision == "auto" else options.precision
    enlarger = ModelChoice("upscale", options.upscale, options.device, precision) if options.upscale else None
    wishes: dict[str, Any] = {"format": options.format or "PNG", "quality": options.quality}
    wishes |= {"truncation": options.truncation, "overwrite": options.overwrite}
    if cluster is None:
        model = choice.load()
        log(f"{model.name}: {model.device_line}")
    else:
        choice, model = choice.settled()
        enlarger = enlarger and enlarger.settled()[0]
    usual = Wish(count=options.count, seed=options.seed)
    requests = requests_of(read_captions(str(options.captions), usual, classes=bool(model.metadata.classes)), model)
    usable = [request for request in requests if isinstance(request, Request)]
    named = dict(zip(usable, name_pictures(usable, options.output, suffix_for(wishes["format"])), strict=True))
    outs = [named[request] if isinstance(request, Request) else [] for request in requests]
    if cluster is None:
        how = Generation(model, enlarger.load() if enlarger else None, **wishes)
        return repeat(options, lambda told: draw(requests, outs, how, on_result=told, say=log))
    return repeat(
        options,
        lambda told: draw_on_ray(requests, outs, choice, enlarger, cluster, on_result=told, say=log, **wishes),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="generate", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("captions", type=Path, help="file with what is asked for")
    parser.add_argument("output", type=Path, help="folder for the pictures")
    parser.add_argument("--count", type=int, default=1, help="pictures of each text that says nothing about it")
    parser.add_argument("--seed", type=int, default=0, help="of the noise, likewise")
    parser.add_argument("--truncation", type=float, help="noise beyond it is drawn again")
    parser.add_argument("--upscale", metavar="MODEL", help="enlarge the pictures with this model")
    running(parser, DEFAULTS["generate"])
    return parser


if __name__ == "__main__":
    sys.exit(main())
