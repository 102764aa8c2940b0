"""Errors that a person can act on, each with the exit code of the command line.

Messages name the file or the key and say what to do about it. Whatever is not one of these is a bug (exit code 1).
"""

__all__ = [
    "DivergedError",
    "ModelError",
    "NothingToDoError",
    "OutputError",
    "PictureError",
    "SrganError",
    "UsageError",
]


class SrganError(Exception):
    """An error with an exit code; the message is shown without a traceback."""

    exit_code = 1


class UsageError(SrganError):
    """Wrong options or configuration, or an input path that is not there (exit code 2)."""

    exit_code = 2


class NothingToDoError(SrganError):
    """No picture was found among the inputs (exit code 4)."""

    exit_code = 4


class OutputError(SrganError):
    """The output cannot be written: permission, full disk, or locked by another run (exit code 5)."""

    exit_code = 5


class ModelError(SrganError):
    """A model file is missing, damaged, unsafe or not of the expected kind (exit code 6)."""

    exit_code = 6


class DivergedError(SrganError):
    """Training produced values that are not finite and could not recover (exit code 7)."""

    exit_code = 7


class PictureError(Exception):
    """One picture failed; the batch goes on.

    Args:
        code: machine-readable reason, for example ``"truncated"`` or ``"too_large"``.
        message: one sentence for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"
