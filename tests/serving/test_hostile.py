"""Hundreds of requests and files of bad faith, at one server: none gets in, none opens a file, it goes on."""

import collections
import os
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from benchmarks.hostile_requests import bombs, hostile_requests, malformed_pictures
from tests.serving.running import Running, picture, running

_REFUSED = {400, 403, 404, 405, 408, 413, 421, 431}
_OPENED: list[str] = []
_watching = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    # Hooks cannot be taken away again, so this one listens only while it is asked to. Modules that Python loads late
    # are no business of a request, and neither are the pipes (numbers) and the null device of a decoder that starts.
    # What a traceback would quote (Python 3.13 looks for "<unknown>") is no file.
    if not _watching or event != "open" or isinstance(arguments[0], int):
        return
    if str(arguments[0]) not in (os.devnull, "<unknown>") and not str(arguments[0]).endswith((".pyc", ".py")):
        _OPENED.append(str(arguments[0]))


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The files that this process opens, server included."""
    global _watching
    sys.addaudithook(_hook)
    _OPENED.clear()
    _watching = True
    yield _OPENED
    _watching = False


@pytest.fixture(scope="module")
def hasty() -> Iterator[Running]:
    """A server that does not wait long for the rest of a request."""
    with running(header_seconds=0.5, body_seconds=0.5, token="a token that nobody knows") as server:
        yield server


def test_no_hostile_request_gets_in(hasty: Running, opened: list[str]) -> None:
    sent = 0
    for name, request in hostile_requests():
        answer = hasty.talk(request)
        status = int(answer.split(b" ", 2)[1])
        assert status in _REFUSED | {401}, (name, answer[:200])
        head = answer.partition(b"\r\n\r\n")[0].lower()
        assert b"set-cookie" not in head, name
        assert b"root:" not in answer, name
        sent += 1
    assert sent >= 300
    assert opened == []


def test_malformed_pictures_and_bombs_are_refused() -> None:
    statuses: collections.Counter[int] = collections.Counter()
    with running(workers=1) as server, httpx.Client(base_url=server.url, timeout=60) as http:
        for data in (*bombs(), *malformed_pictures(60)):
            answer = http.post("/v1/upscale", content=data)
            statuses[answer.status_code] += 1
            assert answer.status_code in (200, 400, 415, 422), answer.text
        assert http.post("/v1/upscale", content=picture()).status_code == 200
    assert statuses[422] > 30
    assert statuses[200] < 20
