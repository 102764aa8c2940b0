"""What a server answers: a picture, or why there is none."""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path

from srgan.errors import PictureError, SrganError, UsageError
from srgan.files import atomic_write

__all__ = ["Reply", "Served", "ServerError", "error_of", "served_of"]

_SUFFIX = {"image/jpeg": "jpg", "image/tiff": "tif", "image/x-portable-pixmap": "ppm"}


class ServerError(SrganError):
    """The server could not be reached, or could not answer (exit code 3 for the picture, like other failures of one).

    Args:
        status: of HTTP; 0 when there was no answer.
        code: machine-readable reason.
        message: one sentence for people.
        request_id: as in the server's log.
    """

    exit_code = 3

    def __init__(self, status: int, code: str, message: str, request_id: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.request_id = request_id


@dataclass(frozen=True, repr=False)
class Served:
    """A picture that a server made.

    Attributes:
        data: the file.
        suffix: for a file name, without dot: ``"png"``, ``"jpg"`` ...
        width: pixels.
        height: pixels.
        model: name of the model.
        scale: width of the result / width of the picture that was sent.
        device: what computed, in words.
        precision: of the arithmetic.
        milliseconds: from the picture's turn to its end.
        waited: milliseconds before its turn.
        request_id: as in the server's log.
    """

    data: bytes
    suffix: str
    width: int
    height: int
    model: str
    scale: float
    device: str
    precision: str
    milliseconds: int
    waited: int
    request_id: str

    def save(self, path: str | Path) -> Path:
        """Write the file; completely or not at all."""
        with atomic_write(path) as file:
            file.write(self.data)
        return Path(path)

    def __repr__(self) -> str:
        return f"<Served {self.width} x {self.height} {self.suffix}, {len(self.data)} bytes, by {self.model}>"


@dataclass(frozen=True)
class Reply:
    """An answer as it came: status, headers, body."""

    status: int
    headers: http.client.HTTPMessage
    data: bytes


def served_of(reply: Reply) -> Served:
    """The picture of an answer that brings one."""
    get = reply.headers.get
    media = str(get("Content-Type", "")).partition(";")[0]
    return Served(
        data=reply.data,
        suffix=_SUFFIX.get(media, media.rpartition("/")[2]),
        width=int(get("X-Srgan-Width", "0")),
        height=int(get("X-Srgan-Height", "0")),
        model=str(get("X-Srgan-Model", "")),
        scale=float(get("X-Srgan-Scale", "1")),
        device=str(get("X-Srgan-Device", "")),
        precision=str(get("X-Srgan-Precision", "")),
        milliseconds=int(get("X-Srgan-Milliseconds", "0")),
        waited=int(get("X-Srgan-Waited", "0")),
        request_id=str(get("X-Request-ID", "")),
    )


def error_of(reply: Reply) -> Exception:
    """The error that an answer without a picture means: the picture's, the caller's, or the server's."""
    try:
        problem = json.loads(reply.data)
        code, message = str(problem["code"]), str(problem["message"])
    except (ValueError, KeyError, TypeError):
        code, message = "no_server", f"the answer (status {reply.status}) is not that of srgan serve"
    if code == "bad_parameter" or reply.status in (401, 403, 404, 421):
        return UsageError(f"the server says: {message}")
    if reply.status in (413, 415, 422):
        return PictureError(code, message)
    return ServerError(reply.status, code, f"the server says: {message}", str(reply.headers.get("X-Request-ID", "")))
