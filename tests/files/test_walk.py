import errno
import os
import sys
from pathlib import Path
from typing import get_args

import pytest

from srgan.errors import UsageError
from srgan.files import Found, Ignored, walk
from srgan.files.walk import Reason


def fill(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def outcome(root: Path, *inputs: Path | str, **options: object) -> tuple[list[str], dict[str, str]]:
    found: list[str] = []
    ignored: dict[str, str] = {}
    for item in walk(inputs or [root], **options):  # type: ignore[arg-type]
        name = os.fspath(item.path.relative_to(root))
        if isinstance(item, Ignored):
            ignored[name] = item.reason
        else:
            found.append(name)
    return found, ignored


def test_folders_are_walked_in_byte_order_with_their_tree(tmp_path: Path) -> None:
    fill(tmp_path, "b.png", "a/z.png", "a/b/c.txt", "B.png", "ä.png", "a.png")
    found = list(walk([tmp_path]))
    assert [os.fspath(item.path.relative_to(tmp_path)) for item in found] == [
        "B.png",
        "a.png",
        "b.png",
        "ä.png",
        "a/z.png",
        "a/b/c.txt",
    ]
    assert found[-1] == Found(tmp_path / "a/b/c.txt", tmp_path, Path("a/b/c.txt"))


def test_files_are_named_directly(tmp_path: Path) -> None:
    fill(tmp_path, "a/.b.png", "a/c.png")
    assert list(walk([tmp_path / "a/.b.png", str(tmp_path / "a/c.png"), tmp_path / "a/c.png"])) == [
        Found(tmp_path / "a/.b.png", None, Path(".b.png")),
        Found(tmp_path / "a/c.png", None, Path("c.png")),
    ]


def test_patterns(tmp_path: Path) -> None:
    fill(tmp_path, "a/1.png", "a/2.jpg", "b/3.png", "b/[x].png", "c/[x]4.png")
    assert outcome(tmp_path, f"{tmp_path}/a/*.png")[0] == ["a/1.png"]
    assert outcome(tmp_path, f"{tmp_path}/**/*.png")[0] == ["a/1.png", "b/3.png", "b/[x].png", "c/[x]4.png"]
    assert outcome(tmp_path, f"{tmp_path}/b/[x].png")[0] == ["b/[x].png"]  # a name that looks like a pattern
    assert outcome(tmp_path, f"{tmp_path}/[ab]")[0] == ["a/1.png", "a/2.jpg", "b/3.png", "b/[x].png"]
    with pytest.raises(UsageError, match="no file matches"):
        walk([f"{tmp_path}/*.tif"])
    with pytest.raises(UsageError, match="no such file"):
        walk([tmp_path, tmp_path / "none"])


def test_what_no_one_means_is_ignored(tmp_path: Path) -> None:
    fill(tmp_path, "Thumbs.db", ".DS_Store", "._a.png", "a.png", ".git/b.png", "desktop.ini", ".srgan-1-2.part")
    found, ignored = outcome(tmp_path)
    assert found == ["a.png"]
    assert set(ignored.values()) == {"hidden"}
    assert ".git" in ignored
    assert ".git/b.png" not in ignored


def test_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    fill(tmp_path, "outside/o.png", "root/a.png", "root/sub/b.png", "root2/x.png")
    links = {
        "inside.png": "a.png",
        "far.png": "../outside/o.png",
        "prefix.png": "../root2/x.png",
        "loop": ".",
        "up": "..",
        "out": "../outside",
        "again": "sub",
        "self.png": "self.png",
        "dangling.png": "none.png",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    found, ignored = outcome(root)
    assert found == ["a.png", "inside.png", "sub/b.png"]
    assert ignored == {
        **dict.fromkeys(["far.png", "prefix.png", "loop", "up", "out", "again"], "symlink"),
        **dict.fromkeys(["self.png", "dangling.png"], "vanished"),
    }
    found, ignored = outcome(root, follow_symlinks=True)
    assert [name for name in found if name.endswith("b.png")] == ["sub/b.png"]  # under its real name, once
    assert {"far.png", "prefix.png", "out/o.png", "up/root2/x.png"} <= set(found)
    assert (ignored["again"], ignored["loop"]) == ("visited", "visited")
    (tmp_path / "named").symlink_to("root")
    assert outcome(tmp_path, tmp_path / "named")[0] == ["named/a.png", "named/inside.png", "named/sub/b.png"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_special_files_do_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    fill(tmp_path, "dir.png/inner.png", "dir/other.png")
    found, ignored = outcome(tmp_path)
    assert found == ["dir/other.png", "dir.png/inner.png"]
    assert ignored == dict.fromkeys(["pipe.png", "zero.png", "dir.png"], "not_regular")
    assert outcome(tmp_path, tmp_path / "pipe.png") == ([], {"pipe.png": "not_regular"})


def test_the_output_folder_is_not_an_input(tmp_path: Path) -> None:
    fill(tmp_path, "a.png", "out/b.png")
    (tmp_path / "link").symlink_to("out")
    found, ignored = outcome(tmp_path, exclude=[tmp_path / "link", tmp_path / "none"], follow_symlinks=True)
    assert found == ["a.png"]
    assert ignored == {"out": "output", "link": "output"}


def test_a_folder_that_is_reached_twice_is_walked_once(tmp_path: Path) -> None:
    fill(tmp_path, "a/b/c.png", "a/d.png")
    found, ignored = outcome(tmp_path, tmp_path / "a/b", tmp_path / "a", f"{tmp_path}/a/../a/d.png")
    assert found == ["a/b/c.png", "a/d.png"]
    assert ignored == {"a/b": "visited"}


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="needs names that are any bytes")
def test_names_of_any_bytes(tmp_path: Path) -> None:
    names = [b"\xff\xfe.png", b"line\nbreak.png", b"\x1b[31m.png", b"-rf.png", b" .png"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(b"")
    assert sorted(os.fsencode(item.path.name) for item in walk([tmp_path])) == sorted(names)


def test_folders_without_permission_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path, "a/b.png", "c.png")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path == tmp_path / "a":
            raise PermissionError(errno.EACCES, "denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    items = list(walk([tmp_path]))
    assert items == [Found(tmp_path / "c.png", tmp_path, Path("c.png")), Ignored(tmp_path / "a", "permission")]


def test_only_what_may_hide_pictures_counts_as_failed() -> None:
    assert [reason for reason in get_args(Reason) if Ignored(Path("a"), reason).failed] == ["permission", "vanished"]
