"""The command line: ``srgan COMMAND``.

Results go to stdout, progress and messages to stderr. A command's module is imported only when that command runs, so
that ``srgan --help`` is quick and ``srgan upscale`` never meets torch.
"""

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from srgan import __version__

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS = {
    "upscale": ("srgan.cli.upscale:upscale", "Enlarge pictures: files, folders, globs."),
    "translate": ("srgan.cli.translate:translate", "Make other pictures of pictures: files, folders, globs."),
    "generate": ("srgan.cli.generate:generate", "Make pictures of texts or classes."),
    "train": ("srgan.cli.train:train", "Train a model as a run file says."),
    "export": ("srgan.cli.export:export", "Make an ONNX model file of a trained run."),
    "evaluate": ("srgan.cli.evaluate:evaluate", "Measure models on pictures whose true results are known."),
    "compare": ("srgan.cli.compare:compare", "Look at what several models make of the same pictures."),
    "data": ("srgan.cli.data:data", "Check, reduce, preview and pack training pictures."),
    "serve": ("srgan.cli.serve:serve", "Serve models over HTTP, with a page to try them."),
    "models": ("srgan.cli.models:models", "List, show, fetch, check, import and mix models."),
    "doctor": ("srgan.cli.doctor:doctor", "Find out what is wrong with the installation, and how to repair it."),
}
"""Every command: name -> (``module:attribute`` of its click command, short help)."""


class _LazyGroup(click.Group):
    """A group whose commands are imported when they run; listing them needs only the table above."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None:
            module, attribute = COMMANDS[name][0].split(":")
            command = getattr(import_module(module), attribute)
        return name, command, rest


def _dashes(flag: str) -> str:
    """Accept ``--dry_run`` for ``--dry-run``."""
    return flag.replace("_", "-")


@click.group(
    cls=_LazyGroup,
    commands={name: click.Command(name, short_help=text) for name, (_, text) in COMMANDS.items()},
    context_settings={
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": _dashes,
        "max_content_width": 100,
    },
)
@click.version_option(__version__, "-V", "--version", prog_name="srgan", message="%(prog)s %(version)s")
def cli() -> None:
    """Train, export and run super-resolution, image-to-image translation and text-to-image models.

    Exit codes: 0 done or already done; 1 a bug; 2 wrong use, configuration or an absent input; 3 finished, but at
    least one file failed; 4 nothing to do; 5 output not writable, disk full or locked; 6 model refused or missing;
    7 training diverged; 130, 141, 143 ended by a signal.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code.

    Args:
        arguments: what follows ``srgan``; the process's own arguments when None.
    """
    from srgan.cli.errors import run

    code = run(cli, sys.argv[1:] if arguments is None else arguments)
    if "TORCHELASTIC_RUN_ID" in os.environ:
        # Threads of the connection to the other processes may still let go of Python objects when the interpreter is
        # taken down around them: an abort, which torchrun would take for a failed training.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
