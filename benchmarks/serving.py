"""How a server behaves under load: many clients with one picture size, a bounded queue, and hostile company.

    python -m benchmarks.serving [--seconds 300] [--clients 32] [--side 512] [--attack]

Starts `srgan serve` with a queue of 8, measures one client alone, then many: accepted pictures' latency (median, p99),
how fast 429 comes, pictures a second against `srgan upscale` on the same pictures, resident memory in the first and the
last fifth of the time (medians), and that no other error occurs. With ``--attack``, the same time again with
`benchmarks.serving_attack` beside the clients. Prints one JSON object.
"""

import argparse
import http.client
import io
import json
import re
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

from srgan.serving import Settings

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
    """`srgan serve` as a process, with its log in a file."""

    def __init__(self, model: str, queue: int, log: Path) -> None:
        command = [sys.executable, "-m", "srgan", "serve", "--port", "0", "-m", model, "--queue", str(queue)]
        self._log = log
        with log.open("wb") as told:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=told, text=True)
        assert self.process.stdout is not None
        url = self.process.stdout.readline().strip()
        self.port = int(url.rpartition(":")[2])

    def memory(self) -> float:
        """Resident MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        return int(found[1]) / 1024 if found else 0.0

    def logged(self) -> list[dict[str, Any]]:
        """What it has told of its requests."""
        lines = self._log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(40)


class _Phase:
    """Clients that ask again and again for some time, and what they met."""

    def __init__(self, server: _Server, data: bytes, clients: int, seconds: float) -> None:
        self.troubles: list[str] = []
        self.memory: list[float] = []
        began = time.monotonic()
        over = threading.Event()
        watch = threading.Thread(target=self._watch, args=(server, over))
        watch.start()
        samples = _clients(server.port, data, clients, seconds, self.troubles)
        self.seconds = time.monotonic() - began
        over.set()
        watch.join()
        self.done = [seconds for status, seconds in samples if status == 200]
        self.full = [seconds for status, seconds in samples if status == 429]
        self.others = sorted({status for status, _ in samples} - {200, 429})

    def _watch(self, server: _Server, over: threading.Event) -> None:
        while not over.wait(0.25):
            self.memory.append(server.memory())

    def report(self, alone: float) -> dict[str, object]:
        fifth = max(1, len(self.memory) // 5)
        first, last = statistics.median(self.memory[:fifth]), statistics.median(self.memory[-fifth:])
        return {
            "seconds": round(self.seconds, 1), "accepted": len(self.done),
            "accepted_median_s": _quantile(self.done, 0.5), "accepted_p99_s": _quantile(self.done, 0.99),
            "p99_over_alone": round(_quantile(self.done, 0.99) / alone, 2),
            "refused": len(self.full), "refused_median_s": _quantile(self.full, 0.5),
            "refused_p99_s": _quantile(self.full, 0.99), "refused_longest_s": _quantile(self.full, 1.0),
            "other_statuses": self.others, "troubles": self.troubles[:5],
            "pictures_a_second": round(len(self.done) / self.seconds, 3),
            "rss_mb": [round(first), round(last), round(max(self.memory))], "rss_drift": round(last / first - 1, 4),
        }  # fmt: skip


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


def _batch(data: bytes, model: str, count: int) -> float:
    """Pictures a second of `srgan upscale`: from the first finished one to the last, without its start."""
    with tempfile.TemporaryDirectory() as folder:
        pictures, results = Path(folder) / "in", Path(folder) / "out"
        pictures.mkdir()
        for index in range(count):
            (pictures / f"{index}.png").write_bytes(data)
        command = [sys.executable, "-m", "srgan", "upscale", str(pictures), "-o", str(results), "-m", model]
        subprocess.run(command, check=True, capture_output=True)
        ends = sorted(path.stat().st_mtime for path in results.glob("*.png"))
    return (count - 1) / (ends[-1] - ends[0])


def _quantile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(len(values) - 1, int(share * len(values)))], 3) if values else 0.0


def _attacked(server: _Server, data: bytes, clients: int, seconds: float) -> tuple[_Phase, dict[str, object]]:
    """A phase with hostile company, and what came of that."""
    command = [sys.executable, "-m", "benchmarks.serving_attack", str(server.port), "--seconds", str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as attack:
        assert attack.stdout is not None
        attack.stdout.readline()  # its pictures and bombs are made
        phase = _Phase(server, data, clients, seconds)
        told = json.loads(attack.communicate()[0])
    limit = Settings().body_bytes
    over = max((line["bytes_in"] - limit for line in server.logged() if line.get("status") == 413), default=0)
    return phase, {**told, "bytes_read_over_the_limit": max(0, over)}


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--queue", type=int, default=8)
    parser.add_argument("--model", default="x4-fidelity")
    parser.add_argument("--attack", action="store_true")
    parser.add_argument(
        "--batch", type=int, default=20, help="pictures for the comparison with srgan upscale; below 2: none"
    )
    options = parser.parse_args()
    data = _picture(options.side)
    with tempfile.TemporaryDirectory() as folder:
        server = _Server(options.model, options.queue, Path(folder) / "log")
        for _ in range(3):
            _ask(server.port, data)
        alone = statistics.median(_ask(server.port, data)[0][1] for _ in range(10))
        _clients(server.port, data, options.clients, max(20.0, 3 * options.queue * alone), [])  # memory settles
        report: dict[str, object] = {"alone_median_s": round(alone, 3)}
        quiet = _Phase(server, data, options.clients, options.seconds)
        report |= quiet.report(alone)
        if options.attack:
            phase, told = _attacked(server, data, options.clients, options.seconds)
            ratio = _quantile(phase.done, 0.99) / max(_quantile(quiet.done, 0.99), 1e-9)
            report["attacked"] = {**phase.report(alone), "p99_over_quiet": round(ratio, 2), "attack": told}
        report["exit_code"] = server.stop()
    if options.batch > 1:
        batch = _batch(data, options.model, options.batch)
        report["batch_pictures_a_second"] = round(batch, 3)
        report["pictures_a_second_over_batch"] = round(len(quiet.done) / quiet.seconds / batch, 2)
    sys.stdout.write(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
