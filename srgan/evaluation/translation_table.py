"""Rows of translation models as a table in Markdown."""

from collections.abc import Sequence

from srgan.evaluation.translation import TranslationRow

__all__ = ["translation_table"]


def translation_table(rows: Sequence[TranslationRow], *, per_picture: bool = False) -> str:
    """The rows as a table, with the protocol and notes below it.

    Args:
        rows: at least one, all of the same pairs and protocol.
        per_picture: a second table has a row for every picture and model.
    """
    heads = {
        "PSNR (dB)": [f"{row.psnr:.2f}" for row in rows],
        "SSIM": [f"{row.ssim:.4f}" for row in rows],
        "LPIPS": [_cell(row.lpips) for row in rows],
        "sharpness distance": [f"{row.sharpness_distance:.4f}" for row in rows],
        "label accuracy": [_cell(row.label_accuracy) for row in rows],
        "mean IoU": [_cell(row.mean_iou) for row in rows],
    }
    blocks = [_table([""], [[row.model] for row in rows], heads), f"Protocol: {rows[0].protocol}."]
    blocks += [f"{row.model}: {row.note}." for row in rows if row.note]
    if per_picture:
        pairs = [
            (row.model, score)
            for scores in zip(*(row.pictures for row in rows), strict=True)
            for row, score in zip(rows, scores, strict=True)
        ]
        blocks.append(
            _table(
                ["picture", ""],
                [[score.picture, model] for model, score in pairs],
                {
                    "PSNR (dB)": [f"{score.psnr:.2f}" for _, score in pairs],
                    "SSIM": [f"{score.ssim:.4f}" for _, score in pairs],
                    "LPIPS": [_cell(score.lpips) for _, score in pairs],
                },
            )
        )
    return "\n\n".join(blocks)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _table(heads: list[str], names: list[list[str]], figures: dict[str, list[str]]) -> str:
    """Rows of names, and the figures that were measured."""
    measured = {head: cells for head, cells in figures.items() if any(cells)}
    lines = [[*heads, *measured], ["---"] * len(heads) + ["---:"] * len(measured)]
    lines += [[*name, *cells] for name, *cells in zip(names, *measured.values(), strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
