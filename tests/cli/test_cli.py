"""The group of commands: what it lists, and what it forgives."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import srgan
from srgan.cli import COMMANDS, cli, main
from srgan.cli.errors import run
from tests.documents import parse, simple_commands, srgan_words


def _output(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, list(arguments), prog_name="srgan")
    assert result.exit_code == code, result.output
    return result.output


def test_help_lists_every_command_in_order() -> None:
    listed = _output("--help").partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line.strip()] == list(COMMANDS)
    for _, text in COMMANDS.values():
        assert text in "\n".join(listed)


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_version(flag: str) -> None:
    assert _output(flag) == f"srgan {srgan.__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    assert _output(name, "--help").startswith(f"Usage: srgan {name}")


@pytest.mark.parametrize("name", ["upscale", "translate", "generate", "export", "train", "serve"])
def test_examples_of_the_help_are_understood(name: str) -> None:
    lines = [line.strip() for line in _output(name, "--help").partition("Examples:\n")[2].splitlines()]
    assert lines
    for words in (words for line in lines for words in simple_commands(line)):
        arguments = srgan_words(words)
        if arguments is not None:
            parse(arguments)


@pytest.mark.parametrize("name", ["upscale", "export"])
def test_without_arguments_comes_the_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(cli, [name]) == 2
    assert "Examples:" in "".join(capsys.readouterr())


def test_a_misspelt_command_gets_a_suggestion() -> None:
    assert "upscale" in _output("upscal", code=2)


def test_flags_may_be_written_with_underscores() -> None:
    group = click.Group("srgan", context_settings=cli.context_settings)

    @group.command()
    @click.option("--dry-run", is_flag=True)
    def work(dry_run: bool) -> None:
        click.echo(dry_run)

    assert CliRunner().invoke(group, ["work", "--dry_run"]).output == "True\n"


def test_main_exits_with_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"srgan {srgan.__version__}\n"


def test_runs_as_a_module(environment: dict[str, str]) -> None:
    done = subprocess.run([sys.executable, "-m", "srgan", "-V"], env=environment, capture_output=True, check=True)
    assert done.stdout.decode() == f"srgan {srgan.__version__}\n"
