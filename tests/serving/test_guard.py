"""What every request passes first, on a real socket."""

import contextlib
import json
import logging
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from srgan.errors import UsageError
from srgan.serving import Settings
from srgan.serving.logs import JsonLines
from tests.serving.running import Running, drain, picture, running, until

TOKEN = "a token of sufficient length"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Running]:
    """A server with a token, a name and an origin, which takes 50 kB."""
    names = {"hosts": ("pictures.example",), "origins": ("https://app.example",)}
    with running(token=TOKEN, body_bytes=50_000, **names) as server:
        yield server


@pytest.fixture(scope="module")
def client(guarded: Running) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=guarded.url, headers=headers) as client:
        yield client


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN, "Bearer \xe9"]
)
@pytest.mark.parametrize("path", ["/v1/models", "/metrics", "/v1/jobs/x"])
def test_without_the_token_nothing_is_had(client: httpx.Client, path: str, value: str) -> None:
    answer = client.get(path, headers={b"authorization": value.encode("latin-1")})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_page_and_health_need_no_token(client: httpx.Client) -> None:
    for path in ("/", "/livez", "/readyz", "/page.js"):
        assert client.get(path, headers={"authorization": ""}).status_code == 200
    assert client.get("/v1/models").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:1", 200),
        ("LOCALHOST", 200),
        ("[::1]:8000", 200),
        ("pictures.example", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example:127.0.0.1", 421),
        ("pictures.example.", 421),
        ("169.254.169.254", 421),
        ("0.0.0.0", 421),
        ("localhost@evil.example", 421),
    ],
)
def test_hosts(client: httpx.Client, host: str, status: int) -> None:
    answer = client.get("/livez", headers={"host": host})
    assert answer.status_code == status
    assert host == "localhost" or status == 200 or answer.json()["code"] == "wrong_host"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("OWN", 200),
        ("https://app.example", 200),
        ("https://evil.example", 403),
        ("http://app.example", 403),
        ("https://app.example.evil.example", 403),
        ("null", 403),
        ("file://", 403),
    ],
)
def test_origins(guarded: Running, client: httpx.Client, origin: str, status: int) -> None:
    answer = client.get("/v1/models", headers={"origin": guarded.url if origin == "OWN" else origin})
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers


def test_headers_of_every_answer(client: httpx.Client) -> None:
    for answer in (client.get("/"), client.get("/nothing"), client.get("/livez", headers={"host": "evil.example"})):
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert client.get("/v1/models").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("given", "kept"), [("abc-1.2_3", True), ("a b", False), ("x" * 65, False), ('"><x', False)])
def test_request_ids(client: httpx.Client, given: str, kept: bool) -> None:
    answer = client.get("/livez", headers={"x-request-id": given})
    assert (answer.headers["x-request-id"] == given) == kept
    assert answer.headers["x-request-id"].isascii()


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/settings.py", "/page/../settings.py", "/__init__.py",
        "/static/../__init__.py", "/index.html%00.css", "/....//....//etc/passwd", "/\\..\\settings.py", "//etc/passwd",
        "/file:///etc/passwd", "/style.css/../page.js", "/.", "/..", "/%c0%ae%c0%ae/etc/passwd", "/index.html/",
    ],
)  # fmt: skip
def test_no_other_file_is_read(guarded: Running, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = guarded.talk(request.encode())
    assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), answer[:200]


def test_too_large_bodies_are_refused_before_they_are_sent(guarded: Running) -> None:
    head = f"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    answer = guarded.talk(f"{head}Content-Length: 50001\r\n\r\n".encode())
    assert b" 413 " in answer
    assert b"body_too_large" in answer


def test_who_is_refused_early_may_send_to_the_end(guarded: Running) -> None:
    head = "POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nContent-Length: 49000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", guarded.port), 10) as connection:
        connection.sendall(head.encode())
        time.sleep(0.3)
        for _ in range(7):
            connection.sendall(b"x" * 7000)
            time.sleep(0.02)
        assert drain(connection).startswith(b"HTTP/1.1 401")


