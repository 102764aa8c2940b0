from pathlib import Path

import pytest

from srgan.runtime.memory import free_memory

MEMINFO = "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    300 kB\nHugePages_Total:       0\n"


def group(folder: Path, limit: str, used: int, files: int) -> Path:
    folder.mkdir()
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {files}\nactive_file 7\n")
    return folder


@pytest.mark.parametrize(
    ("limit", "used", "files", "expected"),
    [
        ("max", 10, 0, 300 * 1024),
        ("100000", 40_000, 0, 60_000),
        ("100000", 90_000, 20_000, 30_000),
        ("100000", 120_000, 0, 0),
        ("999999999", 0, 0, 300 * 1024),
    ],
)
def test_a_container_has_what_its_group_leaves(
    tmp_path: Path, limit: str, used: int, files: int, expected: int
) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO)
    assert free_memory(tmp_path / "meminfo", group(tmp_path / "group", limit, used, files)) == expected


def test_without_a_group_the_machine_counts_and_without_either_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO)
    assert free_memory(tmp_path / "meminfo", tmp_path / "none") == 300 * 1024
    assert free_memory(tmp_path / "none", tmp_path / "none") is None
