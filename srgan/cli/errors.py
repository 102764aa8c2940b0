"""Whatever ends a command becomes an exit code and, where something went wrong, words on stderr."""

import os
import signal
import sys
import traceback
from types import FrameType

import click

from srgan.errors import SrganError

__all__ = ["run"]

_INTERRUPTED, _BROKEN_PIPE, _TERMINATED = 130, 141, 143


def run(command: click.Group, arguments: list[str]) -> int:
    """Run a command line; return its exit code, having said on stderr what went wrong.

    A ``SrganError`` is one line without a traceback; anything unforeseen shows its traceback and exits with 1.
    """
    for stream in (sys.stdout, sys.stderr):
        # A file name that is not valid text must not end a run when it is printed.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _run(command, arguments)
    except SrganError as error:
        return _fail(str(error), error.exit_code)
    except click.UsageError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        return _fail(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", _INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone; without this the interpreter complains again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return _BROKEN_PIPE
    except Exception:
        traceback.print_exc()
        return _fail("this is a bug in srgan: please report it with the lines above and the command you ran", 1)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(command: click.Group, arguments: list[str]) -> int:
    # What `command.main()` does, less its own handling of errors: it makes a broken pipe look like any exit with 1.
    completion = os.environ.get("_SRGAN_COMPLETE")
    if completion:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, "srgan", "_SRGAN_COMPLETE", completion)
    try:
        with command.make_context("srgan", list(arguments)) as context:
            code = command.invoke(context)
    except click.exceptions.Exit as end:
        code = end.exit_code
    if sys.stdout is not None:  # it is when the caller closed it (`>&-`)
        sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    # An exception, so that temporary files are removed and child processes ended on the way out.
    raise SystemExit(_TERMINATED)


def _fail(message: str, code: int) -> int:
    # Of the processes that torchrun starts on a machine, one says what all of them find.
    if os.environ.get("LOCAL_RANK", "0") == "0":
        from srgan.files import escape_lines

        # What a file or a server says is quoted in some messages; it must not reach the terminal as commands.
        click.echo(f"srgan: error: {escape_lines(message)}", err=True)
    return code
