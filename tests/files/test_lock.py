import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from srgan.errors import OutputError
from srgan.files import folder_lock, sha256_file


def test_a_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with folder_lock(folder):
        assert folder.is_dir()
        with pytest.raises(OutputError, match=f"process {os.getpid()}"), folder_lock(folder):
            pass
        with folder_lock(tmp_path):  # another folder
            pass
        with pytest.raises(OutputError), folder_lock(str(folder)):
            pass
    assert list(folder.iterdir()) == []
    with folder_lock(folder):
        pass


def test_the_lock_ends_with_its_process(tmp_path: Path, environment: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from srgan.files import folder_lock\n"
        "with folder_lock(sys.argv[1]):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, os.fspath(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        with pytest.raises(OutputError, match=f"process {process.pid}"), folder_lock(tmp_path):
            pass
        process.kill()
    with folder_lock(tmp_path):
        assert (tmp_path / ".srgan.lock").read_text() == str(os.getpid())


def test_an_error_inside_frees_it(tmp_path: Path) -> None:
    with pytest.raises(KeyError), folder_lock(tmp_path):
        raise KeyError
    with folder_lock(tmp_path):
        pass


def test_only_one_of_many_holds_it(tmp_path: Path) -> None:
    inside, most, held = 0, 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most, held
        for _ in range(50):
            try:
                with folder_lock(tmp_path):
                    with guard:
                        inside, held = inside + 1, held + 1
                        most = max(most, inside)
                    with guard:
                        inside -= 1
            except OutputError:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert held > 3


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="file"), folder_lock(tmp_path / "file"):
        pass


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    digest = sha256_file(tmp_path / "a")
    assert digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_file(str(tmp_path / "a")) == digest
