"""Faults in the middle, and taking leave."""

import io
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from srgan.images import Decoder
from srgan.runtime.openvino_session import OpenVINOSession
from srgan.runtime.session import NonFiniteError, SessionMemoryError
from srgan.serving import Settings
from srgan.serving.server import listen, turn_away
from tests.runtime.networks import described
from tests.serving.running import picture, running


def test_a_killed_decoder_costs_only_its_own_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Decoder.read
    killed: list[bool] = []

    def kill_first(self: Decoder, source: Any) -> Any:  # noqa: ANN401
        if not killed:
            killed.append(True)
            assert self._child is not None
            self._child.kill()
            self._child.wait()
        return read(self, source)

    monkeypatch.setattr(Decoder, "read", kill_first)
    with running(workers=1) as server, httpx.Client(base_url=server.url, timeout=30) as http:
        answer = http.post("/v1/upscale", content=picture())
        assert (answer.status_code, answer.json()["code"]) == (503, "worker_lost")
        assert answer.headers["retry-after"] == "1"
        assert http.post("/v1/upscale", content=picture()).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RuntimeError("CUDA error 719 in /secret/path"), 500, "internal"),
        (MemoryError(), 503, "oom"),
        (SessionMemoryError("2 GiB"), 422, "oom"),
        (NonFiniteError(), 422, "non_finite"),
    ],
    ids=["device", "memory", "device memory", "not finite"],
)
def test_a_device_error_costs_only_its_own_picture(
    error: Exception, status: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One white picture among grey ones meets the error, whatever its tiles are; the others are computed beside it."""
    path = tmp_path / "x2.onnx"
    path.write_bytes(described(2))
    run = OpenVINOSession.run_pixels

    def ill(self: OpenVINOSession, batch: Any, noise: Any = None) -> Any:  # noqa: ANN401
        if batch.min() == 255:
            raise error
        return run(self, batch, noise)

    monkeypatch.setattr(OpenVINOSession, "run_pixels", ill)
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(buffer, "PNG")
    bodies = [picture(40, 30), buffer.getvalue(), picture(40, 30, seed=1), picture(40, 30, seed=2)]
    with (
        running(models=(str(path),), workers=3) as server,
        ThreadPoolExecutor(4) as pool,
        httpx.Client(base_url=server.url, timeout=60) as http,
    ):
        for _ in range(2):
            answers = list(pool.map(lambda data: http.post("/v1/upscale", content=data), bodies))
            assert [answer.status_code for answer in answers] == [200, status, 200, 200]
            assert answers[1].json()["code"] == code
            assert "secret" not in answers[1].text
        assert http.get("/readyz").status_code == 200


def test_a_bug_is_answered_without_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Decoder, source: Any) -> Any:  # noqa: ANN401
        raise KeyError("/secret/path")

    monkeypatch.setattr(Decoder, "probe", broken)
    with running(workers=1) as server, httpx.Client(base_url=server.url, timeout=30) as http:
        for _ in range(2):
            answer = http.post("/v1/upscale", content=picture())
            assert (answer.status_code, answer.json()["code"]) == (500, "internal")
            assert "secret" not in answer.text


def test_a_full_queue_refuses_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, read = threading.Event(), Decoder.read

    def slowly(self: Decoder, source: Any) -> Any:  # noqa: ANN401
        gate.wait(30)
        return read(self, source)

    monkeypatch.setattr(Decoder, "read", slowly)
    with (
        running(workers=1, queue=3) as server,
        ThreadPoolExecutor(8) as pool,
        httpx.Client(base_url=server.url) as http,
    ):
        asked = [pool.submit(httpx.post, f"{server.url}/v1/upscale", content=picture(), timeout=60) for _ in range(8)]
        while sum(answer.done() for answer in asked) < 5:
            time.sleep(0.02)
        assert server.service.line.length == 3
        assert http.get("/readyz").json() == {"status": "queue_full"}
        assert http.get("/livez").status_code == 200
        gate.set()
        statuses = sorted(answer.result().status_code for answer in asked)
        assert statuses == [200] * 3 + [429] * 5
        refused = next(answer.result() for answer in asked if answer.result().status_code == 429)
        assert int(refused.headers["retry-after"]) >= 1
        assert http.get("/readyz").status_code == 200


def test_a_deadline_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(compute_seconds=0.0) as server:
        answer = httpx.post(f"{server.url}/v1/upscale", content=picture(), timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (504, "deadline")


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_sigterm_answers_what_was_accepted(environment: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, "-m", "srgan", "serve", "--port", "0", "-m", "bicubic", "-j", "1", "--queue", "50"]
    process = subprocess.Popen(
        command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        with ThreadPoolExecutor(6) as pool:
            ask = [
                pool.submit(httpx.post, f"{url}/v1/upscale", content=picture(200, 150), timeout=60) for _ in range(6)
            ]
            while not any(answer.done() for answer in ask):
                time.sleep(0.02)
            os.kill(process.pid, signal.SIGTERM)
            seen = set()
            while process.poll() is None:
                try:
                    ready = httpx.get(f"{url}/readyz", timeout=60)
                    seen.add(ready.status_code)
                    assert ready.headers["connection"] == "close"
                    refused = httpx.post(f"{url}/v1/upscale", content=picture(), timeout=60)
                except httpx.HTTPError:
                    break  # it has ended meanwhile
                assert (refused.status_code, refused.json()["code"]) == (503, "draining")
                break
            assert seen <= {503}
            assert [answer.result().status_code for answer in ask] == [200] * 6
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's queue is only made short")
def test_who_comes_too_late_is_not_cut_off() -> None:
    """Who waits to be accepted still is; nobody else gets in, and nobody is reset."""
    place = listen(Settings(port=0))
    address = place.getsockname()
    with place, socket.create_connection(address, 5) as early:
        turn_away(place)
        late = socket.socket()
        late.settimeout(0.3)
        with late, pytest.raises(TimeoutError):
            late.connect(address)
        accepted, _ = place.accept()
        with accepted:
            early.sendall(b"still here")
            assert accepted.recv(100) == b"still here"
        place.settimeout(0.1)
        with pytest.raises(TimeoutError):
            place.accept()


def test_a_server_knows_whether_something_goes_on_after_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which `srgan serve` then ends without taking the interpreter down below a thread that computes."""
    path, reached, gate = tmp_path / "x2.onnx", threading.Event(), threading.Event()
    path.write_bytes(described(2))
    run = OpenVINOSession.run_pixels

    def slow(*arguments: Any) -> Any:  # noqa: ANN401
        if threading.current_thread().name == "inference":
            reached.set()
            gate.wait(60)
        return run(*arguments)

    monkeypatch.setattr(OpenVINOSession, "run_pixels", slow)
    with ThreadPoolExecutor(1) as pool:
        with running(models=(str(path),)) as server:
            asked = pool.submit(httpx.post, f"{server.url}/v1/upscale", content=picture(), timeout=60)
            assert reached.wait(60)
        assert (asked.result().status_code, asked.result().json()["code"]) == (503, "draining")
    assert not server.service.ended
    gate.set()
    server.service.stop()
    assert server.service.ended
