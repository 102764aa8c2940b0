"""Names of video files, and of what is made of them."""

from pathlib import Path

from srgan.errors import UsageError

__all__ = ["CONTAINERS", "clip_output", "is_clip"]

CONTAINERS = {".m4v": "mp4", ".mkv": "matroska", ".mov": "mov", ".mp4": "mp4"}
"""Suffixes that results can have -> FFmpeg's name of the container."""

_READ = {*CONTAINERS, ".avi", ".flv", ".mpeg", ".mpg", ".mts", ".ts", ".webm", ".wmv"}


def is_clip(name: str | Path) -> bool:
    """Whether a name promises a video."""
    return Path(name).suffix.lower() in _READ


def clip_output(path: Path, tag: str, output: Path | None) -> Path:
    """The result of a video: ``clip.mp4`` -> ``clip_x4.mp4``; of kinds that are only read ``clip_x4.mkv``.

    Args:
        path: the video.
        tag: what marks results beside their inputs.
        output: a folder, or the file itself; None: beside the input.

    Raises:
        UsageError: the result would have an unknown suffix, or be the input.
    """
    suffix = path.suffix if path.suffix.lower() in CONTAINERS else ".mkv"
    if output is None:
        return path.with_name(path.stem + tag + suffix)
    if not output.suffix or output.is_dir():
        output = output / (path.stem + suffix)
    if output.suffix.lower() not in CONTAINERS:
        raise UsageError(f"--output {output} is no kind of video that can be written: {', '.join(CONTAINERS)}")
    if output.absolute() == path.absolute():
        raise UsageError(f"--output {output} is the input itself; choose another one")
    return output
