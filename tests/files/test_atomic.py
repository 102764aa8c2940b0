import contextlib
import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from srgan.errors import OutputError
from srgan.files import atomic_write, sweep_temporaries


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_is_there_completely(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    with atomic_write(path) as file:
        file.write(b"12")
        assert names(tmp_path) != ["a.bin"]
        assert len(names(tmp_path)) == 1
    assert path.read_bytes() == b"12"
    assert names(tmp_path) == ["a.bin"]
    with atomic_write(str(path)) as file:
        file.write(b"345")
        assert path.read_bytes() == b"12"
        file.seek(0)
        assert file.read() == b"345"
    assert path.read_bytes() == b"345"


def test_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    with atomic_write(tmp_path / "atomic"):
        pass
    assert (tmp_path / "plain").stat().st_mode == (tmp_path / "atomic").stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, OSError(errno.ENOENT, "another file")])
def test_an_error_leaves_the_old_file(error: Any, tmp_path: Path) -> None:  # noqa: ANN401
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(error if isinstance(error, type) else OSError):
        _write_and_raise(tmp_path / "a", error)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def _write_and_raise(path: Path, error: Any) -> None:  # noqa: ANN401
    with atomic_write(path) as file:
        file.write(b"new")
        raise error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO])
def test_a_full_disk_is_an_output_error(number: int, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(OutputError, match="a'"):
        _write_and_raise(tmp_path / "a", OSError(number, "no room"))
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("call", ["fsync", "open"])
def test_system_calls_that_fail(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OutputError), atomic_write(tmp_path / "a") as file:
        file.write(b"new")
    monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "none" / "a", tmp_path / "file" / "a", tmp_path / "folder", tmp_path / ("n" * 300)):
        with pytest.raises(OutputError), atomic_write(path) as file:
            file.write(b"x")
    assert names(tmp_path) == ["file", "folder"]


def test_a_link_is_replaced_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    with atomic_write(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "real").read_bytes() == b"old"
    assert not (tmp_path / "link").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on file sizes")
@pytest.mark.parametrize("block", [200_000, 100])
def test_a_file_of_limited_size(block: int, tmp_path: Path, environment: dict[str, str]) -> None:
    program = (
        "import resource, signal, sys\n"
        "from srgan.errors import OutputError\n"
        "from srgan.files import atomic_write\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        f"    with atomic_write({os.fspath(tmp_path / 'a')!r}) as file:\n"
        f"        for _ in range(200_000 // {block}): file.write(bytes({block}))\n"
        "except OutputError:\n"
        "    sys.exit(5)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 5
    assert names(tmp_path) == []


def test_killed_writers_leave_temporaries_only_and_the_sweep_removes_them(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program = (
        "import sys\n"
        "from srgan.files import atomic_write\n"
        f"with atomic_write({os.fspath(tmp_path / 'a')!r}) as file:\n"
        "    file.write(bytes(1000)); file.flush()\n"
        "    print('ready', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        assert sweep_temporaries(tmp_path) == 0  # its writer lives
        assert len(names(tmp_path)) == 1
        process.kill()
    assert names(tmp_path) != ["a"]
    assert sweep_temporaries(tmp_path) == 1
    assert names(tmp_path) == []


def test_the_sweep_touches_nothing_else(tmp_path: Path) -> None:
    for name in ("a.part", ".srgan-note", "b.png", ".srgan.lock"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / ".srgan-1-x.part").mkdir()
    with contextlib.suppress(OSError):
        (tmp_path / ".srgan-2-x.part").symlink_to("b.png")
    before = names(tmp_path)
    with contextlib.suppress(OutputError):
        sweep_temporaries(tmp_path)
    assert names(tmp_path) == before
    assert sweep_temporaries(tmp_path / "none") == 0
    assert sweep_temporaries(tmp_path / "b.png") == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_no_file_is_ever_half_written(tmp_path: Path, environment: dict[str, str]) -> None:
    program = (
        "import itertools\n"
        "from pathlib import Path\n"
        "from srgan.files import atomic_write\n"
        "for number in itertools.count():\n"
        f"    with atomic_write(Path({os.fspath(tmp_path)!r}) / f'{{number % 5}}') as file:\n"
        "        for _ in range(20): file.write(bytes([number % 256]) * 20_000)\n"
        "    print(number, flush=True)\n"
    )
    for attempt in range(6):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.003 * attempt)
            process.kill()
        for path in tmp_path.glob("[0-9]"):
            data = path.read_bytes()
            assert len(data) == 400_000
            assert len(set(data)) == 1
        sweep_temporaries(tmp_path)
        assert not list(tmp_path.glob(".srgan-*"))
