"""A client for the server, with nothing but the standard library."""

import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from srgan.errors import PictureError
from srgan.serving.answers import Reply, Served, ServerError, error_of, served_of
from srgan.serving.connection import Connection

__all__ = ["Client", "Job"]


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
        self._connection = Connection(url, token=token, timeout=timeout, patience=patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; it is opened again when needed."""
        self._connection.close()

    def models(self) -> list[dict[str, Any]]:
        """What the server offers: name, command, scale, device ... of every model."""
        listed: list[dict[str, Any]] = json.loads(self._connection.ask("GET", "/v1/models").data)["models"]
        return listed

    def ready(self) -> bool:
        """Whether the server accepts pictures at the moment; False also when it cannot be reached."""
        try:
            return self._connection.once("GET", "/readyz").status == 200
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
        strength: float | None = None,
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
            strength: share of the model, 0 to 1; the rest is its fidelity model, or bicubic.
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
            "strength": strength,
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
        return served_of(self._connection.ask("POST", "/v1/generate", body, {"Content-Type": "application/json"}))

    def submit(
        self,
        image: bytes | str | Path,
        command: Literal["upscale", "translate"] = "upscale",
        **wishes: Any,  # noqa: ANN401
    ) -> "Job":
        """Hand in a picture as a job; the wishes are those of `upscale` or `translate`, and so are the errors."""
        reply = self._send("/v1/jobs", image, {"command": command, **wishes})
        return Job(self._connection, json.loads(reply.data)["id"])

    def _picture(self, path: str, image: bytes | str | Path, wishes: dict[str, Any]) -> Served:
        return served_of(self._send(path, image, wishes))

    def _send(self, path: str, image: bytes | str | Path, wishes: dict[str, Any]) -> Reply:
        data = image if isinstance(image, bytes) else _read(image)
        query = urllib.parse.urlencode({name: value for name, value in wishes.items() if value is not None})
        target = f"{path}?{query}" if query else path
        return self._connection.ask("POST", target, data, {"Content-Type": "application/octet-stream"})


class Job:
    """A picture that was handed in.

    Attributes:
        id: of the job.
    """

    def __init__(self, connection: Connection, id: str) -> None:
        """A job of that id."""
        self.id = id
        self._connection = connection

    def state(self) -> dict[str, Any]:
        """Its `status`, `progress` (0 to 1), and why it failed if it did."""
        state: dict[str, Any] = json.loads(self._connection.ask("GET", f"/v1/jobs/{self.id}").data)
        return state

    def watch(self) -> Iterator[dict[str, Any]]:
        """Its states as they change, until it has ended."""
        connection = self._connection
        connection.close()
        response = connection.open("GET", f"/v1/jobs/{self.id}/events")
        try:
            if response.status != 200:
                raise error_of(Reply(response.status, response.headers, response.read()))
            for line in response:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()

    def result(self) -> Served:
        """Wait until it is done; its picture.

        Raises:
            PictureError: as for `Client.upscale`.
        """
        for _ in self.watch():
            pass
        return served_of(self._connection.ask("GET", f"/v1/jobs/{self.id}/result"))

    def delete(self) -> None:
        """Give it up, and let the server forget its result."""
        self._connection.ask("DELETE", f"/v1/jobs/{self.id}")


def _read(path: str | Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise PictureError("vanished", "there is no such file") from None
    except OSError as error:
        raise PictureError("permission", f"cannot be read: {error.strerror}") from None
