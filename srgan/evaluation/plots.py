"""Charts of quality against what it costs: perception against distortion, and distortion against computation."""

import math
from collections.abc import Sequence

from srgan.evaluation.contenders import YARDSTICKS
from srgan.evaluation.published import PUBLISHED, Published
from srgan.evaluation.super_resolution_row import Row
from srgan.reports import Point, scatter_chart

__all__ = ["cost_chart", "perception_chart", "speed_chart"]

_PUBLISHED_SCALE = 4
_PUBLISHED_LPIPS = "AlexNet"


def perception_chart(rows: Sequence[Row]) -> str | None:
    """LPIPS over PSNR (Blau and Michaeli 2018): a model is better the farther it lies to the lower right.

    Args:
        rows: of one set and scale.

    Returns:
        An SVG file, with the published points of that set in rings; None where no row has an LPIPS.
    """
    points = [
        Point(row.model, row.psnr_y, lpips, own=True)
        for row in rows
        if (lpips := row.lpips) is not None and math.isfinite(row.psnr_y)
    ]
    if not points:
        return None
    words = next(row.protocol["lpips"] for row in rows if row.lpips is not None)
    # What others published is AlexNet's.
    others = [found for found in _published(rows[0]) if found.lpips is not None and _PUBLISHED_LPIPS in words]
    points += [Point(found.model, found.psnr_y, found.lpips) for found in others if found.lpips is not None]
    return scatter_chart(
        points,
        title=f"Perception and distortion on {_set(rows[0])}",
        across="PSNR of Y, dB (truer to the right)",
        up=f"{words.removesuffix(' on whole RGB pictures')} (more alike further down)",
        notes=_notes(others),
    )


def cost_chart(rows: Sequence[Row]) -> str | None:
    """PSNR over multiplications and additions, which unlike seconds are the same on every machine.

    Args:
        rows: of one set and scale; interpolation costs nothing and becomes a level.

    Returns:
        An SVG file, with the published points of that set in rings; None where no model's cost is known.
    """
    points = [
        Point(_with_speed(row), cost, row.psnr_y, own=True)
        for row in rows
        if (cost := row.giga_multiply_adds) and math.isfinite(row.psnr_y)
    ]
    if not points:
        return None
    others = [found for found in _published(rows[0]) if found.giga_multiply_adds is not None]
    points += [
        Point(found.model, found.giga_multiply_adds, found.psnr_y)
        for found in others
        if found.giga_multiply_adds is not None
    ]
    return scatter_chart(
        points,
        title=f"Quality and computation on {_set(rows[0])}",
        across="Multiplications and additions for 1280x720, billions (logarithmic)",
        up="PSNR of Y, dB",
        logarithmic=True,
        levels=_levels(rows),
        notes=_notes(others),
    )


def speed_chart(rows: Sequence[Row]) -> str | None:
    """PSNR over measured megapixels a second: only what ran on one machine is on it.

    Args:
        rows: of one set and scale.

    Returns:
        An SVG file; None where no speed was measured.
    """
    own = [row for row in rows if row.speed and math.isfinite(row.psnr_y)]
    if not own:
        return None
    cores = own[0].speed["cores"]
    return scatter_chart(
        [Point(row.model, row.speed["megapixels_per_second"], row.psnr_y, own=True) for row in own],
        title=f"Quality and speed on {_set(rows[0])}",
        across="Megapixels of results a second (logarithmic)",
        up="PSNR of Y, dB",
        logarithmic=True,
        notes=[f"Measured on {cores:.0f} cores. " + " ".join(f"{row.model}: {row.device}." for row in own)],
    )


def _published(row: Row) -> list[Published]:
    """What was measured as the row was, as far as is known: the same set at x4 with MATLAB's bicubic."""
    if row.scale != _PUBLISHED_SCALE or not row.protocol.get("LR", "").startswith("LR by MATLAB bicubic"):
        return []
    return [found for found in PUBLISHED if found.dataset.lower() == row.dataset.lower()]


def _set(row: Row) -> str:
    return f"{row.dataset} x{row.scale}"


def _with_speed(row: Row) -> str:
    return f"{row.model} ({row.speed['megapixels_per_second']:.3g} MP/s)" if row.speed else row.model


def _levels(rows: Sequence[Row]) -> dict[str, float]:
    return {f"{row.model} {row.psnr_y:.2f}": row.psnr_y for row in rows if row.model in YARDSTICKS}


def _notes(others: Sequence[Published]) -> list[str]:
    sources = dict.fromkeys(found.source for found in others)
    if not sources:
        return []
    return [f"Filled: measured here. Rings: published, not measured here; from the {'; '.join(sources)}."]
