"""``--part``: parts of one's own that a run of training was made with."""

import click

__all__ = ["allow_parts", "part_option"]

part_option = click.option(
    "--part",
    "parts",
    multiple=True,
    metavar="MODULE:NAME",
    help="A part of your own that the run was made with; its module is imported. Once for each.",
)
"""Weights alone never have code imported, so a person has to ask for it."""


def allow_parts(parts: tuple[str, ...]) -> None:
    """Import the parts that were asked for.

    Raises:
        UsageError: one cannot be imported.
    """
    from srgan.config import allow_part

    for part in parts:
        allow_part(part, key="--part")
