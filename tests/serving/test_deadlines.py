"""Slow clients, clients that go away, and clients that do not read: each costs only itself."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.serving.running import Running, drain, picture, running, until

HEAD = b"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def hasty() -> Iterator[Running]:
    """A server that waits for nobody."""
    with running(header_seconds=0.3, body_seconds=0.3, upload_seconds=1.0, write_seconds=0.5) as server:
        yield server


def _connect(server: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 5)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEAD, HEAD + b"X: "])
def test_slow_heads(hasty: Running, sent: bytes) -> None:
    with _connect(hasty) as connection:
        connection.sendall(sent)
        began = time.monotonic()
        answer = drain(connection)
    assert time.monotonic() - began < 2
    assert answer.startswith(b"HTTP/1.1 408") == bool(sent)


def test_dripping_heads(hasty: Running) -> None:
    with _connect(hasty) as connection:
        answer, taken = _drip(connection, b"G")
    assert answer.startswith(b"HTTP/1.1 408")
    assert taken < 2


@pytest.mark.parametrize("framing", [b"Content-Length: 5000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_bodies_that_do_not_come(hasty: Running, framing: bytes) -> None:
    with _connect(hasty) as connection:
        connection.sendall(HEAD + framing)
        began = time.monotonic()
        answer = drain(connection)
    assert time.monotonic() - began < 4
    assert b" 408 " in answer
    assert b"slow_body" in answer


@pytest.mark.parametrize(("piece", "least"), [(b"x", 0.2), (b"x" * 1000, 0.9)], ids=["drips", "flows"])
def test_bodies_that_take_too_long(hasty: Running, piece: bytes, least: float) -> None:
    with _connect(hasty) as connection:
        connection.sendall(HEAD + b"Content-Length: 5000000\r\n\r\n")
        answer, taken = _drip(connection, piece)
    assert answer.startswith(b"HTTP/1.1 408")
    assert least < taken < 4
    assert until(lambda: hasty.service.uploading == 0), "the answer goes out before the books are closed"


def test_answers_that_nobody_takes(hasty: Running) -> None:
    data = picture(64, 64)
    query = b"POST /v1/upscale?width=3000&height=3000&format=bmp HTTP/1.1\r\nHost: localhost\r\n"
    with _connect(hasty) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(query + b"Content-Length: %d\r\n\r\n" % len(data) + data)
        assert until(lambda: not hasty.server.server_state.connections)


def test_who_goes_away_is_not_worked_for(hasty: Running) -> None:
    data = picture(64, 64)
    with _connect(hasty) as connection:
        connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(data) + data)
    assert until(lambda: hasty.service.line.length == 0)


def test_normal_clients_are_served_all_the_while(hasty: Running) -> None:
    slow = [_connect(hasty) for _ in range(20)]
    for connection in slow:
        connection.sendall(HEAD)
    with httpx.Client(base_url=hasty.url) as client:
        for _ in range(5):
            assert client.post("/v1/upscale", content=picture()).status_code == 200
    for connection in slow:
        connection.close()


def test_connections_are_bounded() -> None:
    with running(connections=3) as server:
        held = [_connect(server) for _ in range(3)]
        time.sleep(0.2)
        with _connect(server) as fourth:
            assert _end(fourth) == b""
        for connection in held:
            connection.close()
        time.sleep(0.2)
        assert httpx.get(f"{server.url}/livez").status_code == 200


def _drip(connection: socket.socket, piece: bytes) -> tuple[bytes, float]:
    """Send piece after piece until there is an answer; the answer, and the seconds until it came."""
    began = time.monotonic()
    connection.settimeout(0.05)
    while time.monotonic() - began < 6:
        connection.sendall(piece)
        try:
            return connection.recv(1000), time.monotonic() - began
        except TimeoutError:
            continue
    return b"", 6.0


def _end(connection: socket.socket) -> bytes:
    try:
        return drain(connection)
    except ConnectionResetError:
        return b""
