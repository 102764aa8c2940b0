import io
import json
import os
import sys
from base64 import b64encode
from pathlib import Path
from types import SimpleNamespace

import pytest

from srgan.errors import UsageError
from srgan.files import Found, read_manifest, walk
from srgan.files.walk import Ignored

ODD = b"not \xff text.png"


def listed(content: bytes, folder: Path, root: Path | None = None) -> list[bytes]:
    path = folder / "list"
    path.write_bytes(content)
    return [os.fsencode(file.path) for file in read_manifest(path, root)]


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (b"a.png\nsub/b.png\n", [b"a.png", b"sub/b.png"]),
        (b"a.png\r\nb.png", [b"a.png", b"b.png"]),
        (b"\xef\xbb\xbfa.png\n\n   \nb *?.png\n", [b"a.png", b"b *?.png"]),
        (b"# a.png\n" + ODD + b"\n", [b"# a.png", ODD]),
        (b"two\nlines.png\0" + ODD + b"\0", [b"two\nlines.png", ODD]),
        (b'{"path": "a.png"}\n\n{"path": "\xc3\xa4.png", "status": "failed"}\n', [b"a.png", "ä.png".encode()]),
        (json.dumps({"path": "x", "path_b64": b64encode(ODD).decode()}).encode(), [ODD]),
        (b"\n", []),
        (b"", []),
    ],
)
def test_paths_are_bytes_in_three_forms(content: bytes, names: list[bytes], tmp_path: Path) -> None:
    assert listed(content, tmp_path) == names


@pytest.mark.parametrize(
    "line", [b"a.png", b'{"file": "a.png"}', b'{"path": 3}', b'{"path": ""}', b'{"path_b64": "!"}', b'["a.png"]', b"{"]
)
def test_a_line_that_is_no_such_object_is_named(line: bytes, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"line 2 of .*list"):
        listed(b'{"path": "a.png"}\n' + line, tmp_path)


def test_a_list_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gone"):
        read_manifest(tmp_path / "gone")


def test_standard_input_is_a_list_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"a.png\0b\n.png\0")))
    assert [file.path for file in read_manifest("-")] == [Path("a.png"), Path("b\n.png")]


def test_relative_paths_count_from_a_folder_and_keep_its_tree(tmp_path: Path) -> None:
    content = os.fsencode(tmp_path / "sub/c.png") + b"\nsub/a.png\n/elsewhere/b.png\n../d.png\n"
    path = tmp_path / "list"
    path.write_bytes(content)
    assert [(file.root, str(file.relative)) for file in read_manifest(path, tmp_path)] == [
        (tmp_path, "sub/c.png"),
        (tmp_path, "sub/a.png"),
        (None, "b.png"),
        (None, "d.png"),
    ]


def test_what_is_listed_is_found_once_and_what_is_gone_is_told(tmp_path: Path) -> None:
    for name in ("a.png", "deep/b.png", "deep/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path / "list"
    path.write_bytes(b"a.png\ngone.png\n./a.png\ndeep\ndeep/b.png\n")
    entries = list(walk([tmp_path / "a.png"], listed=read_manifest(path, tmp_path)))
    assert [str(one.relative) for one in entries if isinstance(one, Found)] == ["a.png", "b.png", "c.png"]
    assert [(one.path.name, one.reason, one.failed) for one in entries if isinstance(one, Ignored)] == [
        ("gone.png", "vanished", True)
    ]
