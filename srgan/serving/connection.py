"""A connection to a server: kept, opened again when it was closed, patient while the server is busy."""

import http.client
import ssl
import time
import urllib.parse

from srgan.errors import UsageError
from srgan.serving.answers import Reply, ServerError, error_of

__all__ = ["Connection"]

_LONGEST_WAIT = 60.0


class Connection:
    """Asks one server, for one thread at a time.

    Args:
        url: of the server.
        token: that the server asks for, if it does.
        timeout: seconds without a sign from the server.
        patience: seconds to go on trying while the server is busy.

    Raises:
        UsageError: the URL is none of a server.
    """

    def __init__(self, url: str, *, token: str | None, timeout: float, patience: float) -> None:
        if not _fits(url):
            raise UsageError(f"{url!r} is no address of a server; one looks like http://127.0.0.1:8000")
        self._parts = urllib.parse.urlsplit(url)
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._timeout, self._patience = timeout, patience
        self._connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Close it; it is opened again when needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        """Ask until the server has time for it; an answer that brings what was asked for.

        Args:
            method: of HTTP.
            target: path and query, behind the path of the server's URL.
            body: of the request.
            headers: beside the token.

        Raises:
            PictureError: the picture is damaged, too large, or none.
            UsageError: a wish that cannot be fulfilled, or the token or the name of the server is wrong.
            ServerError: no answer, or the server is too busy for too long.
        """
        until = time.monotonic() + self._patience
        while True:
            reply = self.once(method, target, body, headers)
            if reply.status not in (429, 503):
                break
            wanted = reply.headers.get("Retry-After") or ""
            pause = min(_LONGEST_WAIT, float(wanted) if wanted.isdecimal() else 1.0)  # a proxy may name a date
            if time.monotonic() + pause > until:
                break
            time.sleep(pause)
        if reply.status >= 300:
            raise error_of(reply)
        return reply

    def once(self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        """Ask once, whatever the answer; over a new connection if the one that was kept has been closed.

        Raises:
            ServerError: there is no answer.
        """
        reused = self._connection is not None
        try:
            return self._talk(method, target, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            if not reused or isinstance(error, TimeoutError):
                raise self._unreachable(error) from error
        try:  # a connection that was kept may have been closed by the server meanwhile
            return self._talk(method, target, body, headers)
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> ServerError:
        hint = "; is srgan serve running there?" if isinstance(error, ConnectionRefusedError) else ""
        return ServerError(0, "unreachable", f"{self._parts.geturl()}: {error or type(error).__name__}{hint}")

    def _talk(self, method: str, target: str, body: bytes | None, headers: dict[str, str] | None) -> Reply:
        response = self.open(method, target, body, headers)
        data = response.read()
        if response.will_close:
            self.close()
        return Reply(response.status, response.headers, data)

    def open(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """Send a request; its answer, whose body is still to be read."""
        if self._connection is None:
            self._connection = _connect(self._parts, self._timeout)
        path = self._parts.path.rstrip("/") + target
        self._connection.request(method, path, body, {**self._headers, **(headers or {})})
        return self._connection.getresponse()


def _fits(url: str) -> bool:
    """Whether a server may listen there."""
    try:
        parts = urllib.parse.urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none, half of an IPv6 address
        return False
    return bool(known) and not parts.query and not parts.fragment


def _connect(parts: urllib.parse.SplitResult, timeout: float) -> http.client.HTTPConnection:
    assert parts.hostname is not None
    if parts.scheme == "https":
        return http.client.HTTPSConnection(
            parts.hostname, parts.port, timeout=timeout, context=ssl.create_default_context()
        )
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
