"""Reading pictures in a child process, which may die or hang without harm."""

import contextlib
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeVar, cast

from srgan.errors import PictureError
from srgan.images.frames import Frame
from srgan.images.picture import Header, Limits, Picture
from srgan.images.wire import OUT_OF_MEMORY, header_of, receive, receive_picture, send

_Result = TypeVar("_Result")

_START_SECONDS = 60.0
# The child finds this package where the parent found it, installed or not.
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from srgan.images.child import main; main()"
# One picture at a time: threads of its own would only cost address space; and no file beside the pictures' own.
_ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
    "VIPS_BLOCK_UNTRUSTED": "1",
    "VIPS_CONCURRENCY": "1",
    "VIPS_DISC_THRESHOLD": "1024g",
}


class Decoder:
    """Reads pictures in one child process of its own, started when first needed and after every fault.

    The child has a limit on memory and a deadline; when a file makes it hang or die, that file fails and the next one
    meets a fresh child. Use it as a context manager, or call `close`. Threads may share one; they wait for each other.

    Args:
        limits: what a picture may cost.
        keep_gps: keep the position in EXIF and XMP.
    """

    def __init__(self, *, limits: Limits | None = None, keep_gps: bool = False) -> None:
        self._limits = limits or Limits()
        self._keep_gps = keep_gps
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._finalizer: weakref.finalize[..., Any] | None = None

    def read(self, source: str | Path | bytes) -> Picture:
        """Read a picture, like `srgan.images.read`.

        Raises:
            PictureError: as `srgan.images.read`, and "timeout", "memory" (killed for it) or "crashed".
        """
        return self._ask("read", source, self._take_picture)

    def probe(self, source: str | Path | bytes) -> Header:
        """Read a header, like `srgan.images.probe`.

        Raises:
            PictureError: as `srgan.images.probe`, and "timeout", "memory" or "crashed".
        """
        return self._ask("probe", source, lambda _, answer: header_of(answer))

    def look(self, source: str | Path | bytes, pixels: int) -> tuple[Header, Picture | None]:
        """Read a header, and the picture too, in one go, if it is a single one of at most so many pixels.

        Raises:
            PictureError: as `read`.
        """
        header, picture, failure = self._ask("look", source, self._take_small, pixels=pixels)
        if failure is not None:
            if failure["code"] == "oom":
                self.close()  # its memory may be in pieces
            raise PictureError(str(failure["code"]), str(failure["message"]))
        return header, picture

    def _take_small(
        self, pipe: BinaryIO, answer: dict[str, Any]
    ) -> tuple[Header, Picture | None, dict[str, Any] | None]:
        header = header_of(answer)
        if not answer["follows"]:
            return header, None, None
        second = receive(pipe)
        if "code" in second:
            return header, None, second
        return header, self._take_picture(pipe, second), None

    def frames(self, source: str | Path | bytes) -> Iterator[Frame]:
        """Read an animation frame by frame, like `srgan.images.read_frames`; nothing else may be asked meanwhile.

        Raises:
            PictureError: as `read`.
        """
        self._ask("frames", source, lambda _, answer: answer)
        while (frame := self._ask("next", b"", self._take_frame)) != ():
            yield cast(Frame, frame)

    def _take_picture(self, pipe: BinaryIO, answer: dict[str, Any]) -> Picture:
        return receive_picture(pipe, answer, self._limits.input_pixels)

    def _take_frame(self, pipe: BinaryIO, answer: dict[str, Any]) -> Frame | tuple[()]:
        if "end" in answer:
            return ()
        picture = self._take_picture(pipe, answer)
        return Frame(picture, int(answer["milliseconds"]), int(answer["plays"]), int(answer["count"]))

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self,
        action: str,
        source: str | Path | bytes,
        take: Callable[[BinaryIO, dict[str, Any]], _Result],
        **more: int,
    ) -> _Result:
        path = not isinstance(source, bytes)
        data = source if isinstance(source, bytes) else os.fsencode(Path(source).absolute())
        if len(data) > self._limits.file_bytes:
            raise PictureError("too_large", f"{len(data)} bytes, {self._limits.file_bytes} are allowed")
        message = {"action": action, "path": path, "length": len(data), **more}
        return self._exchange(self._limits.seconds, lambda pipe: send(pipe, message, data), take)

    def _exchange(
        self, seconds: float, give: Callable[[BinaryIO], None], take: Callable[[BinaryIO, dict[str, Any]], _Result]
    ) -> _Result:
        """Ask the child for something that it may take so many seconds for."""
        with self._lock:
            child = self._start() if self._child is None else self._child
            with self._deadline(child, seconds) as late:
                try:
                    requests, answers = _pipes(child)
                    give(requests)
                    answer = receive(answers)
                    result = None if "code" in answer else take(answers, answer)
                except (EOFError, OSError, ValueError, KeyError, TypeError) as error:
                    status = self._end()
                    raise _fault(late.is_set(), status, seconds) from error
                except BaseException:  # interrupted in the middle of an answer: the pipe is of no use any more
                    self._end()
                    raise
            if late.is_set():  # it answered as the deadline struck
                self._end()
            if result is not None:
                return result
            if answer["code"] == "oom":
                self._end()  # its memory may be in pieces
            raise PictureError(str(answer["code"]), str(answer["message"]))

    def _start(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *(path or str(Path.cwd()) for path in sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **_ENVIRONMENT},
            bufsize=1 << 20,
        )
        for pipe in _pipes(child):
            _widen(pipe)
        self._child = child
        self._finalizer = weakref.finalize(self, _kill, child)
        with self._deadline(child, _START_SECONDS):
            try:
                requests, answers = _pipes(child)
                send(requests, {"limits": dataclasses.asdict(self._limits), "keep_gps": self._keep_gps})
                receive(answers)
            except (EOFError, OSError, ValueError) as error:
                status = self._end()
                how = "no sensible answer" if status is None else f"status {status}"
                raise PictureError("crashed", f"the decoding process does not start ({how})") from error
        return child

    @contextlib.contextmanager
    def _deadline(self, child: subprocess.Popen[bytes], seconds: float) -> Any:  # noqa: ANN401
        late = threading.Event()

        def strike() -> None:
            late.set()
            child.kill()

        timer = threading.Timer(seconds, strike)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()

    def _end(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return 0
        if self._finalizer is not None:
            self._finalizer.detach()
        return _kill(child)


def _pipes(child: subprocess.Popen[bytes]) -> tuple[BinaryIO, BinaryIO]:
    return cast(BinaryIO, child.stdin), cast(BinaryIO, child.stdout)


def _widen(pipe: BinaryIO) -> None:
    """Let the pipe hold a megabyte, so that pictures pass with fewer changes of process."""
    if sys.platform == "linux":
        import fcntl

        with contextlib.suppress(OSError):  # the user's pipes may hold too much already
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 1 << 20)


def _kill(child: subprocess.Popen[bytes]) -> int | None:
    """End a child and give the status it ended with by itself; None if it had to be killed here."""
    with contextlib.suppress(OSError):
        _pipes(child)[0].close()
    status: int | None = None
    try:
        status = child.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    with contextlib.suppress(OSError):
        _pipes(child)[1].close()
    return status


def _fault(late: bool, status: int | None, seconds: float) -> PictureError:
    if late:
        return PictureError("timeout", f"the picture took more than {seconds:.3g} s to be read or written")
    if status == OUT_OF_MEMORY:
        return PictureError("oom", "not enough memory for the picture")
    if sys.platform != "win32" and status == -signal.SIGKILL:
        return PictureError("memory", "the decoding process was killed, most likely for its memory")
    if status is None:
        return PictureError("crashed", "the decoding process gave an answer that makes no sense")
    return PictureError("crashed", f"the decoding process died (status {status})")
