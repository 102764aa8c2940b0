"""``srgan doctor``: is the installation sound, and what repairs it?"""

import json
from dataclasses import asdict
from pathlib import Path

import click

__all__ = ["doctor"]

_MARKS = {"ok": "ok     ", "note": "note   ", "problem": "PROBLEM"}


@click.command(short_help="Find out what is wrong with the installation, and how to repair it.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.option(
    "--constraints",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also compare the installed versions with those of this file (the repository's constraints.txt).",
)
@click.pass_context
def doctor(context: click.Context, as_json: bool, constraints: Path | None) -> None:
    """Look at packages, engines, GPU, picture formats, limits, folders and models; name the command for each repair.

    Exit code 3 when there is a problem. Notes are no problems: something runs slower, or is not there and may not be
    needed.
    """
    try:
        from srgan.doctor import examine
    except ImportError as error:  # what every command needs is missing
        repair = "pip install --force-reinstall srgan"
        found = {"check": "packages", "state": "problem", "detail": f"cannot be imported ({error})", "repair": repair}
        click.echo(json.dumps([found], indent=2) if as_json else f"PROBLEM {error}\n        repair: {repair}")
        context.exit(3)

    findings = []
    for finding in examine(constraints):
        findings.append(finding)
        if not as_json:
            click.echo(f"{_MARKS[finding.state]} {finding.check}: {finding.detail}")
            if finding.repair:
                click.echo(f"        repair: {finding.repair}")
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    if any(finding.state == "problem" for finding in findings):
        context.exit(3)
