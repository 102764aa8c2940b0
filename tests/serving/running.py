"""A server that runs in this process, on a free port, and pictures for it."""

import asyncio
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from srgan.serving import Settings
from srgan.serving.app import create_service
from srgan.serving.server import build_server, listen
from srgan.serving.service import Service
from tests.runtime.makers import Kind, described


class Running:
    """A server in a thread."""

    def __init__(self, service: Service) -> None:
        self.service = service
        ready = threading.Event()
        self.url = ""

        def tell(url: str) -> None:
            self.url, self.loop = url, asyncio.get_running_loop()
            ready.set()

        self.server = build_server(service, tell)
        self.thread = threading.Thread(target=self.server.run, args=([listen(service.settings)],), daemon=True)
        self.thread.start()
        assert ready.wait(30)
        self.port = int(self.url.rpartition(":")[2])

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)
        assert not self.thread.is_alive()

    def talk(self, data: bytes, seconds: float = 10.0) -> bytes:
        """Send raw bytes; everything that comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), seconds) as connection:
            connection.sendall(data)
            return drain(connection)


def drain(connection: socket.socket) -> bytes:
    """Everything that comes until the other side closes."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Wait for something that comes about by itself; whether it did."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


@contextmanager
def running(**settings: Any) -> Iterator[Running]:  # noqa: ANN401
    """A server with these settings on top of what makes it small."""
    small: dict[str, Any] = {"port": 0, "models": ("bicubic",), "workers": 2, "device": "cpu", "precision": "fp32"}
    server = Running(create_service(Settings(**(small | settings))))
    try:
        yield server
    finally:
        server.stop()


def picture(width: int = 8, height: int = 6, format: str = "PNG", seed: int = 0) -> bytes:
    """A file with a noisy picture."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture in a file."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def maker_file(folder: Path, kind: Kind = "text") -> Path:
    """A model that makes pictures of texts, classes or noise."""
    path = folder / f"{kind}.onnx"
    path.write_bytes(described(kind))
    return path
