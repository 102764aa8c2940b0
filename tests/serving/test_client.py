"""The client of the standard library."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from srgan.errors import PictureError, UsageError
from srgan.serving import Client, ServerError
from srgan.serving.answers import Reply
from srgan.serving.connection import Connection
from tests.serving.running import Running, opened, picture, running


@pytest.fixture
def client(server: Running) -> Iterator[Client]:
    with Client(server.url, patience=5) as client:
        yield client


def test_pictures(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "small.png"
    path.write_bytes(picture(9, 7))
    served = client.upscale(path, model="x4-fidelity", format="webp")
    assert (served.width, served.height, served.suffix, served.model, served.scale) == (
        36,
        28,
        "webp",
        "x4-fidelity",
        4,
    )
    assert served.precision == "fp32"
    assert opened(served.save(tmp_path / "large.webp").read_bytes()).size == (36, 28)
    assert client.upscale(picture(), long_side=16).width == 16
    assert client.translate(picture(), size=32).model == "emoji-colour"
    assert client.generate("a red apple", seed=1).data != client.generate("a red apple", seed=2).data
    assert "client" not in repr(served)


def test_what_the_server_offers(client: Client) -> None:
    assert client.ready()
    assert [model["name"] for model in client.models()][:2] == ["bicubic", "x4-fidelity"]


def test_jobs(client: Client) -> None:
    job = client.submit(picture(30, 20), model="x4-fidelity")
    states = list(job.watch())
    assert states[-1]["status"] == "done"
    assert job.result().width == 120
    assert job.state()["progress"] == 1
    job.delete()
    with pytest.raises(UsageError, match="no such job"):
        job.state()


def test_refusals(client: Client, tmp_path: Path) -> None:
    with pytest.raises(PictureError) as refused:
        client.upscale(picture()[:50])
    assert refused.value.code == "truncated"
    with pytest.raises(PictureError, match="no such file"):
        client.upscale(tmp_path / "absent.png")
    with pytest.raises(UsageError, match="no such model"):
        client.upscale(picture(), model="x5")
    with pytest.raises(UsageError, match="scale"):
        client.upscale(picture(), scale=1000)
    for address in ("localhost:8000", "http://localhost:80a0", "http://localhost:99999", "http://[::1"):
        with pytest.raises(UsageError, match="is no address of a server"):
            Client(address)


def test_a_proxy_that_names_a_date(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    replies = [Reply(503, http.client.HTTPMessage(), b"")]
    replies[0].headers["Retry-After"] = "Wed, 21 Oct 2015 07:28:00 GMT"
    once = Connection.once
    pauses: list[float] = []
    monkeypatch.setattr(Connection, "once", lambda self, *asked: replies.pop() if replies else once(self, *asked))
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=pauses.append)
    monkeypatch.setattr("srgan.serving.connection.time", clock)
    assert client.models()
    assert pauses == [1.0]


def test_a_server_that_is_not_there() -> None:
    client = Client("http://127.0.0.1:9", timeout=2, patience=0)
    assert not client.ready()
    with pytest.raises(ServerError) as absent:
        client.models()
    assert absent.value.status == 0
    assert "is srgan serve running there?" in str(absent.value)


def test_tokens_and_kept_connections() -> None:
    token = "a token of sufficient length"
    with running(token=token) as server:
        with Client(server.url) as stranger, pytest.raises(UsageError, match="token"):
            stranger.models()
        with Client(server.url, token=token) as client:
            assert client.models()
            for connection in [*server.server.server_state.connections]:
                server.loop.call_soon_threadsafe(connection.transport.close)
            time.sleep(0.2)
            assert client.models(), "a connection that was closed meanwhile is opened again"
