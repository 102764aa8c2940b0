"""``--device``: where models run."""

from collections.abc import Callable
from typing import Any, TypeVar, get_args

import click

from srgan.errors import UsageError
from srgan.runtime import Precision, places_of

__all__ = ["device_option", "precision_option"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def device_option(*, several: bool = False) -> Callable[[_Command], _Command]:
    """The option ``--device``.

    Args:
        several: it may name several devices of a kind, which share the work.
    """

    def check(context: click.Context, parameter: click.Parameter, value: str) -> str:
        try:
            places = places_of(value)
        except UsageError as error:
            raise click.BadParameter(str(error)) from error
        if len(places) > 1 and not several:
            raise click.BadParameter(f"{value!r} names several devices; this command takes one")
        return value

    shared = "; several share the work: cuda:0,cuda:1" if several else ""
    words = f"Where to compute: auto, cpu, cuda, cuda:1, tensorrt{shared}."
    return click.option("--device", metavar="DEVICE", default="auto", show_default=True, callback=check, help=words)


def precision_option() -> Callable[[_Command], _Command]:
    """The option ``--precision``."""
    return click.option(
        "--precision", type=click.Choice(get_args(Precision)), default="auto", show_default=True, help="Arithmetic."
    )
