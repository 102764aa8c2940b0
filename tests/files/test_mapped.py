import sys
from pathlib import Path

import numpy as np
import pytest

from srgan.files import release

MEGABYTE = 2**20


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_is_given_back_and_nothing_is_lost(tmp_path: Path) -> None:
    array = np.memmap(tmp_path / "a", np.uint8, "w+", shape=(64, MEGABYTE))
    before = resident()
    array[:] = np.arange(64, dtype=np.uint8)[:, None]
    assert resident() - before > 60 * MEGABYTE
    release(array[3:5, ::2])
    assert resident() - before < 8 * MEGABYTE
    assert (array[:, ::4096] == np.arange(64)[:, None]).all()
    array.flush()
    assert (tmp_path / "a").read_bytes()[5 * MEGABYTE] == 5


def test_changes_that_are_in_memory_alone_stay(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(100))
    array = np.memmap(tmp_path / "a", np.uint8, "c")
    array[:] = 7
    release(array)
    assert (array == 7).all()
    for other in (np.ones(3), np.ones((4, 4))[1:], None, "text"):
        release(other)
