import platform
import re
from pathlib import Path

import pytest

from srgan.serving.memory import give_back


def _resident() -> float:
    """Megabytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found is not None
    return int(found[1]) / 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
def test_free_memory_below_something_that_stays_goes_back() -> None:
    pieces = [bytes([index % 250 + 1]) * 32_768 for index in range(3_000)]
    last = pieces.pop()
    full = _resident()
    del pieces
    give_back()
    assert _resident() < full - 60
    assert last
