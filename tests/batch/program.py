"""What the tests that are run by hand share: options, a temporary folder, a verdict."""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["program"]


def program(what: str, check: Callable[..., list[str]], **numbers: int) -> int:
    """Run a check in a temporary folder; returns the exit code.

    Args:
        what: it is, in a line.
        check: takes the folder and the numbers, and returns complaints.
        numbers: options with their defaults.
    """
    parser = argparse.ArgumentParser(description=what.partition("\n")[0])
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = vars(parser.parse_args())
    with tempfile.TemporaryDirectory() as name:
        complaints = check(Path(name), **options)
    sys.stderr.write("".join(f"{line}\n" for line in complaints))
    words = ", ".join(f"{number} {name}" for name, number in options.items() if name != "seed")
    sys.stdout.write(f"{words}: {'FAILED' if complaints else 'ok'}\n")
    return 1 if complaints else 0
