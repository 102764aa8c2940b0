"""The option ``--lpips`` of commands that measure."""

from typing import TYPE_CHECKING

import click

from srgan.cli.extras import needs_extra

if TYPE_CHECKING:
    from srgan.metrics import LpipsMetric

__all__ = ["lpips_metric", "lpips_option"]

lpips_option = click.option(
    "--lpips",
    is_flag=False,
    flag_value="alexnet",
    type=click.Choice(["alexnet", "vgg16"]),
    help="Measure LPIPS too, by AlexNet if none is named (needs srgan[train] and the network's weights).",
)


def lpips_metric(backbone: str | None) -> "LpipsMetric | None":
    """What the option asks for.

    Raises:
        UsageError: the weights are missing, or what measures is not installed.
    """
    if backbone is None:
        return None
    from srgan.metrics import LpipsMetric

    with needs_extra("train"):
        return LpipsMetric(backbone)
