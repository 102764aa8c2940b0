"""Fetching: resumed, checked, complete or not there; and silent when it must be."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import pytest

from srgan.errors import ModelError, UsageError
from srgan.zoo.fetching import Origin, fetch, look_up, offline, resolve
from tests.runtime.networks import described
from tests.zoo.conftest import index

__all__ = ["index"]

CONTENT = described(2, channels=16)
DIGEST = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves files by their path; may break off, and tells what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {"/model.onnx": CONTENT}
        self.tag = '"one"'
        self.breaks: list[int] = []
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = 0
        if asked and self.headers.get("If-Range") == self.server.tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", self.server.tag)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = start + self.server.breaks.pop(0) if self.server.breaks else len(content)
        self.wfile.write(content[start:end])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("SRGAN_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_file_is_fetched_and_checked(server: Server, tmp_path: Path) -> None:
    path = fetch(resolve(f"{server.url}/model.onnx"), tmp_path / "sub" / "mine.onnx", sha256=DIGEST.upper())
    assert path.read_bytes() == CONTENT
    assert files(tmp_path / "sub") == ["mine.onnx"]
    fetch(resolve(f"{server.url}/model.onnx"), path, sha256=DIGEST)
    assert len(server.ranges) == 1, "what is there and right is not fetched again"


def test_a_broken_connection_is_continued(server: Server, tmp_path: Path) -> None:
    server.breaks = [1000, 500]
    path = fetch(resolve(f"{server.url}/model.onnx"), tmp_path / "mine.onnx", sha256=DIGEST)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1000-", "bytes=1500-"]
    assert files(tmp_path) == ["mine.onnx"]


def test_an_encrypted_address_leads_to_no_open_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def redirected(_: object, timeout: float) -> object:
        return urlopen(f"{server.url}/model.onnx", timeout=timeout)

    monkeypatch.setattr("srgan.zoo.fetching.urlopen", redirected)
    with pytest.raises(ModelError, match="not encrypted"):
        fetch(resolve("https://models.example/model.onnx"), tmp_path / "mine.onnx")
    assert not files(tmp_path)


def test_the_next_run_continues(server: Server, tmp_path: Path) -> None:
    server.breaks = [700, 100, 100]
    origin = resolve(f"{server.url}/model.onnx")
    with pytest.raises(ModelError, match=r"900 bytes are here: run the command again to continue"):
        fetch(origin, tmp_path / "mine.onnx", sha256=DIGEST)
    assert "mine.onnx" not in files(tmp_path)
    assert fetch(origin, tmp_path / "mine.onnx", sha256=DIGEST).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=900-"


def test_a_file_that_changed_in_between_is_begun_anew(server: Server, tmp_path: Path) -> None:
    server.breaks = [700, 0, 0]
    origin = resolve(f"{server.url}/model.onnx")
    with pytest.raises(ModelError):
        fetch(origin, tmp_path / "mine.onnx", sha256=DIGEST)
    server.tag = '"two"'
    assert fetch(origin, tmp_path / "mine.onnx", sha256=DIGEST).read_bytes() == CONTENT


def test_another_file_is_refused_and_gone(server: Server, tmp_path: Path) -> None:
    server.files["/model.onnx"] = described(2, channels=16, seed=1)
    with pytest.raises(ModelError, match=rf"its sha256 is [0-9a-f]{{64}}, not {DIGEST}"):
        fetch(resolve(f"{server.url}/model.onnx"), tmp_path / "mine.onnx", sha256=DIGEST)
    assert files(tmp_path) == []


def test_what_is_no_model_is_refused_and_gone(server: Server, tmp_path: Path) -> None:
    page = b"<html>Please log in</html>"
    server.files["/model.onnx"] = page
    with pytest.raises(ModelError, match="is not an ONNX file"):
        fetch(resolve(f"{server.url}/model.onnx"), tmp_path / "mine.onnx", sha256=hashlib.sha256(page).hexdigest())
    assert files(tmp_path) == []


def test_an_absent_file_keeps_the_one_that_is_here(server: Server, tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"old")
    with pytest.raises(ModelError, match="404"):
        fetch(resolve(f"{server.url}/other.onnx"), tmp_path / "mine.onnx", sha256=DIGEST)
    assert (tmp_path / "mine.onnx").read_bytes() == b"old"
    assert len(server.ranges) == 1, "what is not there is not asked for again"


def test_no_connection_offline_or_without_encryption(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = resolve(f"{server.url}/model.onnx")
    with pytest.raises(UsageError, match="is not encrypted: give its checksum"):
        fetch(origin, tmp_path / "mine.onnx")
    monkeypatch.setenv("SRGAN_OFFLINE", "1")
    assert offline()
    with pytest.raises(ModelError, match="SRGAN_OFFLINE is set"):
        fetch(origin, tmp_path / "mine.onnx", sha256=DIGEST)
    assert server.ranges == []
    monkeypatch.setenv("SRGAN_OFFLINE", "0")
    assert not offline()


def test_a_host_that_is_not_there(tmp_path: Path, server: Server) -> None:
    url = server.url
    server.server_close()
    with pytest.raises(ModelError, match=r"cannot be fetched .* 0 bytes are here"):
        fetch(resolve(f"{url}/model.onnx"), tmp_path / "mine.onnx", sha256=DIGEST)


def test_a_folder_is_a_mirror(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SRGAN_OFFLINE", "1")
    origin, entry = look_up(str(index.parent), "X2-Tiny", tmp_path / "scratch")
    path = fetch(origin, tmp_path / "got.onnx", sha256=entry.sha256)
    assert path.read_bytes() == (index.parent / "models/x2-tiny.onnx").read_bytes()
    with pytest.raises(ModelError, match="has no model 'x3'; it has x2-tiny"):
        look_up(str(index.parent), "x3", tmp_path / "scratch")
    index.write_text(index.read_text().replace("models/x2-tiny.onnx", "../secret.onnx"))
    with pytest.raises(ModelError, match="leads out of it"):
        look_up(str(index.parent), "x2-tiny", tmp_path / "scratch")
    index.write_text("[[model]]\nname = 3\n")
    with pytest.raises(ModelError, match="is damaged"):
        look_up(str(index.parent), "x2-tiny", tmp_path / "scratch")


def test_a_url_is_a_mirror(server: Server, index: Path, tmp_path: Path) -> None:
    server.files["/zoo/index.toml"] = index.read_bytes()
    server.files["/zoo/models/x2-tiny.onnx"] = (index.parent / "models/x2-tiny.onnx").read_bytes()
    origin, entry = look_up(f"{server.url}/zoo/", "x2-tiny", tmp_path / "scratch")
    assert fetch(origin, tmp_path / origin.name, sha256=entry.sha256).name == "x2-tiny.onnx"


def test_paths_and_hubs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert resolve("hf:some/body/dir/a b.onnx") == Origin(
        "https://huggingface.co/some/body/resolve/main/dir/a%20b.onnx", True, "a b.onnx"
    )
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    assert resolve("hf:some/body@v1/x.onnx").place == "https://mirror.example/some/body/resolve/v1/x.onnx"
    assert resolve("models/a.onnx") == Origin("models/a.onnx", False, "a.onnx")
    for wrong in ("hf:some/body", "hf:some/body/../../x", "ftp://host/a.onnx", "https://host"):
        with pytest.raises(UsageError):
            resolve(wrong)
    with pytest.raises(ModelError, match="there is no file"):
        fetch(resolve(str(tmp_path / "absent.onnx")), tmp_path / "mine.onnx")
    assert files(tmp_path) == []
