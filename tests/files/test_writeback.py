import errno
import os
from pathlib import Path

import pytest

from srgan.files import begin_writing


def test_what_was_written_stays_as_it_is(tmp_path: Path) -> None:
    with (tmp_path / "a").open("w+b") as file:
        start = 0
        for number in range(50):
            file.write(bytes([number]) * 10_000)
            start = begin_writing(file, start)
            assert start == (number + 1) * 10_000
    assert (tmp_path / "a").read_bytes() == b"".join(bytes([number]) * 10_000 for number in range(50))


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="the system cannot be asked")
def test_it_asks_for_the_new_part_and_a_refusal_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(descriptor: int, offset: int, length: int, advice: int) -> None:
        asked.append((offset, length, advice))
        raise OSError(errno.EINVAL, "no")

    monkeypatch.setattr(os, "posix_fadvise", refuse)
    with (tmp_path / "a").open("w+b") as file:
        file.write(b"12345")
        assert begin_writing(file, 0) == 5
        file.write(b"678")
        assert begin_writing(file, 5) == 8
    assert asked == [(0, 5, os.POSIX_FADV_DONTNEED), (5, 3, os.POSIX_FADV_DONTNEED)]
    assert (tmp_path / "a").read_bytes() == b"12345678"
