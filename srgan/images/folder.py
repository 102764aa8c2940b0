"""The pictures of a folder."""

from pathlib import Path

from srgan.errors import UsageError
from srgan.files import Found, walk
from srgan.images.formats import FORMATS

__all__ = ["list_pictures"]


def list_pictures(folder: Path, *, key: str | None = None) -> list[Path]:
    """All files with the suffix of a readable format in a folder and its sub-folders, sorted by path.

    Args:
        folder: where to look.
        key: the run-file key or option that names the folder, for messages.

    Raises:
        UsageError: the folder is not there, or holds no picture.
    """
    prefix = f"{key}: " if key else ""
    if not folder.is_dir():
        seen = "" if folder.is_absolute() else f" (seen from {Path.cwd()})"
        raise UsageError(f"{prefix}the folder {folder} is not there{seen}")
    found = (item for item in walk([folder]) if isinstance(item, Found))
    paths = sorted(item.path for item in found if item.path.suffix.lower() in FORMATS)
    if not paths:
        raise UsageError(f"{prefix}no picture in {folder} (known: {', '.join(sorted(FORMATS))})")
    return paths
