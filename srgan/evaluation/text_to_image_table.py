"""Text-to-image models as a table, between real pictures and shuffled captions."""

from collections.abc import Sequence

from srgan.evaluation.estimates import Estimate, Spread
from srgan.evaluation.text_to_image_row import TextToImageRow
from srgan.metrics import KernelDistance

__all__ = ["text_to_image_table"]

_HEADS = {
    "r_precision": "R-precision",
    "normalised": "normalised",
    "kernel_distance": "kernel distance",
    "diversity": "diversity (quartiles)",
    "nearest_training": "nearest training picture (quartiles)",
}


def text_to_image_table(rows: Sequence[TextToImageRow], *, per_picture: bool = False) -> str:
    """Rows of models, each with its floor, below those of the real pictures of the same size; then the protocols.

    Args:
        rows: at least one, all of the same captions and judge.
        per_picture: a second table has a row for every caption and model.
    """
    lines: list[dict[str, str]] = []
    blocks, size = [], None
    for row in rows:
        if row.size != size:
            size = row.size
            lines.append(_real(row))
            names = " and ".join(other.model for other in rows if other.size == size)
            blocks += [f"{_HEADS[key]}, {names}: {words}." for key, words in row.protocol.items()]
        lines += [_own(row), {"": f"{row.model}, shuffled captions (floor)", **_precision(row.floor, "0")}]
    blocks += [f"{row.model}: {row.note}." for row in rows if row.note]
    heads = [head for head in _HEADS.values() if any(line.get(head) for line in lines)]
    table = _table(["", *heads], [[line.get(head, "") for head in ("", *heads)] for line in lines])
    if per_picture:
        blocks.append(_captions(rows))
    return "\n\n".join([table, *blocks])


def _real(row: TextToImageRow) -> dict[str, str]:
    return {
        "": f"real pictures of {row.size}x{row.size} (ceiling)",
        **_precision(row.ceiling, "1"),
        _HEADS["kernel_distance"]: _distance(row.kernel_distance_real),
        _HEADS["nearest_training"]: _spread(row.nearest_training_real),
    }


def _own(row: TextToImageRow) -> dict[str, str]:
    known = row.normalised.value == row.normalised.value  # not so where it is no number
    return {
        "": row.model,
        **_precision(row.r_precision, _estimate(row.normalised) if known else "none"),
        _HEADS["kernel_distance"]: _distance(row.kernel_distance),
        _HEADS["diversity"]: _spread(row.diversity),
        _HEADS["nearest_training"]: _spread(row.nearest_training),
    }


def _precision(found: Estimate, normalised: str) -> dict[str, str]:
    return {_HEADS["r_precision"]: _estimate(found), _HEADS["normalised"]: normalised}


def _captions(rows: Sequence[TextToImageRow]) -> str:
    scores = [
        (row.model, score)
        for each in zip(*(row.each for row in rows), strict=True)
        for row, score in zip(rows, each, strict=True)
    ]
    cells = [
        [
            score.caption.replace("|", "\\|"),
            model,
            f"{score.r_precision:.2f}",
            "" if score.diversity is None else f"{score.diversity:.4f}",
        ]
        for model, score in scores
    ]
    return _table(["caption", "", "R-precision", "diversity"], cells)


def _table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    ruled = [heads, ["---"] * len(heads), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in ruled)


def _estimate(found: Estimate) -> str:
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def _distance(found: KernelDistance) -> str:
    return f"{found.value:.5f} ± {found.error:.5f}"


def _spread(found: Spread | None) -> str:
    if found is None:
        return ""
    return f"{found.mean:.3f} ({found.lower:.3f}, {found.median:.3f}, {found.upper:.3f})"
