"""A client for the server, with nothing but the standard library."""

import http.client
import json
import ssl
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from srgan.errors import PictureError, SrganError, UsageError

__all__ = ["Client", "Job", "Served", "ServerError"]

_SUFFIX = {"image/jpeg": "jpg", "image/tiff": "tif", "image/x-portable-pixmap": "ppm"}
_LONGEST_WAIT = 60.0


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
        from srgan.files import atomic_write

        with atomic_write(path) as file:
            file.write(self.data)
        return Path(path)

    def __repr__(self) -> str:
        return f"<Served {self.width} x {self.height} {self.suffix}, {len(self.data)} bytes, by {self.model}>"


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: http.client.HTTPMessage
    data: bytes


class Client:
    """Asks a server for pictures; may be kept and used for many, by one thread at a time.

    While the server's queue is full, the client waits as long as the server says, and tries again.

    Args:
        url: of the server.
        token: that the server asks for, if it does.
        timeout: seconds without a sign from the server.
        patience: seconds to go on trying while the server is busy.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        token: str | None = None,
        timeout: float = 300.0,
        patience: float = 300.0,
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise UsageError(f"{url!r} is no address of a server; one looks like http://127.0.0.1:8000")
        self._parts = parts
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._timeout, self._patience = timeout, patience
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; it is opened again when needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def models(self) -> list[dict[str, Any]]:
        """What the server offers: name, command, scale, device ... of every model."""
        listed: list[dict[str, Any]] = json.loads(self._ask("GET", "/v1/models").data)["models"]
        return listed

    def ready(self) -> bool:
        """Whether the server accepts pictures at the moment; False also when it cannot be reached."""
        try:
            return self._once("GET", "/readyz", None, {}).status == 200
        except ServerError:
            return False

    def upscale(
        self,
        image: bytes | str | Path,
        *,
        model: str | None = None,
        scale: float | None = None,
        width: int | None = None,
        height: int | None = None,
        long_side: int | None = None,
        format: str | None = None,
        quality: int | None = None,
    ) -> Served:
        """Enlarge a picture: a file's path, or its bytes.

        Args:
            image: the picture.
            model: its name; the server's default when None.
            scale: factor for both sides; the model's own when None.
            width: pixels, instead of `scale`.
            height: likewise.
            long_side: likewise, of the longer side.
            format: of the result: ``"png"``, ``"jpeg"``, ``"webp"`` ...; the picture's own when None.
            quality: 1 to 100 for JPEG, WebP and AVIF.

        Raises:
            PictureError: the picture is damaged, too large, or none.
            UsageError: a wish that cannot be fulfilled, or the token or the name of the server is wrong.
            ServerError: no answer, or the server is too busy for too long.
        """
        wishes: dict[str, Any] = {
            "model": model,
            "scale": scale,
            "width": width,
            "height": height,
            "long_side": long_side,
        }
        return self._picture("/v1/upscale", image, {**wishes, "format": format, "quality": quality})

    def translate(
        self,
        image: bytes | str | Path,
        *,
        model: str | None = None,
        size: int | None = None,
        seed: int | None = None,
        sample: int | None = None,
        format: str | None = None,
        quality: int | None = None,
    ) -> Served:
        """Translate a picture; arguments as those of `srgan.Model.translate`, errors as those of `upscale`."""
        wishes = {"model": model, "size": size, "seed": seed, "sample": sample}
        return self._picture("/v1/translate", image, {**wishes, "format": format, "quality": quality})

    def generate(
        self,
        text: str | None = None,
        *,
        label: str | int | None = None,
        model: str | None = None,
        seed: int = 0,
        sample: int = 0,
        truncation: float | None = None,
        format: str | None = None,
        quality: int | None = None,
    ) -> Served:
        """Make a picture; arguments as those of `srgan.Model.generate`, errors as those of `upscale`."""
        wishes: dict[str, Any] = {"text": text, "label": label, "model": model, "seed": seed, "sample": sample}
        wishes |= {"truncation": truncation, "format": format, "quality": quality}
        body = json.dumps({name: value for name, value in wishes.items() if value is not None}).encode()
        return _served(self._ask("POST", "/v1/generate", body, {"Content-Type": "application/json"}))

    def submit(
        self,
        image: bytes | str | Path,
        command: Literal["upscale", "translate"] = "upscale",
        **wishes: Any,  # noqa: ANN401
    ) -> "Job":
        """Hand in a picture as a job; the wishes are those of `upscale` or `translate`, and so are the errors."""
        reply = self._send("/v1/jobs", image, {"command": command, **wishes})
        return Job(self, json.loads(reply.data)["id"])

    def _picture(self, path: str, image: bytes | str | Path, wishes: dict[str, Any]) -> Served:
        return _served(self._send(path, image, wishes))

    def _send(self, path: str, image: bytes | str | Path, wishes: dict[str, Any]) -> _Reply:
        data = image if isinstance(image, bytes) else _read(image)
        query = urllib.parse.urlencode({name: value for name, value in wishes.items() if value is not None})
        target = f"{path}?{query}" if query else path
        return self._ask("POST", target, data, {"Content-Type": "application/octet-stream"})

    def _ask(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> _Reply:
        until = time.monotonic() + self._patience
        while True:
            reply = self._once(method, target, body, headers or {})
            if reply.status not in (429, 503):
                break
            pause = min(_LONGEST_WAIT, float(reply.headers.get("Retry-After") or 1))
            if time.monotonic() + pause > until:
                break
            time.sleep(pause)
        if reply.status >= 300:
            raise _error(reply)
        return reply

    def _once(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> _Reply:
        reused = self._connection is not None
        try:
            return self._talk(method, target, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if not reused or isinstance(error, TimeoutError):
                raise ServerError(
                    0, "unreachable", f"{self._parts.geturl()}: {error or type(error).__name__}"
                ) from error
        try:  # a connection that was kept may have been closed by the server meanwhile
            return self._talk(method, target, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise ServerError(0, "unreachable", f"{self._parts.geturl()}: {error or type(error).__name__}") from error

    def _talk(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> _Reply:
        response = self._open(method, target, body, headers)
        data = response.read()
        if response.will_close:
            self.close()
        return _Reply(response.status, response.headers, data)

    def _open(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> http.client.HTTPResponse:
        if self._connection is None:
            self._connection = _connect(self._parts, self._timeout)
        path = self._parts.path.rstrip("/") + target
        self._connection.request(method, path, body, {**self._headers, **headers})
        return self._connection.getresponse()


class Job:
    """A picture that was handed in.

    Attributes:
        id: of the job.
    """

    def __init__(self, client: Client, id: str) -> None:
        """A job of that id."""
        self.id = id
        self._client = client

    def state(self) -> dict[str, Any]:
        """Its `status`, `progress` (0 to 1), and why it failed if it did."""
        state: dict[str, Any] = json.loads(self._client._ask("GET", f"/v1/jobs/{self.id}").data)
        return state

    def watch(self) -> Iterator[dict[str, Any]]:
        """Its states as they change, until it has ended."""
        client = self._client
        client.close()
        response = client._open("GET", f"/v1/jobs/{self.id}/events", None, {})
        try:
            if response.status != 200:
                raise _error(_Reply(response.status, response.headers, response.read()))
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            client.close()

    def result(self) -> Served:
        """Wait until it is done; its picture.

        Raises:
            PictureError: as for `Client.upscale`.
        """
        for _ in self.watch():
            pass
        return _served(self._client._ask("GET", f"/v1/jobs/{self.id}/result"))

    def delete(self) -> None:
        """Give it up, and let the server forget its result."""
        self._client._ask("DELETE", f"/v1/jobs/{self.id}")


def _connect(parts: urllib.parse.SplitResult, timeout: float) -> http.client.HTTPConnection:
    assert parts.hostname is not None
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise PictureError("vanished", "there is no such file") from None
    except OSError as error:
        raise PictureError("permission", f"cannot be read: {error.strerror}") from None


def _served(reply: _Reply) -> Served:
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


def _error(reply: _Reply) -> Exception:
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
