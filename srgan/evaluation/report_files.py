"""A folder with all that an evaluation has found."""

import json
from collections.abc import Sequence
from pathlib import Path

from srgan.evaluation.plots import cost_chart, perception_chart, speed_chart
from srgan.evaluation.super_resolution_row import Row
from srgan.evaluation.super_resolution_table import SHOWN, super_resolution_csv, super_resolution_table
from srgan.files import atomic_write, make_folder

__all__ = ["write_evaluation"]


def write_evaluation(folder: Path, rows: Sequence[Row], *, metrics: Sequence[str] = SHOWN) -> list[Path]:
    """Write ``report.json``, ``report.csv``, ``report.md`` and the charts for which there are figures.

    Args:
        folder: made if need be; files of earlier reports are replaced.
        rows: at least one, comparable (`srgan.evaluation.merge_rows`).
        metrics: the columns of the table.

    Returns:
        The files.

    Raises:
        OutputError: one cannot be written.
    """
    texts: dict[str, str | None] = {
        "report.json": json.dumps([row.as_dict(per_picture=True) for row in rows], indent=2) + "\n",
        "report.csv": super_resolution_csv(rows),
        "report.md": super_resolution_table(rows, metrics=metrics, per_picture=True) + "\n",
    }
    for dataset, scale in dict.fromkeys((row.dataset, row.scale) for row in rows):
        own = [row for row in rows if (row.dataset, row.scale) == (dataset, scale)]
        texts[f"perception_{dataset}_x{scale}.svg"] = perception_chart(own)
        texts[f"computation_{dataset}_x{scale}.svg"] = cost_chart(own)
        texts[f"speed_{dataset}_x{scale}.svg"] = speed_chart(own)
    make_folder(folder)
    written = []
    for name, text in texts.items():
        if text is not None:
            with atomic_write(folder / name) as file:
                file.write(text.encode("utf-8", errors="replace"))
            written.append(folder / name)
    return written
