"""One server for all tests that do not break anything."""

from collections.abc import Iterator

import httpx
import pytest

from tests.serving.running import Running, maker_file, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With models for every command."""
    folder = tmp_path_factory.mktemp("models")
    makers = [str(maker_file(folder, kind)) for kind in ("text", "class")]
    with running(models=("bicubic", "x4-fidelity", "emoji-colour", *makers)) as server:
        yield server


@pytest.fixture(scope="session")
def http(server: Running) -> Iterator[httpx.Client]:
    """Asks it."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield client
