"""``srgan train``: train a model from a run file."""

from pathlib import Path

import click

from srgan.cli.extras import needs_extra

__all__ = ["train"]


@click.command(short_help="Train a model from a run file.")
@click.argument("run", type=click.Path(path_type=Path, dir_okay=False), metavar="RUN.toml")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a key, e.g. train.batch=8.")
def train(run: Path, overrides: tuple[str, ...]) -> None:
    """Train a model as the run file RUN.toml says.

    A training that was interrupted (Ctrl-C, SIGTERM, power) continues from its newest checkpoint when the same command
    is given again. The last checkpoint is printed on stdout, progress goes to stderr.
    """
    with needs_extra("train"):
        from srgan.training import Trainer, load_run
    click.echo(Trainer(load_run(run, overrides)).train())
