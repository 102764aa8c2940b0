"""The child that reads and writes pictures: requests come on its standard input; it ends with its parent."""

import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, BinaryIO

from srgan.errors import PictureError
from srgan.images.decode import probe, read
from srgan.images.frames import Frame, read_frames
from srgan.images.picture import Limits
from srgan.images.wire import (
    OUT_OF_MEMORY,
    header_message,
    receive,
    receive_bytes,
    receive_picture,
    send,
    send_picture,
)


def main() -> None:
    """Serve requests until the pipe ends."""
    requests = sys.stdin.buffer
    # The answers get a descriptor of their own: what a decoder prints must not land between them.
    with os.fdopen(os.dup(1), "wb", buffering=1 << 20) as answers:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.close(silence)
        warnings.simplefilter("ignore")
        # Ctrl-C and polite ends are the parent's to decide about: it wants the file in hand to be finished.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        options = receive(requests)
        limits = Limits(**{field.name: options["limits"][field.name] for field in fields(Limits)})
        _confine(limits.memory_bytes)
        send(answers, {"ready": True})
        frames: Iterator[Frame] | None = None
        while True:
            try:
                request = receive(requests)
            except EOFError:
                return
            _set_alarm(2 * request.get("seconds", limits.seconds) + 5)
            if request["action"] == "write":
                _write(request, requests, answers, limits)
                _set_alarm(0)
                continue
            frames = _serve(request, requests, answers, limits, frames, keep_gps=options["keep_gps"])
            _set_alarm(0)


def _serve(
    request: dict[str, Any],
    requests: BinaryIO,
    answers: BinaryIO,
    limits: Limits,
    frames: Iterator[Frame] | None,
    *,
    keep_gps: bool,
) -> Iterator[Frame] | None:
    """Answer one request; returns the animation that is being read."""
    data = receive_bytes(requests, request["length"])
    source = os.fsdecode(data) if request["path"] else data
    try:
        if request["action"] == "probe":
            send(answers, header_message(probe(source, limits=limits)))
            return frames
        if request["action"] == "look":
            header = probe(source, limits=limits)
            follows = header.frames == 1 and header.width * header.height <= request["pixels"]
            send(answers, {**header_message(header), "follows": follows})
            if not follows:
                return frames
        if request["action"] == "frames":
            send(answers, {"ready": True})
            return read_frames(source, limits=limits, keep_gps=keep_gps)
        if request["action"] == "next":
            _send_next(answers, frames)
            return frames
        picture = read(source, limits=limits, keep_gps=keep_gps)
    except PictureError as error:
        send(answers, {"code": error.code, "message": error.message})
    except MemoryError:
        send(answers, {"code": "oom", "message": "not enough memory to decode the picture"})
    else:
        send_picture(answers, picture)
    return frames


def _write(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO, limits: Limits) -> None:
    """Answer with the file of a picture."""
    from srgan.images.encode import encode  # not needed by those who only read

    try:
        picture = receive_picture(requests, request, limits.output_pixels)
    except MemoryError:
        raise SystemExit(OUT_OF_MEMORY) from None  # half of the picture is still in the pipe
    file = io.BytesIO()
    try:
        notes = encode(picture, file, request["into"], quality=request["quality"])
    except PictureError as error:
        send(answers, {"code": error.code, "message": error.message})
    except MemoryError:
        send(answers, {"code": "oom", "message": "not enough memory to write the picture"})
    else:
        send(answers, {"length": file.tell(), "notes": notes}, file.getbuffer())


def _send_next(answers: BinaryIO, frames: Iterator[Frame] | None) -> None:
    if frames is None:
        raise PictureError("crashed", "the decoding process was started anew within an animation")
    frame = next(frames, None)
    if frame is None:
        send(answers, {"end": True})
    else:
        send_picture(answers, frame.picture, milliseconds=frame.milliseconds, plays=frame.plays, count=frame.count)


def _set_alarm(seconds: float) -> None:
    """End this process after so many seconds, should the parent be gone that keeps the deadline."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _confine(memory_bytes: int) -> None:
    """Cap the address space: a bomb then ends in a MemoryError here instead of in the death of other processes."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    caps = [limit for limit in (soft, hard, memory_bytes) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(caps), hard))


if __name__ == "__main__":
    main()
