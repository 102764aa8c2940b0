"""Where things lie that can be made again: compiled models, downloads."""

import os
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """The user's folder for them: ``XDG_CACHE_HOME``, else ``~/.cache``; it need not be there yet."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
