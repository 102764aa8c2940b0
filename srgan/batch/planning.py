"""Deciding, before anything is written, what each input becomes."""

import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from srgan.batch.job import Item, Job, Result
from srgan.errors import NothingToDoError, PictureError, UsageError
from srgan.files import Found, Ignored, default_output, plan_outputs, walk
from srgan.images import Format, format_of, has_picture_suffix, sniff, suffix_for

__all__ = ["output_is_file", "plan"]

_WORDS = {
    "hidden": "hidden files are not looked at",
    "not_regular": "not a regular file",
    "output": "the output folder of this job",
    "permission": "no permission to read it",
    "symlink": "a link that leads out of the input folder",
    "vanished": "it is not there (any more)",
    "visited": "the folder was already searched under another name",
}


def plan(job: Job, scale: int) -> tuple[list[Item], list[Result]]:
    """Find the inputs and choose their outputs.

    Args:
        job: what to do.
        scale: the model's, for the names of the outputs.

    Returns:
        The outputs to make, in order; and what is no picture or cannot be reached, with the reason.

    Raises:
        UsageError: an input is not there, or several inputs for one output file.
        NothingToDoError: there is nothing that could be a picture.
    """
    tag = job.tag or job.target.tag or f"_x{scale}"
    copies = 1 if job.translation is None else job.translation.samples
    folder = None if output_is_file(job) else job.output
    found, results = _search(job, tag, folder)
    if folder is None and job.output is None:
        found = _without_outputs(found, tag, results, numbered=job.translation is not None)
    formats = []
    pictures = []
    for file in found:
        kind, result = _format(file)
        if result is not None:
            results.append(result)
            continue
        pictures.append(file)
        formats.append(job.format or kind or "PNG")
    if job.output is not None and folder is None:
        if len(pictures) > 1:
            raise UsageError(f"--output {job.output} is one file, but there are {len(pictures)} inputs; name a folder")
        if copies > 1:
            raise UsageError(f"--output {job.output} is one file, but there are {copies} samples; name a folder")
        named = job.format or format_of(job.output.name) or formats[0]
        return _counted(job, [Item(file, job.output, named, None) for file in pictures], results)
    if not pictures and not any(result.status == "failed" for result in results):
        places = [repr(str(name)) for name in job.inputs] + ["the list of inputs"] * bool(job.listed)
        raise NothingToDoError("no picture was found in " + (", ".join(places) or "an empty list of inputs"))
    suffixes = [suffix_for(kind, file.path.name) for kind, file in zip(formats, pictures, strict=True)]
    outs = plan_outputs(pictures, suffixes, tag=tag, output=folder, copies=copies)
    homes = [folder or (None if file.root is None else default_output(file.root, tag)) for file in pictures]
    items = [
        Item(pictures[number], out, formats[number], homes[number], sample)
        for out, (number, sample) in zip(outs, product(range(len(pictures)), range(copies)), strict=True)
    ]
    return _counted(job, items, results)


def _counted(job: Job, items: list[Item], results: list[Result]) -> tuple[list[Item], list[Result]]:
    """What the job's choice among the inputs leaves."""
    if job.only is None:
        return items, results
    chosen = [item for item in items if item.found.path.absolute() in job.only]
    return chosen, [result for result in results if result.path.absolute() in job.only]


def output_is_file(job: Job) -> bool:
    """Whether the output names a file: it has the suffix of a picture, and is no folder."""
    if job.output is None or not job.output.suffix or job.output.is_dir():
        return False
    return format_of(job.output.suffix) is not None


def _search(job: Job, tag: str, folder: Path | None) -> tuple[list[Found], list[Result]]:
    exclude = [folder] if folder else []
    if folder and any(folder.exists() and Path(name).is_dir() and folder.samefile(name) for name in job.inputs):
        raise UsageError(f"--output {folder} is the input folder itself; choose another one")
    if job.output is None:
        exclude += [default_output(name, tag) for name in job.inputs if Path(name).is_dir()]
    found: list[Found] = []
    results: list[Result] = []
    for entry in walk(job.inputs, listed=job.listed, exclude=exclude):
        if isinstance(entry, Ignored):
            status = "failed" if entry.failed else "skipped"
            results.append(Result(entry.path, status, entry.reason, _WORDS.get(entry.reason, entry.reason)))  # type: ignore[arg-type]
        else:
            found.append(entry)
    return found, results


def _without_outputs(found: Iterable[Found], tag: str, results: list[Result], *, numbered: bool = False) -> list[Found]:
    """Leave out files that an earlier run made of others: `a_x4.png` when `a.png` is there too (`*.png` finds both)."""
    ending = re.compile(re.escape(tag) + (r"(_\d+)?" if numbered else "") + r"\Z")
    found = list(found)
    stems = {file.path.with_name(file.path.stem) for file in found if file.root is None}
    kept = []
    for file in found:
        stem = file.path.stem
        source = ending.sub("", stem)
        if file.root is None and source not in ("", stem) and file.path.with_name(source) in stems:
            results.append(Result(file.path, "skipped", "output", "an output of another input"))
        else:
            kept.append(file)
    return kept


def _format(file: Found) -> tuple[Format | None, Result | None]:
    """The format by content; or the result of a file that is not taken. Broken pictures are taken, to fail by name."""
    try:
        kind = sniff(file.path)
    except PictureError as error:
        return None, Result(file.path, "failed", error.code, error.message)
    if kind is None and not has_picture_suffix(file.path.name):
        return None, Result(file.path, "skipped", "ignored", "not a picture")
    return kind or format_of(file.path.name), None
