"""Hostile company for a server: slow and idle sockets, oversize bodies, malformed pictures, bombs, hostile requests.

    python -m benchmarks.serving_attack PORT [--seconds 60]

Holds 200 slow sockets all the time (heads that drip, bodies that drip, declared or chunked, silent ones, idle ones),
and spreads 100 oversize bodies, 500 malformed pictures, the bombs and more than 300 hostile requests over the time.
Prints `ready`, and then one JSON object: how long slow sockets were held, what was sent of oversize bodies, answers,
and what must not happen. `benchmarks.serving --attack` runs it beside its clients, in a process of its own.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from benchmarks.hostile_requests import bombs, hostile_requests, malformed_pictures

_POST = b"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\n"
_SLOW = (
    b"",
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ",
    _POST + b"Content-Length: 100000\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"fff\r\n",
)
_DRIPS = (False, False, True, True, True)
_LIMIT = 25_000_000
_SECRETS = (b"root:", b"import ", b"HOME=", b"Traceback", b"set-cookie", b"Set-Cookie: a=b\r")


class _Attack:
    """What is sent, and what came of it."""

    def __init__(self, port: int, seconds: float, malformed: int) -> None:
        self._port = port
        self._requests = list(hostile_requests())
        self._malformed = list(malformed_pictures(malformed))
        self._bombs = [bomb for bomb in bombs() for _ in range(3)]
        self._until = time.monotonic() + seconds
        self._seconds = seconds
        self.held: list[float] = []
        self.oversize: list[int] = []
        self.answers: dict[str, Counter[str]] = defaultdict(Counter)
        self.troubles: list[str] = []

    async def run(self, sockets: int, large: int) -> None:
        slow = [asyncio.create_task(self._slow(index)) for index in range(sockets)]
        await asyncio.gather(
            self._spread(range(large), self._oversize),
            # Most of their time they wait for a place in the queue, so a few at once.
            *(
                self._spread(self._malformed[index::8], lambda data: self._picture("malformed", data))
                for index in range(8)
            ),
            self._spread(self._bombs, lambda data: self._picture("bombs", data)),
            self._spread(self._requests, self._hostile),
        )
        await asyncio.sleep(max(0.0, self._until - time.monotonic()))
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)

    async def _spread(self, items: Sequence[Any], send: Callable[[Any], Awaitable[None]]) -> None:
        """Send items one after the other, evenly over nine tenths of the time; what is left when it is over is not."""
        began = time.monotonic()
        for index, item in enumerate(items):
            if time.monotonic() > self._until:
                break
            await asyncio.sleep(max(0.0, began + 0.9 * self._seconds * index / len(items) - time.monotonic()))
            await send(item)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def _slow(self, index: int) -> None:
        """One socket after the other, each held until the server has closed it altogether."""
        await asyncio.sleep(index / 200)  # not all of them in the same moment
        while time.monotonic() < self._until:
            try:
                reader, writer = await self._open()
            except OSError:
                await asyncio.sleep(0.5)
                continue
            began = time.monotonic()
            kind = index % len(_SLOW)
            try:
                writer.write(_SLOW[kind])
                await self._hold(reader, writer, drips=_DRIPS[kind])
            except OSError:
                pass
            finally:
                self.held.append(time.monotonic() - began)
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, drips: bool) -> None:
        ended = False
        while not (ended and not drips):
            if drips:
                writer.write(b"x")
                await writer.drain()  # fails once the server has closed its side for good
            try:
                ended = ended or await asyncio.wait_for(reader.read(65_536), 1.0) == b""
            except TimeoutError:
                continue
            if ended and drips:
                await asyncio.sleep(1.0)

    async def _oversize(self, index: int) -> None:
        """A body without end, declared or chunked; sent until there is an answer."""
        chunked = index % 2 == 1
        sent, status = 0, "cut"
        try:
            reader, writer = await self._open()
        except OSError:
            self.answers["oversize"]["no connection"] += 1
            return
        writer.write(
            _POST + (b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 300000000\r\n\r\n")
        )

        async def flood() -> None:
            nonlocal sent
            block = b"x" * 65_536
            while sent < 4 * _LIMIT:
                writer.write(b"10000\r\n" + block + b"\r\n" if chunked else block)
                await writer.drain()
                sent += len(block)
                await asyncio.sleep(0)

        flooding = asyncio.ensure_future(flood())
        try:
            status = (await asyncio.wait_for(reader.read(65_536), 60)).split(b" ", 2)[1].decode()
        except (OSError, IndexError):
            pass
        except TimeoutError:
            status = "nothing"
        finally:
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
            writer.transport.abort()
        self.answers["oversize"][status] += 1
        self.oversize.append(sent)
        if status not in ("413", "429"):
            self.troubles.append(f"oversize, {'chunked' if chunked else 'declared'}: {status}")

    async def _picture(self, kind: str, data: bytes) -> None:
        """Until the server has room for it."""
        head = _POST + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(data)
        status, answer = "429", b""
        while status == "429" and time.monotonic() < self._until:
            answer = await self._ask(head + data)
            status = answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/1.1 ") else "cut"
            self.answers[kind][status] += 1
            if status == "429":
                await asyncio.sleep(0.5)
        self._judge(kind, status, answer, ("200", "400", "415", "422", "429"))

    async def _hostile(self, case: tuple[str, bytes]) -> None:
        name, request = case
        answer = await self._ask(request)
        status = answer.split(b" ", 2)[1].decode() if answer.startswith(b"HTTP/1.1 ") else "cut"
        self.answers["hostile"][status] += 1
        self._judge(name, status, answer, ("400", "403", "404", "405", "408", "413", "421", "429", "431"))

    def _judge(self, name: str, status: str, answer: bytes, allowed: tuple[str, ...]) -> None:
        if status not in allowed:
            self.troubles.append(f"{name}: {status}")
        if status != "200" and any(secret in answer for secret in _SECRETS):
            self.troubles.append(f"{name}: the answer tells too much")

    async def _ask(self, request: bytes) -> bytes:
        try:
            reader, writer = await self._open()
        except OSError:
            return b""
        try:
            writer.write(request)
            return await asyncio.wait_for(reader.read(-1), 60)
        except (OSError, TimeoutError):
            return b""
        finally:
            writer.transport.abort()

    def report(self) -> dict[str, object]:
        """What came of it."""
        held = sorted(self.held)
        return {
            "slow_sockets": len(held),
            "held_longest_s": round(held[-1], 1) if held else 0.0,
            "oversize_sent_mb": round(max(self.oversize, default=0) / 1e6, 2),
            "answers": {kind: dict(sorted(counts.items())) for kind, counts in self.answers.items()},
            "troubles": self.troubles[:10],
        }


def main() -> None:
    """Attack, and print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("port", type=int)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--oversize", type=int, default=100)
    parser.add_argument("--malformed", type=int, default=500)
    options = parser.parse_args()
    attack = _Attack(options.port, options.seconds, options.malformed)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    asyncio.run(attack.run(options.sockets, options.oversize))
    sys.stdout.write(json.dumps(attack.report()) + "\n")


if __name__ == "__main__":
    main()
