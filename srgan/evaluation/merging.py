"""Putting rows beside each other, which only those of one protocol may be."""

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from srgan.errors import UsageError
from srgan.evaluation.picture_score import METRICS
from srgan.evaluation.super_resolution_row import Row
from srgan.metrics import check_comparable

__all__ = ["merge_rows", "read_rows"]


def merge_rows(*reports: Sequence[Row]) -> list[Row]:
    """The rows of several reports as one, in their order; the same row of two of them stands once.

    Args:
        reports: rows each.

    Raises:
        ProtocolError: rows about one set were measured in different ways: other pictures, another kernel for the small
            ones, other luma. The message names all that differs.
        UsageError: a model has two different rows on one set.
    """
    merged: list[Row] = []
    for row in (row for report in reports for row in report):
        same = [other for other in merged if _key(other) == _key(row)]
        if not same:
            merged.append(row)
        elif same[0].pictures != row.pictures:
            _check(same[0], row)
            raise UsageError(
                f"{row.model} stands twice with different figures on {row.dataset} x{row.scale}: "
                f"PSNR {same[0].psnr_y:.3f} and {row.psnr_y:.3f} dB"
            )
    for one, other in combinations(merged, 2):
        if (one.dataset.lower(), one.scale) == (other.dataset.lower(), other.scale):
            _check(one, other)
    return merged


def read_rows(path: Path) -> list[Row]:
    """The rows of a report that `srgan evaluate` has written as JSON with every picture.

    Raises:
        UsageError: the file is not there, or no such report.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        return [Row.from_dict(value) for value in values]
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    except KeyError as error:
        raise UsageError(
            f"{path} lacks {error}: it must be a report with every picture (srgan evaluate --json --per-picture)"
        ) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no report of srgan evaluate: {error}") from error


def _check(one: Row, other: Row) -> None:
    """Shared aspects must agree, and those of the metrics that both have."""
    common = [name for name in METRICS if name in one.protocol and name in other.protocol]
    aspects = [*dict.fromkeys(name for row in (one, other) for name in row.protocol if name not in METRICS), *common]
    sides = [{name: row.protocol[name] for name in aspects if name in row.protocol} for row in (one, other)]
    check_comparable(*sides, what=f"{one.model} and {other.model} on {one.dataset} x{one.scale}")


def _key(row: Row) -> tuple[str, str, int]:
    return row.model, row.dataset.lower(), row.scale
