"""Running the app: one process, one socket, and a leave that costs nobody an answer."""

import asyncio
import ctypes
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from types import FrameType

import uvicorn

from srgan.errors import UsageError
from srgan.serving.app import create_app
from srgan.serving.memory import give_back
from srgan.serving.protocol import protocol_for
from srgan.serving.service import Service
from srgan.serving.settings import Settings

__all__ = ["build_server", "listen", "turn_away"]

_LEAST_DRAIN = 0.5
_BACKLOG = 1024
_FETCH_SECONDS = 5.0
_TRIM_TICKS = 100  # of a tenth of a second
_LAST_SECONDS = 3
_SO_ATTACH_FILTER = 26  # of Linux's asm-generic/socket.h


class _Server(uvicorn.Server):
    """Answers SIGTERM and SIGINT by taking leave: refuses what is new, answers what it accepted, and then ends."""

    def __init__(self, config: uvicorn.Config, service: Service, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._service = service
        self._ready = ready
        self._leaving: float | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal starts the leave; a second SIGINT ends it at once."""
        if self._leaving is not None and sig == signal.SIGINT:
            self.force_exit = self.should_exit = True
            return
        self._service.draining = True
        self._leaving = self._leaving or time.monotonic()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        address = self.servers[0].sockets[0].getsockname()
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        self._ready(f"http://{host}:{address[1]}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and end.

        The system resets connections that wait to be accepted when a socket is closed; so none may come any more, and
        those that wait are accepted first.
        """
        for place in sockets or []:
            turn_away(place)
        if self._leaving is not None:  # answers on their way to slow clients have what is left of the time
            left = self._service.settings.drain_seconds + _LAST_SECONDS - (time.monotonic() - self._leaving)
            self.config.timeout_graceful_shutdown = max(_LAST_SECONDS, round(left))
        await asyncio.sleep(0.1)
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Whether to end now."""
        ended = await super().on_tick(counter)
        if counter % _TRIM_TICKS == 0:
            give_back()
        if ended or self._leaving is None:
            return ended
        seconds = time.monotonic() - self._leaving
        if seconds > self._service.settings.drain_seconds:
            return True
        waiting = self._service.line.length or (self._service.jobs.unfetched and seconds < _FETCH_SECONDS)
        return seconds > _LEAST_DRAIN and not waiting


def turn_away(place: socket.socket) -> None:
    """Let nobody connect any more, without a word: their system tries again, and finds the socket closed by then."""
    if sys.platform != "linux":
        place.listen(0)
        return
    # A packet filter of one instruction: "return 0", which drops all that comes to the listening socket itself.
    program = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
    place.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))


def listen(settings: Settings) -> socket.socket:
    """The socket that a server is to listen on.

    Raises:
        UsageError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot listen on --host {settings.host} --port {settings.port}: {reason}") from error


def build_server(service: Service, ready: Callable[[str], None]) -> uvicorn.Server:
    """A server, which is run with ``server.run([listen(settings)])``.

    Args:
        service: what stands behind it.
        ready: told the address as soon as it listens.
    """
    settings: Settings = service.settings
    config = uvicorn.Config(
        create_app(service),
        http=protocol_for(settings),
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=16_384,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=_LAST_SECONDS,
        backlog=_BACKLOG,
    )
    return _Server(config, service, ready)
