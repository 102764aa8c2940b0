"""What the documentation shows: blocks of commands, of code and of run files."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from srgan.cli import cli

__all__ = ["Block", "blocks", "command_lines", "parse", "simple_commands", "srgan_words"]

_BLOCK = re.compile(r"^(<!-- run -->\n)?^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_OPERATORS = {"&&", "||", "|", ";", "&"}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; `run` where the page asks for it to be tried as it stands."""

    page: Path
    language: str
    text: str
    run: bool


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of a language on a page, in their order."""
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [Block(page, kind, text, bool(mark)) for mark, kind, text in found if kind == language]


def command_lines(text: str) -> list[str]:
    """Lines of a shell block as a shell would take them: joined where they go on."""
    return [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def simple_commands(line: str) -> Iterator[list[str]]:
    """The commands of a line, without assignments before them, redirections and what follows a ``#``."""
    words: list[str] = []
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    skip = False
    for word in [*lexer, ";"]:
        if word in _OPERATORS:
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words:
                yield words
            words = []
        elif skip or re.fullmatch(r"[<>]+", word):
            skip = not skip
        else:
            words.append(word)


def srgan_words(words: list[str]) -> list[str] | None:
    """What follows ``srgan`` in a command; None for other programs."""
    if words[0] in ("srgan", ".venv/bin/srgan"):
        return words[1:]
    if words[0] == "torchrun" and "srgan" in words:
        return words[words.index("srgan") + 1 :]
    return None


def parse(arguments: list[str]) -> None:
    """Let the command line read the arguments of ``srgan`` as it would before it runs the command.

    Raises:
        click.ClickException: there is no such command, option or choice, or an argument is missing.
    """
    command: click.Command = cli
    context = click.Context(cli, info_name="srgan", **cli.context_settings)
    while isinstance(command, click.Group):
        if arguments[0].startswith("-"):
            break
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        if isinstance(found, click.Group):
            context = click.Context(found, parent=context, info_name=name)
        command = found
    try:
        command.make_context(command.name, arguments, parent=context)
    except click.exceptions.Exit:  # --help and the like have answered
        return
