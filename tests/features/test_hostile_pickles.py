"""Pickles that try to run something: none does, none is even begun."""

import io
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

GADGETS: list[tuple[str, str, tuple[object, ...]]] = [
    ("os", "system", ("touch CANARY",)),
    ("posix", "system", ("touch CANARY",)),
    ("os", "popen", ("touch CANARY",)),
    ("os", "open", ("CANARY", 65)),
    ("os", "mkdir", ("CANARY",)),
    ("os", "symlink", ("/etc", "CANARY")),
    ("os", "rename", ("WITNESS", "CANARY")),
    ("os", "remove", ("WITNESS",)),
    ("shutil", "copy", ("WITNESS", "CANARY")),
    ("shutil", "rmtree", ("WITNESS",)),
    ("subprocess", "Popen", (["touch", "CANARY"],)),
    ("subprocess", "run", (["touch", "CANARY"],)),
    ("subprocess", "check_output", (["touch", "CANARY"],)),
    ("builtins", "eval", ("open('CANARY', 'w')",)),
    ("builtins", "exec", ("open('CANARY', 'w')",)),
    ("builtins", "open", ("CANARY", "w")),
    ("builtins", "__import__", ("antigravity",)),
    ("__builtin__", "eval", ("open('CANARY', 'w')",)),
    ("io", "open", ("CANARY", "w")),
    ("codecs", "open", ("CANARY", "w")),
    ("pathlib", "Path.touch", ("CANARY",)),
    ("importlib", "import_module", ("antigravity",)),
    ("runpy", "run_path", ("WITNESS",)),
    ("timeit", "timeit", ("open('CANARY', 'w')",)),
    ("pdb", "run", ("open('CANARY', 'w')",)),
    ("cProfile", "run", ("open('CANARY', 'w')",)),
    ("code", "interact", ()),
    ("pickle", "loads", (b"cos\nsystem\n(S'touch CANARY'\ntR.",)),
    ("ctypes", "CDLL", ("libc.so.6",)),
    ("socket", "create_connection", (("127.0.0.1", 9),)),
    ("urllib.request", "urlopen", ("http://127.0.0.1:9/",)),
    ("webbrowser", "open", ("http://127.0.0.1:9/",)),
    ("sqlite3", "connect", ("CANARY",)),
    ("logging", "FileHandler", ("CANARY",)),
    ("operator", "methodcaller", ("system", "touch CANARY")),
    ("functools", "partial", (print, "CANARY")),
    ("torch", "load", ("WITNESS",)),
    ("torch.hub", "load", ("WITNESS", "model")),
    ("torch.jit", "load", ("WITNESS",)),
    ("torch.serialization", "load", ("WITNESS",)),
    ("numpy", "save", ("CANARY", 1)),
    ("types", "FunctionType", ()),
]

# The child of srgan.features.unpickling, once for each file, without importing torch each time.
PROGRAM = """
import os, sys
from srgan.features.unpickling import main
for path in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        sys.argv = ["", path, "result.safetensors", "[1073741824, 60]"]
        try:
            main()
        except SystemExit as end:
            sys.stdout.flush()
            os._exit(end.code)
        os._exit(0)
    sys.stdout.write(f" {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\\n")
    sys.stdout.flush()
"""


def gadget(module: str, name: str, arguments: tuple[object, ...]) -> bytes:
    """A pickle that calls something when it is read."""
    given = pickle.dumps(arguments, protocol=2)[2:-1]
    return b"\x80\x02c" + module.encode() + b"\n" + name.encode() + b"\n" + given + b"R."


def archive(content: bytes) -> bytes:
    """A file as torch.save writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("archive/data.pkl", content)
        file.writestr("archive/version", "3\n")
        file.writestr("archive/byteorder", "little")
    return buffer.getvalue()


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "archive"])
def test_no_gadget_runs(wrapped: bool, tmp_path: Path, environment: dict[str, str]) -> None:
    assert len(GADGETS) >= 30
    witness = tmp_path / "WITNESS"
    witness.write_text("open('CANARY', 'w')")
    for place, one in enumerate(GADGETS):
        content = gadget(*one)
        (tmp_path / f"{place:02}.pth").write_bytes(archive(content) if wrapped else content)
    before = sorted(path.name for path in tmp_path.iterdir())
    names = [name for name in before if name.endswith(".pth")]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, *names],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    outcomes = done.stdout.splitlines()
    assert [line.rpartition(" ")[2] for line in outcomes] == ["3"] * len(GADGETS), "3 is: refused, with a reason"
    for (module, name, _), line in zip(GADGETS, outcomes, strict=True):
        assert "it asks to run or build" in line, (module, name, line)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert witness.read_text() == "open('CANARY', 'w')"


def test_the_gadgets_are_loaded(tmp_path: Path) -> None:
    """An unrestricted unpickler runs them: they test something."""
    canary = tmp_path / "CANARY"
    pickle.loads(gadget("os", "mkdir", (str(canary),)))
    assert canary.is_dir()
