"""HTTP/1.1 with the deadlines that uvicorn does not have: for heads, for silence, and for answers nobody takes."""

import asyncio
import contextlib
import secrets
import sys
import time
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from srgan.serving.failures import RequestError
from srgan.serving.settings import Settings

__all__ = ["protocol_for"]

_READ_BYTES = 32_768  # taken from the system at a time, and kept unread at most: what is over a limit stays below 64 KB
_LINGER_SECONDS = 10.0
_LINGER_BYTES = 65_536
_LINGER_RATE = 16_384  # bytes a second; who sends less is not waited for
_LEAVE_SECONDS = 1.0


class _Transport:
    """A transport that is closed politely while the client still sends: the answer first, then its rest is discarded.

    Closing a socket with unread data makes the system reset the connection, and the client would never see the answer.
    """

    def __init__(self, real: asyncio.Transport, protocol: "_Protocol") -> None:
        self._real = real
        self._protocol = protocol
        self.written = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._real, name)

    def write(self, data: bytes) -> None:
        self.written += len(data)
        self._real.write(data)

    def is_closing(self) -> bool:
        return self._protocol.lingering or self._real.is_closing()

    def close(self) -> None:
        if not self._protocol.linger():
            self._real.close()


class _Protocol(H11Protocol):
    """One connection."""

    settings: Settings

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.lingering = False
        self._real: asyncio.Transport | None = None
        self._head_since: float | None = None
        self._received = 0
        self._flushed = (0, 0.0)
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._real = transport
        transport.max_size = _READ_BYTES  # type: ignore[attr-defined]
        if len(self.connections) >= self.settings.connections:
            transport.abort()
            return
        super().connection_made(_Transport(transport, self))  # type: ignore[arg-type]
        self._head_since = time.monotonic()
        self._tick()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self.flow is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.flow is None:
            return
        if self.lingering:
            self._received += len(data)
            # Whoever sends what is allowed gets to the end of it, and then reads the answer.
            if self._received > self.settings.body_bytes + _LINGER_BYTES and self._real is not None:
                self._real.pause_reading()
            return
        if self._head_since is None and not self._is_busy:
            self._head_since, self._received = time.monotonic(), 0
        self._received += len(data)
        super().data_received(data)
        if self._is_busy:
            self._head_since = None
            if len(self.cycle.body) > _READ_BYTES:
                self.flow.pause_reading()

    def send_400_response(self, msg: str) -> None:
        error = sys.exception()
        if getattr(error, "error_status_hint", 400) == 431:
            self._refuse(RequestError(431, "head_too_large", "the headers are too large"))
        else:
            self._refuse(RequestError(400, "bad_request", "this is not HTTP as it should be"))

    def shutdown(self) -> None:
        """Take leave: a request that is on its way is still answered."""
        if self.flow is None or self._is_busy:
            super().shutdown()
        else:
            self.loop.call_later(_LEAVE_SECONDS, self._leave)

    def linger(self) -> bool:
        """Whether the connection stays for a moment, because the client still sends."""
        real = self._real
        if real is None or self.lingering or self.conn.their_state not in (h11.SEND_BODY, h11.ERROR):
            return False
        if real.is_closing() or not real.can_write_eof():
            return False
        self.lingering = True
        with contextlib.suppress(OSError, RuntimeError):
            real.write_eof()
        self.flow.resume_reading()
        self._linger_on(self._received, _LINGER_SECONDS)
        return True

    def _linger_on(self, before: int, left: float) -> None:
        """Cut the connection when the client has stopped sending, or has had time enough."""
        assert self._real is not None
        if left <= 0 or (left < _LINGER_SECONDS and self._received - before < _LINGER_RATE):
            self._real.abort()
        elif not self._real.is_closing():
            self.loop.call_later(1.0, self._linger_on, self._received, left - 1.0)

    @property
    def _is_busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _leave(self) -> None:
        if self._real is None or self._real.is_closing():
            return
        if self._is_busy:
            super().shutdown()
        else:
            self._real.close()

    def _tick(self) -> None:
        """Look after the deadlines, a few times in each."""
        settings, now = self.settings, time.monotonic()
        assert self._real is not None
        if self._head_since is not None and now - self._head_since > settings.header_seconds and not self.lingering:
            if self._received and self.conn.our_state is h11.IDLE and self.conn.their_state is h11.IDLE:
                self._refuse(RequestError(408, "slow_head", "the head of the request came too slowly"))
            else:
                self._real.abort()
            self._head_since = None
        buffered = self._real.get_write_buffer_size()
        flushed = self.transport.written - buffered  # type: ignore[attr-defined]
        if not buffered or flushed != self._flushed[0]:
            self._flushed = (flushed, now)
        elif now - self._flushed[1] > settings.write_seconds:
            self._real.abort()
        pause = max(0.02, min(settings.header_seconds, settings.write_seconds) / 4)
        self._timer = self.loop.call_later(pause, self._tick)

    def _refuse(self, failure: RequestError) -> None:
        body = failure.body(secrets.token_hex(8))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        with contextlib.suppress(h11.LocalProtocolError):
            response = h11.Response(status_code=failure.status, headers=headers)
            for event in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def protocol_for(settings: Settings) -> type[asyncio.Protocol]:
    """The protocol class that keeps to these settings."""
    return type("Protocol", (_Protocol,), {"settings": settings})
