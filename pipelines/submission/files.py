"""Jobs that make files of files: upscaling and translating."""

import argparse

from pipelines.submission.attempts import log, repeat
from pipelines.submission.options import cluster_of
from srgan.batch import Job, ModelChoice, run, run_on_ray
from srgan.files import read_manifest

__all__ = ["job_of", "run_files"]


def job_of(options: argparse.Namespace) -> Job:
    """What the shared options say of a job."""
    return Job(
        inputs=() if options.manifest else (options.input,),
        listed=read_manifest(options.manifest, options.input) if options.manifest else (),
        output=options.output,
        format=options.format,
        quality=options.quality,
        overwrite=options.overwrite,
        workers=options.jobs,
    )


def run_files(options: argparse.Namespace, job: Job, choice: ModelChoice) -> int:
    """Do the job where the options say; returns the exit code.

    Args:
        options: of `pipelines.submission.options`.
        job: what to do.
        choice: what runs.
    """
    cluster = cluster_of(options)
    if cluster is not None:
        return repeat(options, lambda told: run_on_ray(job, choice, cluster, on_result=told, say=log))
    model = choice.load()
    log(f"{model.name}: {model.device_line}")
    for note in model.notes:
        log(note)
    return repeat(options, lambda told: run(job, model, on_result=told, say=log))
