"""Requests and pictures that a server must refuse; `benchmarks.serving_attack` and the tests send them."""

import io
import struct
import zlib
from collections.abc import Iterator
from itertools import product

import numpy as np
from PIL import Image

_TARGETS = ("etc/passwd", "settings.py", "app.py", "__init__.py", "proc/self/environ", "root/.ssh/id_rsa")
_CLIMBS = (
    "/../", "/../../../../../../../../", "/..%2f", "/..%2f..%2f..%2f..%2f", "/%2e%2e/", "/%2e%2e%2f%2e%2e%2f",
    "/....//....//", "/..\\..\\", "/..%5c..%5c", "/%c0%ae%c0%ae/", "/%252e%252e%252f", "/page/../../",
    "/style.css/../../", "/static/..//", "//", "///", "/./.././../", "/%00/../", "/v1/../../../",
    "/v1/jobs/..%2f..%2f..%2f", "/v1/jobs/../../", "/index.html/../../", "/file:///", "/\\\\", "/..;/", "/.%00./",
)  # fmt: skip
_HOSTS = (
    "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil.example:80", "0.0.0.0", "169.254.169.254",
    "[::]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1", "localhost@evil.example", "evil.example#localhost",
    "localhost%00.evil.example", "localhost/evil.example", "local host", "", "localhost,evil.example", "*",
    "evil.example:127.0.0.1", "\xe9vil.example", "metadata.google.internal", "localhost.", "xn--lcalhost-94a",
    "127.0.0.2",
)  # fmt: skip
_ORIGINS = (
    "https://evil.example", "http://evil.example", "null", "file://", "http://localhost.evil.example",
    "http://127.0.0.1.evil.example", "http://localhost@evil.example", "https://evil.example/?http://localhost",
    "chrome-extension://abcdefgh", "http://[::1].evil.example", "javascript://localhost/%0aalert(1)", "http://localhost:1",
    "http://0.0.0.0", "http://169.254.169.254", "data:text/html,x", "", "http://", "http://localhost evil.example",
    "//localhost", "HTTP://EVIL.EXAMPLE",
)  # fmt: skip
_SPLITS = (
    "%0d%0aSet-Cookie:%20a=b", "%0aSet-Cookie:%20a=b", "%0d%0a%0d%0a<script>alert(1)</script>", "\rSet-Cookie: a=b",
    "%E5%98%8A%E5%98%8DSet-Cookie:%20a=b", "%u000aSet-Cookie:%20a=b", "%0d%20Set-Cookie:%20a=b",
)  # fmt: skip
_SPLIT_PLACES = ("/{}", "/v1/jobs/{}", "/v1/upscale?model={}", "/index.html?{}", "/style.css%3f{}")
_FRAMINGS = (
    b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: 5, 5, 6", b"Content-Length: 0x10",
    b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: gzip", b"Transfer-Encoding: chunked, identity", b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked", b"Content-Length: 99999999999999999999999", b"Content-Length: abc", b"X: y\x00z",
    b"X: a\rb", b" folded: x", b": nothing", b"Content-Length",
)  # fmt: skip
_CHUNKS = (
    b"8000000000000000\r\n",
    b"-1\r\n",
    b"zz\r\n",
    b"FFFFFFFFFFFFFFFFFFFF\r\n",
    b"5;" + b"x" * 20_000,
    b"5\r\nabcdeX",
)


def hostile_requests() -> Iterator[tuple[str, bytes]]:
    """More than 300 requests, each with a name; none may be answered with success, nor with a server error."""
    for climb, target in product(_CLIMBS, _TARGETS):
        yield f"traversal {climb}{target}", _request(f"GET {climb}{target} HTTP/1.1".encode("latin-1"))
    for host, method in product(_HOSTS, ("GET /v1/models", "POST /v1/upscale")):
        yield f"host {host!r} {method}", _request(f"{method} HTTP/1.1".encode(), host=host.encode("latin-1"))
    for origin, path in product(_ORIGINS, ("/v1/models", "/v1/jobs/x", "/")):
        yield (
            f"origin {origin!r} {path}",
            _request(f"GET {path} HTTP/1.1".encode(), b"Origin: " + origin.encode("latin-1")),
        )
    for place, split in product(_SPLIT_PLACES, _SPLITS):
        method = "POST" if "upscale" in place else "GET"
        if "index.html?" not in place or "\r" in split:  # whose query means nothing to it
            yield f"split {place} {split!r}", _request(f"{method} {place.format(split)} HTTP/1.1".encode("latin-1"))
    for framing in _FRAMINGS:
        yield f"framing {framing!r}", _request(b"POST /v1/upscale HTTP/1.1", framing)
    for chunk in _CHUNKS:
        head = _request(b"POST /v1/upscale HTTP/1.1", b"Transfer-Encoding: chunked")
        yield f"chunk {chunk[:20]!r}", head + chunk
    for garbage in (
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 100,
        b"GET  /  HTTP/9.9\r\n\r\n",
    ):
        yield f"garbage {garbage[:10]!r}", garbage


def _request(line: bytes, *headers: bytes, host: bytes = b"localhost") -> bytes:
    return b"\r\n".join([line, b"Host: " + host, *headers, b"Connection: close", b"", b""])


def malformed_pictures(count: int, seed: int = 0) -> Iterator[bytes]:
    """Files that were pictures: bytes changed, cut off, or filled with noise; a few still are some."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (48, 64, 3), np.uint8)
    whole = []
    for format in ("PNG", "JPEG", "WEBP", "GIF", "TIFF", "BMP"):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format)
        whole.append(buffer.getvalue())
    for index in range(count):
        data = bytearray(whole[index % len(whole)])
        kind = index // len(whole) % 3
        if kind == 0:
            for place in rng.integers(8, len(data), 40):
                data[int(place)] = int(rng.integers(256))
        elif kind == 1:
            del data[int(rng.integers(1, len(data))) :]
        else:
            data[int(rng.integers(4, 40)) :] = rng.bytes(2000)
        yield bytes(data)


def bombs() -> list[bytes]:
    """Small files that promise or contain very much."""
    webp = io.BytesIO()
    Image.new("RGB", (12_000, 7_000)).save(webp, "WEBP", lossless=True, quality=0, method=0)
    return [
        _png(50_000, 50_000, b"\0" * 1000),
        _png(30_000, 30_000, b"\0" * 100_000),
        _png(9_400, 9_400, _zeros(9_400 * (9_400 * 3 + 1))),
        _png(2**31 - 1, 2**31 - 1, b""),
        _png(0, 0, b""),
        _png(16, 16, zlib.compress(bytes(16 * 49)), (b"zTXt", b"a\0\0" + _zeros(200_000_000))),
        _png(16, 16, zlib.compress(bytes(16 * 49)), (b"iCCP", b"a\0\0" + _zeros(200_000_000))),
        webp.getvalue(),
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 1000, 0, 0, 54, 40, 10, -(2**31), 1, 24, 0, 0, 0, 0, 0, 0) + bytes(900),
    ]


def _zeros(length: int) -> bytes:
    """So many zeros, deflated."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(length >> 20)]
    return b"".join([*parts, packer.compress(bytes(length & ((1 << 20) - 1))), packer.flush()])


def _png(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    middle = b"".join(chunk(kind, content) for kind, content in more)
    return b"\x89PNG\r\n\x1a\n" + head + middle + chunk(b"IDAT", data) + chunk(b"IEND", b"")
