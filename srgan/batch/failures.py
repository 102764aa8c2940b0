"""Reading the report of an earlier run: which inputs failed there."""

import base64
import json
import os
from pathlib import Path
from typing import Any

from srgan.errors import UsageError

__all__ = ["failed_inputs"]


def failed_inputs(report: Path) -> frozenset[Path]:
    """The inputs that a report calls failed, as absolute paths; the last line about an input counts.

    Args:
        report: as `srgan.batch.Report` writes it. Its relative paths count from the current folder, as they did for the
            run that wrote it.

    Raises:
        UsageError: it cannot be read, or is no report.
    """
    status: dict[Path, str] = {}
    try:
        with report.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not line.startswith(b'{"stats":'):
                    path, status_now = _row(line, f"{report}:{number}")
                    status[path] = status_now
    except OSError as error:
        raise UsageError(f"the report {str(report)!r} cannot be read: {error.strerror or error}") from error
    return frozenset(path for path, last in status.items() if last == "failed")


def _row(line: bytes, place: str) -> tuple[Path, str]:
    try:
        row: dict[str, Any] = json.loads(line)
        coded = row.get("path_b64")
        path = str(row["path"]) if coded is None else os.fsdecode(base64.b64decode(coded, validate=True))
        return Path(path).absolute(), str(row["status"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(f"{place} is no line of a report: --retry-failed takes what --report wrote") from error
