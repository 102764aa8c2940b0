"""Send SIGTERM to a busy server at random moments; whoever was accepted must be answered, and nobody cut off.

    python -m tests.serving.sigterm_test --times 50

Each time a fresh server with a real model, six clients on kept and on new connections, one that hands in jobs, and one
that watches /readyz. Exit code 0 when /readyz dropped at once, every request that got through was answered with 200,
202, 429 or 503, no connection was reset, and the server ended with 0 within 30 seconds, every time.
"""

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.serving.running import picture

REPOSITORY = Path(__file__).parents[2]
_AT_ONCE = 0.25
_LONGEST = 30.0


@dataclass
class Leave:
    """What came of one SIGTERM.

    Attributes:
        statuses: how often which answer came.
        complaints: what must not happen.
        dropped: seconds from the signal to the first answer of /readyz that says no.
        ended: seconds from the signal to the end of the process.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    dropped: float | None = None
    ended: float = 0.0


class _Clients:
    """Threads that ask until the server listens no more."""

    def __init__(self, port: int, data: bytes, leave: Leave) -> None:
        self.signalled: float | None = None
        self.first = threading.Event()
        self._port, self._data, self._leave = port, data, leave
        self._lock = threading.Lock()
        works: list[Callable[[], None]] = [lambda: self._ask(kept=True), lambda: self._ask(kept=False)] * 3
        works += [self._jobs, self._watch]
        self._threads = [threading.Thread(target=self._until_closed, args=(work,), daemon=True) for work in works]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)
            if thread.is_alive():
                self._leave.complaints.append("a client still waits for its answer")

    def _until_closed(self, work: Callable[[], None]) -> None:
        try:
            while True:
                work()
        except ConnectionRefusedError:
            if self.signalled is None:
                self._leave.complaints.append("refused a connection before the signal")
        except (OSError, http.client.HTTPException) as error:
            self._leave.complaints.append(f"cut off: {error!r}")

    def _connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.connect()
        return connection

    def _once(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
    ) -> tuple[int, bytes, bool]:
        connection.request(method, path, body)
        answer = connection.getresponse()
        data = answer.read()
        with self._lock:
            self._leave.statuses[answer.status] += 1
            if answer.status not in (200, 202, 204, 429, 503):
                self._leave.complaints.append(f"{method} {path}: {answer.status} {data[:200]!r}")
        return answer.status, data, answer.will_close

    def _ask(self, *, kept: bool) -> None:
        connection = self._connect()
        closed = False
        while not closed:
            status, _, closed = self._once(connection, "POST", "/v1/upscale", self._data)
            closed = closed or not kept or status != 200
            if status == 200:
                self.first.set()
        connection.close()
        if status != 200:
            time.sleep(0.02)

    def _jobs(self) -> None:
        connection = self._connect()
        status, data, _ = self._once(connection, "POST", "/v1/jobs", self._data)
        connection.close()
        if status != 202:
            time.sleep(0.02)
            return
        try:
            for path, method in (("/events", "GET"), ("/result", "GET"), ("", "DELETE")):
                connection = self._connect()
                status, answer, _ = self._once(connection, method, f"/v1/jobs/{json.loads(data)['id']}{path}")
                if path == "/result" and status != 200:
                    self._leave.complaints.append(f"the result of an accepted job: {status} {answer[:200]!r}")
                connection.close()
        except ConnectionRefusedError:
            if path != "":  # when the result has been fetched, nothing keeps the server
                self._leave.complaints.append("nobody there to ask for the result of an accepted job")
            raise

    def _watch(self) -> None:
        connection = self._connect()
        began = time.monotonic()
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        state = json.loads(answer.read())["status"]
        connection.close()
        if self.signalled is not None and state == "draining" and self._leave.dropped is None:
            self._leave.dropped = time.monotonic() - self.signalled
        if self.signalled is not None and began > self.signalled + _AT_ONCE and answer.status != 503:
            self._leave.complaints.append(f"ready {began - self.signalled:.2f} s after the signal")
        time.sleep(0.01)


def leave_under_load(model: str, *, after: float, side: int = 64) -> Leave:
    """Start a server, load it, and send SIGTERM so many seconds after its first answer."""
    leave = Leave()
    command = [sys.executable, "-m", "srgan", "serve", "--port", "0", "-m", model, "-j", "2", "--queue", "4"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with tempfile.TemporaryFile() as told:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=told)
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline().strip().rpartition(b":")[2])
            clients = _Clients(port, picture(side, side), leave)
            if not clients.first.wait(60):
                leave.complaints.append("no answer within a minute")
            time.sleep(after)
            clients.signalled = time.monotonic()
            process.send_signal(signal.SIGTERM)
            code = process.wait(_LONGEST + 10)
            leave.ended = time.monotonic() - clients.signalled
            clients.join()
            if code != 0:
                told.seek(0)
                leave.complaints.append(f"exit code {code}: {told.read()[-2000:].decode(errors='replace')}")
            if leave.ended > _LONGEST:
                leave.complaints.append(f"took {leave.ended:.1f} s to end")
        except subprocess.TimeoutExpired:
            leave.complaints.append(f"still runs {_LONGEST + 10} s after the signal")
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
    return leave


def main() -> int:
    """Run it as often as asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--span", type=float, default=2.0, help="seconds after the first answer, at most")
    parser.add_argument("--model", default="x4-fidelity")
    parser.add_argument("--side", type=int, default=128, help="of the pictures, pixels")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    statuses: Counter[int] = Counter()
    dropped, ended, failed = [], [], 0
    for number in range(options.times):
        leave = leave_under_load(options.model, after=rng.uniform(0, options.span), side=options.side)
        statuses += leave.statuses
        ended.append(leave.ended)
        if leave.dropped is not None:
            dropped.append(leave.dropped)
        failed += bool(leave.complaints)
        for line in leave.complaints:
            sys.stderr.write(f"{number}: {line}\n")
    answers = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    sys.stdout.write(
        f"{options.times} signals, {failed} failed; answers: {answers}; "
        f"/readyz dropped within {1000 * max(dropped, default=0):.0f} ms, ended within {max(ended):.1f} s\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
