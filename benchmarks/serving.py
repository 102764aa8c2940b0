"""How a server behaves under load: many clients with one picture size, a bounded queue, and hostile company.

    python benchmarks/serving.py [--seconds 300] [--clients 32] [--side 512] [--attack]

Starts `srgan serve` with a queue of 8, measures one client alone, then many: accepted pictures' latency (median, p99),
how fast 429 comes, pictures a second against `srgan upscale` on the same pictures, memory at the start and at the end,
and that no other error occurs. With ``--attack``, slow and idle sockets, oversize bodies and malformed pictures run
beside it. Prints one JSON object.
"""

import argparse
import http.client
import io
import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

_Sample = tuple[int, float]


def _picture(side: int) -> bytes:
    """A smooth picture with some noise, as large as a photograph would be."""
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (side // 8, side // 8, 3), np.uint8))
    pixels = np.asarray(small.resize((side, side), Image.Resampling.BICUBIC)).astype(np.int16)
    buffer = io.BytesIO()
    Image.fromarray((pixels + rng.integers(-6, 7, pixels.shape)).clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


class _Server:
    """`srgan serve` as a process."""

    def __init__(self, model: str, queue: int) -> None:
        command = [sys.executable, "-m", "srgan", "serve", "--port", "0", "-m", model, "--queue", str(queue)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        self.port = int(url.rpartition(":")[2])

    def memory(self) -> float:
        """Resident MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(40)


def _ask(port: int, data: bytes, connection: http.client.HTTPConnection | None = None) -> tuple[_Sample, int]:
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    began = time.perf_counter()
    own.request("POST", "/v1/upscale", data, {"Content-Type": "application/octet-stream"})
    answer = own.getresponse()
    answer.read()
    if answer.will_close or connection is None:
        own.close()
    return (answer.status, time.perf_counter() - began), int(answer.headers.get("Retry-After") or 0)


def _clients(port: int, data: bytes, count: int, seconds: float, troubles: list[str]) -> list[_Sample]:
    """What `count` clients meet that ask again and again, and wait when they are told to."""
    samples: list[_Sample] = []
    until = time.monotonic() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        while time.monotonic() < until:
            try:
                sample, wait = _ask(port, data, connection)
            except (OSError, http.client.HTTPException) as error:
                sample, wait = (0, 0.0), 0
                troubles.append(repr(error))
                connection.close()
            samples.append(sample)
            if wait > 3:
                connection.close()  # the server closes connections that are idle for 5 s
            time.sleep(min(wait, max(0.0, until - time.monotonic())))
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return samples


class _Attack:
    """Slow, idle, oversize and malformed company; counts how long sockets were held."""

    def __init__(self, port: int, data: bytes) -> None:
        self.port, self.data = port, data
        self.held: list[float] = []
        self.statuses: dict[int, int] = {}
        self._stop = threading.Event()
        jobs = [self._slow] * 20 + [self._oversize, self._malformed]
        self._threads = [threading.Thread(target=self._repeat, args=(job,), daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _repeat(self, job: Any) -> None:  # noqa: ANN401
        while not self._stop.is_set():
            try:
                job()
            except OSError:
                time.sleep(0.01)

    def _slow(self) -> None:
        """Ten sockets: silent, a head that drips, a body that drips."""
        heads = [
            b"",
            b"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nX: ",
            b"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n",
        ]
        sockets = []
        for index in range(10):
            connection = socket.create_connection(("127.0.0.1", self.port), 5)
            connection.sendall(heads[index % 3])
            sockets.append((connection, index % 3, time.monotonic()))
        while sockets and not self._stop.is_set():
            time.sleep(0.5)
            left = []
            for connection, kind, began in sockets:
                try:
                    connection.settimeout(0.001)
                    if kind:
                        connection.sendall(b"x")
                    ended = connection.recv(1000) == b""
                except TimeoutError:
                    ended = False
                except OSError:
                    ended = True
                if ended:
                    self.held.append(time.monotonic() - began)
                    connection.close()
                else:
                    left.append((connection, kind, began))
            sockets = left
        for connection, _, _ in sockets:
            connection.close()

    def _oversize(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            "POST",
            "/v1/upscale",
            iter([b"x" * 1_000_000] * 30),
            encode_chunked=True,
            headers={"Transfer-Encoding": "chunked"},
        )
        self._count(connection.getresponse().status)
        connection.close()

    def _malformed(self) -> None:
        rng = np.random.default_rng()
        data = bytearray(self.data)
        for place in rng.integers(20, len(data), 40):
            data[int(place)] = int(rng.integers(256))
        self._count(_ask(self.port, bytes(data))[0][0])

    def _count(self, status: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1


def _batch(data: bytes, model: str, count: int) -> float:
    """Pictures a second of `srgan upscale`, its start taken off."""
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for number in (1, count + 1):
            pictures = Path(folder) / str(number)
            pictures.mkdir()
            for index in range(number):
                (pictures / f"{index}.png").write_bytes(data)
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "srgan", "upscale", str(pictures), "-m", model], check=True, capture_output=True
            )
            times.append(time.perf_counter() - began)
    return count / (times[1] - times[0])


def _quantile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 3) if values else 0.0


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--queue", type=int, default=8)
    parser.add_argument("--model", default="x4-fidelity")
    parser.add_argument("--attack", action="store_true")
    parser.add_argument("--batch", type=int, default=20, help="pictures for the comparison with srgan upscale; 0: none")
    options = parser.parse_args()
    data = _picture(options.side)
    server = _Server(options.model, options.queue)
    for _ in range(3):
        _ask(server.port, data)
    alone = [_ask(server.port, data)[0][1] for _ in range(10)]
    _clients(server.port, data, options.clients, min(20.0, options.seconds / 5), [])
    before = server.memory()
    troubles: list[str] = []
    attack = _Attack(server.port, data) if options.attack else None
    samples = _clients(server.port, data, options.clients, options.seconds, troubles)
    if attack is not None:
        attack.stop()
    after = server.memory()
    done = [seconds for status, seconds in samples if status == 200]
    full = [seconds for status, seconds in samples if status == 429]
    others = sorted({status for status, _ in samples} - {200, 429})
    median = statistics.median(alone)
    report: dict[str, object] = {
        "alone_median_s": round(median, 3), "accepted": len(done), "accepted_median_s": _quantile(done, 0.5),
        "accepted_p99_s": _quantile(done, 0.99), "p99_over_alone": round(_quantile(done, 0.99) / median, 2),
        "refused": len(full), "refused_median_s": _quantile(full, 0.5), "refused_p99_s": _quantile(full, 0.99),
        "other_statuses": others, "troubles": troubles[:5], "pictures_a_second": round(len(done) / options.seconds, 3),
        "rss_mb": [round(before), round(after)], "rss_drift": round(after / before - 1, 4),
    }  # fmt: skip
    if attack is not None:
        report["attack"] = {
            "sockets": len(attack.held),
            "held_longest_s": round(max(attack.held, default=0), 1),
            "statuses": attack.statuses,
        }
    report["exit_code"] = server.stop()
    if options.batch:
        report["batch_pictures_a_second"] = round(_batch(data, options.model, options.batch), 3)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