def test_too_large_bodies_are_refused_while_they_arrive(guarded: Running) -> None:
    head = f"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
    chunks = b"".join(b"2710\r\n" + b"x" * 10_000 + b"\r\n" for _ in range(9))
    answer = guarded.talk(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
    assert b" 413 " in answer
    assert until(lambda: guarded.service.uploading == 0)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n", b"4"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"400"),
        (b"POST /livez HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", b"400"),
        (b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\rSet-Cookie: c\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 17_000 + b"\r\nConnection: close\r\n\r\n", b"431"),
        (b"GET /?" + b"y" * 17_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", b"431"),
    ],
)
def test_what_is_no_proper_request(guarded: Running, request_: bytes, status: bytes) -> None:
    answer = guarded.talk(request_)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:100]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"]


def test_no_answer_splits(client: httpx.Client) -> None:
    answer = client.post("/v1/upscale", params={"model": "a\r\nSet-Cookie: b=c"}, content=picture())
    assert "set-cookie" not in answer.headers


class _Lines(logging.Handler):
    """What the server logs, as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(JsonLines().format(record))


@pytest.fixture
def logged() -> Iterator[list[str]]:
    logger, handler = logging.getLogger("srgan.serving"), _Lines()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler.lines
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_of_a_too_large_body_little_more_than_the_limit_is_taken(guarded: Running, logged: list[str]) -> None:
    head = f"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\nX-Request-ID: huge\r\n"
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with socket.create_connection(("127.0.0.1", guarded.port), 10) as connection:
        connection.settimeout(2.0)
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        guarded.loop.call_soon_threadsafe(time.sleep, 0.5)  # so that much more is there when the server reads on
        with contextlib.suppress(OSError):  # at some point nothing more is taken
            for _ in range(400):
                connection.sendall(chunk)
        assert b" 413 " in connection.recv(1000)
    assert until(lambda: any("huge" in line for line in logged))
    (line,) = [json.loads(line) for line in logged if "huge" in line]
    assert (line["status"], line["code"]) == (413, "body_too_large")
    assert 50_000 < line["bytes_in"] <= 50_000 + 65_536


def test_logs_are_json_and_name_nothing_of_the_client(client: httpx.Client, logged: list[str]) -> None:
    files = {"image": ("secret name.png", picture())}
    answer = client.post("/v1/upscale?scale=2", files=files, headers={"x-request-id": "mine"})
    assert answer.status_code == 200
    assert until(lambda: any("mine" in line for line in logged))
    (line,) = [line for line in logged if "mine" in line]
    told = json.loads(line)
    assert (told["route"], told["status"], told["model"], told["request_id"]) == ("/v1/upscale", 200, "bicubic", "mine")
    assert "secret" not in line
    assert TOKEN not in line


def test_metrics_have_bounded_labels(client: httpx.Client) -> None:
    for path in ("/random-1", "/random/2", "/v1/jobs/random-3"):
        client.get(path)
    client.request("BREW", "/")
    client.post("/v1/upscale", content=picture())
    text = client.get("/metrics").text
    assert "random" not in text
    assert "BREW" not in text
    assert 'srgan_pictures_total{command="upscale",model="bicubic",outcome="done"}' in text
    for name in (
        "srgan_request_seconds_bucket",
        "srgan_queue ",
        "srgan_queue_limit 8",
        "srgan_pixels_total",
        "srgan_ready 1",
    ):
        assert name in text
    assert 'srgan_model_info{command="upscale",device="bicubic on the CPU (numpy)"' in text


def test_open_doors_need_a_token() -> None:
    with pytest.raises(UsageError, match="SRGAN_TOKEN"):
        Settings(host="0.0.0.0")
    with pytest.raises(UsageError, match="16"):
        Settings(token="short")
    with pytest.raises(UsageError, match="origin"):
        Settings(origins=("app.example",))
    assert TOKEN not in repr(Settings(host="0.0.0.0", token=TOKEN))
