"""What every request passes first: its id, host, origin, token, size; what every answer gets: headers, a log line.

The body is counted and timed while it arrives: a framework that reads it whole knows too late.
"""

import asyncio
import hmac
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from srgan.serving.failures import RequestError, request_error_of
from srgan.serving.service import Service

__all__ = ["Guard"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[MutableMapping[str, Any], _Receive, _Send], Awaitable[None]]

_LOG = logging.getLogger("srgan.serving")
_HEAD_BYTES = 16_384
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = [
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECRET_PATHS = ("/v1/", "/metrics")


class Guard:
    """The outermost layer of the app."""

    def __init__(self, app: _App, service: Service) -> None:
        """Stand before `app`."""
        self._app = app
        self._service = service

    async def __call__(self, scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Serve one request; answers whatever happens."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _Headers(scope["headers"])
        exchange = _Exchange(scope, headers, self._service, receive, send)
        try:
            _check_head(scope, headers, self._service)
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            failure = request_error_of(error)
            if failure is None:
                _LOG.error("bug", exc_info=error, extra={"event": "bug", "request_id": exchange.id})
                failure = RequestError(500, "internal", "this is a bug; the request id helps to find it")
            if not exchange.started:
                await exchange.fail(failure)
            elif not exchange.ended:
                raise  # half an answer: the connection has to be cut
        finally:
            exchange.finish()


class _Headers:
    """The headers of a request, by their names in lower case."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self.raw = raw

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.raw if key == name]

    def one(self, name: bytes) -> bytes | None:
        values = self.all(name)
        return values[0] if values else None


def _check_head(scope: MutableMapping[str, Any], headers: _Headers, service: Service) -> None:
    """Refuse by what the head says.

    Raises:
        RequestError: 431, 421, 403, 401 or 413.
    """
    settings = service.settings
    if sum(len(name) + len(value) + 4 for name, value in headers.raw) + len(scope["query_string"]) > _HEAD_BYTES:
        raise RequestError(431, "head_too_large", f"the headers are larger than {_HEAD_BYTES} bytes")
    hosts = headers.all(b"host")
    own = [_bracketed(settings.host), _bracketed(str((scope.get("server") or ("", 0))[0]))]
    allowed = {name.lower() for name in (*_LOOPBACK, *settings.hosts, *own)} - {"0.0.0.0", "[::]", ""}
    if len(hosts) != 1 or _name_of(hosts[0]) not in allowed:
        raise RequestError(421, "wrong_host", "this server does not go by that name; it can be added with --allow-host")
    origin = headers.one(b"origin")
    if origin is not None:
        text = origin.decode("latin-1").lower()
        same = text.partition("://")[2] == hosts[0].decode("latin-1").lower()
        if not same and text not in settings.origins:
            raise RequestError(403, "foreign_origin", "pages of that origin may not use this server")
    if settings.token is not None and scope["path"].startswith(_SECRET_PATHS):
        scheme, _, given = (headers.one(b"authorization") or b"").partition(b" ")
        if not hmac.compare_digest(given.strip(), settings.token.encode()) or scheme.lower() != b"bearer":
            raise RequestError(401, "token", "this server asks for a token: Authorization: Bearer ...")
    length = headers.one(b"content-length")
    if length is not None and length.isdigit() and int(length) > settings.body_bytes:
        raise _too_large(settings.body_bytes)


def _name_of(host: bytes) -> str:
    """The name in a Host header, without the port, in lower case."""
    return re.sub(r":\d*\Z", "", host.decode("latin-1")).lower()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _too_large(limit: int) -> RequestError:
    return RequestError(413, "body_too_large", f"a request may have {limit / 1e6:g} MB at most")


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, scope: MutableMapping[str, Any], headers: _Headers, service: Service, receive: _Receive, send: _Send
    ) -> None:
        given = headers.one(b"x-request-id")
        self.id = given.decode() if given is not None and _ID.fullmatch(given) else secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = self.id
        self.started = self.ended = False
        self._scope, self._service = scope, service
        self._receive, self._send = receive, send
        self._begin = time.perf_counter()
        self._bytes_in = self._bytes_out = self._held = 0
        self._status: int | None = None
        self._code: str | None = None
        self._complete = False
        self._has_body = headers.one(b"transfer-encoding") is not None or headers.one(b"content-length") not in (
            None,
            b"0",
        )
        self._window = (self._begin, 0)

    async def receive(self) -> _Message:
        """The next piece of the body, counted and timed.

        Raises:
            RequestError: 408, 413 or 429.
        """
        if self._complete:
            return await self._receive()  # which now only tells that the client has gone
        settings = self._service.settings
        while True:
            start, before = self._window
            left = min(start + settings.body_seconds, self._begin + settings.upload_seconds) - time.perf_counter()
            try:
                message = await asyncio.wait_for(self._receive(), max(left, 0.001))
                break
            except TimeoutError:
                now = time.perf_counter()
                enough = self._bytes_in - before >= settings.body_rate * settings.body_seconds
                if not enough or now - self._begin > settings.upload_seconds:
                    raise RequestError(408, "slow_body", "the body of the request came too slowly") from None
                self._window = (now, self._bytes_in)
        if message["type"] == "http.request":
            self._count(len(message.get("body", b"")))
            self._complete = not message.get("more_body", False)
        else:
            self._complete = True
        return message

    def _count(self, length: int) -> None:
        settings = self._service.settings
        self._bytes_in += length
        self._held += length
        self._service.uploading += length
        if self._bytes_in > settings.body_bytes:
            raise _too_large(settings.body_bytes)
        if self._service.uploading > settings.upload_bytes:
            raise RequestError(429, "uploads_full", "too much is being uploaded; try again", retry_after=5)
        now = time.perf_counter()
        if now - self._window[0] > settings.body_seconds:
            if self._bytes_in - self._window[1] < settings.body_rate * settings.body_seconds:
                raise RequestError(408, "slow_body", "the body of the request came too slowly")
            self._window = (now, self._bytes_in)

    async def send(self, message: _Message) -> None:
        """Pass the answer on, with the headers that every answer has."""
        if message["type"] == "http.response.start":
            self.started = True
            self._status = message["status"]
            headers = [pair for pair in message.get("headers", []) if pair[0].lower() != b"x-request-id"]
            message["headers"] = [*headers, *_HEADERS, (b"x-request-id", self.id.encode())]
            if not any(name.lower() == b"cache-control" for name, _ in headers):
                message["headers"].append((b"cache-control", b"no-store"))
            if self._service.draining or (self._has_body and not self._complete):
                message["headers"].append((b"connection", b"close"))
        else:
            self._bytes_out += len(message.get("body", b""))
            self.ended = not message.get("more_body", False)
        await self._send(message)

    async def fail(self, failure: RequestError) -> None:
        """Answer with a failure."""
        self._code = failure.code
        body = failure.body(self.id)
        headers = [(name.lower().encode(), value.encode()) for name, value in failure.headers.items()]
        headers.append((b"content-length", str(len(body)).encode()))
        await self.send({"type": "http.response.start", "status": failure.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

    def finish(self) -> None:
        """Log and count the request."""
        self._service.uploading -= self._held
        seconds = time.perf_counter() - self._begin
        route = getattr(self._scope.get("route"), "path", None) or "other"
        status = self._status or 499
        method = self._scope["method"] if self._scope["method"] in _METHODS else "OTHER"
        self._service.metrics.requests.labels(route, method, str(status)).inc()
        self._service.metrics.seconds.labels(route).observe(seconds)
        state = self._scope.get("state", {})
        extra = {
            "event": "request", "request_id": self.id, "method": method, "route": route, "status": status,
            "ms": round(1000 * seconds, 1), "bytes_in": self._bytes_in, "bytes_out": self._bytes_out,
            "client": (self._scope.get("client") or ("", 0))[0], "code": self._code or state.get("code"),
            "model": state.get("model"), "waited": state.get("waited"),
        }  # fmt: skip
        _LOG.log(logging.DEBUG if route in _QUIET else logging.INFO, "request", extra=extra)


_METHODS = {"GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"}
_QUIET = {"/livez", "/readyz", "/metrics"}
