"""What a server may be told: where it listens, who may ask, and what a request may cost."""

import ipaddress
import os
from dataclasses import dataclass, field

from srgan.errors import UsageError
from srgan.images import Limits
from srgan.runtime import Device, Precision

__all__ = ["Settings"]

_LIMITS = Limits(input_pixels=50_000_000, output_pixels=400_000_000, file_bytes=25_000_000)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a server is run.

    Attributes:
        host: address to listen on; anything but loopback needs a token.
        port: 0 takes a free one.
        token: what requests must show as ``Authorization: Bearer ...``; None: nothing.
        hosts: names that requests may call the server by, besides loopback and its own address.
        origins: web origins (``https://example.org``) whose pages may ask, besides the server's own.
        models: names of packaged models or paths; empty: all packaged ones.
        device: where to compute.
        precision: of the arithmetic.
        queue: pictures that are accepted and not yet answered, at most; one more is refused with 429.
        jobs: asynchronous jobs that are kept, finished or not, at most.
        workers: pictures in hand at a time: decoded, computed and encoded next to each other.
        body_bytes: largest body of a request.
        limits: what one picture may cost.
        memory_bytes: bytes of pixels in hand at a time; a single larger picture waits until it is alone.
        upload_bytes: bytes of unfinished uploads at a time.
        connections: open connections at a time.
        header_seconds: until the head of a request must be complete.
        body_seconds: of a body, in which at least `body_rate` bytes a second must arrive.
        body_rate: bytes a second.
        upload_seconds: until a body must be complete.
        write_seconds: without progress of an answer on its way, after which the connection is cut.
        compute_seconds: until a picture must be done.
        job_seconds: until a job must be done.
        keep_seconds: that the result of a job is kept.
        drain_seconds: after SIGTERM, until what was accepted must be answered.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    device: Device = "auto"
    precision: Precision = "auto"
    queue: int = 8
    jobs: int = 64
    workers: int = max(2, min(8, (os.cpu_count() or 1) // 2 + 1))
    body_bytes: int = 25_000_000
    limits: Limits = _LIMITS
    memory_bytes: int = 2 << 30
    upload_bytes: int = 256_000_000
    connections: int = 512
    header_seconds: float = 10.0
    body_seconds: float = 10.0
    body_rate: int = 1024
    upload_seconds: float = 300.0
    write_seconds: float = 15.0
    compute_seconds: float = 120.0
    job_seconds: float = 1800.0
    keep_seconds: float = 600.0
    drain_seconds: float = 25.0

    def __post_init__(self) -> None:
        """Refuse what cannot be meant.

        Raises:
            UsageError: an open door without a token, a weak token, or an origin that is none.
        """
        if self.token is None and not self.is_loopback:
            raise UsageError(f"listening on {self.host} needs a token: set SRGAN_TOKEN, or give --token-file")
        if self.token is not None and (
            len(self.token) < 16 or not self.token.isascii() or not self.token.isprintable()
        ):
            raise UsageError(
                "a token needs at least 16 printable ASCII characters, for example of: openssl rand -hex 32"
            )
        for origin in self.origins:
            scheme, separator, rest = origin.partition("://")
            if scheme not in ("http", "https") or not separator or not rest or "/" in rest:
                raise UsageError(f"{origin!r} is no web origin; one looks like https://example.org")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
