"""One figure a problem: a row a game, its samples over the training, and what the discriminator makes of the plane."""

import io
from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from pipelines.laboratory.playing import Played
from pipelines.laboratory.problems import Problem

__all__ = ["draw_figure"]

_SIDE = 1.55  # inches
_POINTS = "#111111"
_PICTURES = 5  # a side
_COLOURS = 64


def draw_figure(problem: Problem, runs: Mapping[str, Played]) -> bytes:
    """A PNG file.

    Points: what is generated, on the discriminator's scores, blue where it says "generated" and red where "real"; each
    panel has its own scale, around the middle of its scores, since games differ in what their scores mean. The last
    column is the truth.

    Args:
        problem: that was played.
        runs: one of each game.
    """
    columns = max(len(run.steps) for run in runs.values()) + 1
    figure = Figure(figsize=(columns * _SIDE + 0.9, len(runs) * _SIDE + 0.35), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(runs), columns, squeeze=False)
    truth = problem.draw(len(next(iter(runs.values())).samples[0]), torch.Generator().manual_seed(0)).numpy()
    for row, (game, run) in enumerate(runs.items()):
        axes[row, 0].set_ylabel(game, fontsize=9)
        for column in range(columns):
            place, last = axes[row, column], column == columns - 1
            place.set_xticks([])
            place.set_yticks([])
            if row == 0 and last:
                place.set_title("truth", fontsize=9)
            elif not last:
                place.set_title(f"step {run.steps[column]}", fontsize=8)
            samples = truth if last else run.samples[column]
            if problem.dimension == 2:
                field = None if last else run.fields[column]
                _plane(place, samples, field, problem.frame)
            else:
                _sheet(place, samples)
    drawn, content = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    # The fields are smooth and do not compress; with a palette a page of them is a third as large.
    Image.open(drawn).convert("RGB").quantize(_COLOURS).save(content, format="png", optimize=True)
    return content.getvalue()


def _plane(
    axes: Axes, samples: NDArray[np.float32], field: NDArray[np.float32] | None, frame: tuple[float, float]
) -> None:
    if field is not None:
        middle = float(np.median(field))
        reach = float(np.quantile(np.abs(field - middle), 0.95)) or 1.0
        axes.imshow(
            field,
            extent=(*frame, *frame),
            origin="lower",
            cmap="RdBu_r",
            vmin=middle - reach,
            vmax=middle + reach,
            alpha=0.55,
            interpolation="bilinear",
        )
    axes.scatter(samples[:, 0], samples[:, 1], s=1.6, c=_POINTS, linewidths=0)
    axes.set(xlim=frame, ylim=frame, aspect="equal")


def _sheet(axes: Axes, samples: NDArray[np.float32]) -> None:
    """Square pictures, the first few."""
    side = round(samples.shape[1] ** 0.5)
    few = samples[: _PICTURES**2].reshape(_PICTURES, _PICTURES, side, side)
    axes.imshow(few.swapaxes(1, 2).reshape(_PICTURES * side, -1), cmap="gray_r", vmin=0, vmax=1)
