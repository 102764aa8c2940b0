"""Rows as an evaluation gives them, with figures that tests know."""

from srgan.evaluation import PictureScore, Row, metric_protocol

__all__ = ["row"]


def row(
    model: str = "net",
    *,
    psnr: tuple[float, ...] = (28.0, 30.0, 26.0),
    lpips: tuple[float, ...] | None = None,
    dataset: str = "Set14",
    scale: int = 4,
    backbone: str = "LPIPS v0.1 AlexNet",
    **protocol: str,
) -> Row:
    """A row of pictures ``1.png``, ``2.png`` ... with these figures, measured in the usual way."""
    scores = tuple(
        PictureScore(f"{place + 1}.png", value, value / 40, lpips=None if lpips is None else lpips[place])
        for place, value in enumerate(psnr)
    )
    shared = {
        "pictures": f"{len(psnr)} pictures of {dataset} (pixels 0123456789ab)",
        "LR": f"LR by MATLAB bicubic 1/{scale}, 8-bit after each pass",
    }
    return Row(
        model,
        dataset,
        scale,
        len(psnr),
        {**shared, **metric_protocol(scores, scale, backbone), **protocol},
        "CPU",
        scores,
    )
