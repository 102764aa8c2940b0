"""``srgan evaluate``: measure models on a folder of pictures."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from srgan.cli.extras import needs_extra

if TYPE_CHECKING:
    from srgan.evaluation import PictureScore, Row
    from srgan.runtime import Device, Precision

__all__ = ["evaluate"]


@click.command(short_help="Measure models on a folder of pictures.")
@click.option("--hr", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Folder of full pictures.")
@click.option("--lr", type=click.Path(path_type=Path), metavar="DIR", help="Small pictures; else made by bicubic.")
@click.option("-s", "--scale", type=click.IntRange(1, 8), default=4, show_default=True, help="Reduction.")
@click.option("-m", "--model", "models", multiple=True, help="Name, .onnx file or bicubic; may be repeated.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True)
@click.option("--precision", type=click.Choice(["auto", "fp32", "bf16", "fp16"]), default="auto", show_default=True)
@click.option("--grey-as-y", is_flag=True, help="Take one-channel files as Y (older tables) instead of as RGB.")
@click.option("--lpips", is_flag=True, help="Measure LPIPS too (needs srgan[train] and AlexNet's weights).")
@click.option("--per-picture", is_flag=True, help="List every picture too.")
@click.option("--json", "as_json", is_flag=True, help="A list of rows as JSON.")
def evaluate(
    hr: Path,
    lr: Path | None,
    scale: int,
    models: tuple[str, ...],
    device: "Device",
    precision: "Precision",
    grey_as_y: bool,
    lpips: bool,
    per_picture: bool,
    as_json: bool,
) -> None:
    """Upscale reduced pictures with the real upscaling path and compare them with the originals.

    PSNR and SSIM are measured on luma (BT.601, 16 to 235) of 8-bit pictures, without a border of SCALE pixels; the
    small pictures are made by MATLAB's antialiased bicubic. The grid index is the power of patterns that repeat with
    the upscaling, in dB over the full picture: 0 is best, from about 3 they are plain to see. Without --model the
    default model is measured.
    """
    from srgan import zoo
    from srgan.errors import PictureError, UsageError
    from srgan.evaluation import evaluate_model
    from srgan.metrics import LpipsMetric

    distance = None
    if lpips:
        with needs_extra("train"):
            distance = LpipsMetric()
    rows = []
    for name in models or (zoo.DEFAULT,):
        model = zoo.load_model(name, device=device, precision=precision)

        def progress(done: int, count: int, name: str = name) -> None:
            click.echo(f"{name}: {done}/{count}", err=True)

        try:
            row = evaluate_model(
                model, hr, scale=scale, low=lr, grey_as_luma=grey_as_y, lpips=distance, progress=progress
            )
        except PictureError as error:
            raise UsageError(str(error)) from error
        rows.append(row)
    if as_json:
        click.echo(json.dumps([row.as_dict(per_picture=per_picture) for row in rows], indent=2))
        return
    width = max(len(row.model) for row in rows)
    for row in rows:
        for score in row.pictures if per_picture else ():
            click.echo(f"{row.model:{width}}  {score.picture}  {_figures(score)}")
        click.echo(f"{row.model:{width}}  {row.dataset} x{row.scale}  {_figures(row)}  {row.images} pictures")
    click.echo(f"protocol: {rows[0].protocol}")


def _figures(row: "PictureScore | Row") -> str:
    text = f"PSNR {row.psnr_y:.2f} dB  SSIM {row.ssim_y:.4f}"
    text += "" if row.grid is None else f"  grid {row.grid:+.2f} dB"
    return text if row.lpips is None else f"{text}  LPIPS {row.lpips:.4f}"
