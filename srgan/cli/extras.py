"""Commands whose packages are optional."""

from collections.abc import Iterator
from contextlib import contextmanager

from srgan.errors import UsageError

__all__ = ["needs_extra"]


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Turn a missing package into a message that says what to install.

    Args:
        extra: the name in square brackets: ``pip install 'srgan[train]'``.

    Raises:
        UsageError: a package that is not part of srgan is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "srgan":
            raise
        raise UsageError(f"this command needs {error.name}: pip install 'srgan[{extra}]'") from error
