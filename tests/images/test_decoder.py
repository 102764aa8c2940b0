import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.errors import PictureError
from srgan.images import Decoder, Limits, Picture, PictureInfo, read, save
from tests.images.profiles import rgb_profile

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 65536, (30, 40, 3)).astype(np.uint16)
    alpha = rng.integers(0, 65536, (30, 40)).astype(np.uint16)
    save(Picture(rgb, alpha, info=PictureInfo(icc=rgb_profile(), xmp=b"<x/>", dpi=(72, 96))), tmp_path / "a.png")
    return tmp_path / "a.png"


def code_of(decoder: Decoder, source: Path | bytes) -> str:
    with pytest.raises(PictureError) as caught:
        decoder.read(source)
    return caught.value.code


def child_of(decoder: Decoder) -> int:
    assert decoder._child is not None
    return decoder._child.pid


def assert_same(one: Picture, other: Picture) -> None:
    assert np.array_equal(one.rgb, other.rgb)
    assert one.rgb.dtype == other.rgb.dtype
    assert (one.alpha is None) == (other.alpha is None)
    assert one.alpha is None or np.array_equal(one.alpha, np.asarray(other.alpha))
    assert (one.grey, one.info, one.notes) == (other.grey, other.info, other.notes)


def test_a_picture_arrives_as_it_was_read(path: Path) -> None:
    grey = path.with_name("grey.jpg")
    save(Picture(np.full((9, 9, 3), 50, np.uint8), grey=True), grey)
    with Decoder() as decoder:
        for source in (path, str(path), path.read_bytes(), grey):
            assert_same(decoder.read(source), read(source))
        assert decoder.probe(path).width == 40
        picture = decoder.read(path)
        picture.rgb[:] = 0  # it belongs to the caller


def test_a_look_brings_small_pictures_along(path: Path, tmp_path: Path) -> None:
    with Decoder() as decoder:
        whole = decoder.read(path)
        pixels = whole.width * whole.height
        header, picture = decoder.look(path, pixels)
        assert header == decoder.probe(path)
        assert picture is not None
        assert_same(picture, whole)
        assert decoder.look(path, pixels - 1) == (header, None)
        child = child_of(decoder)
        damaged = tmp_path / "damaged.png"
        damaged.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(PictureError) as error:
            decoder.look(damaged, pixels)
        assert error.value.code == code_of(decoder, damaged)
        with pytest.raises(PictureError, match="not a picture"):
            decoder.look(b"nonsense", pixels)
        assert child_of(decoder) == child, "a damaged file costs no child"
        assert_same(decoder.read(path), whole)


def test_a_look_leaves_animations_alone() -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 100, 200)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    with Decoder() as decoder:
        header, picture = decoder.look(buffer.getvalue(), 1000)
    assert header.frames == 3
    assert picture is None


def test_one_child_serves_many_files_and_ends_with_the_decoder(path: Path) -> None:
    with Decoder() as decoder:
        decoder.read(path)
        child = child_of(decoder)
        assert code_of(decoder, b"") == "empty"
        assert code_of(decoder, path.with_name("none.png")) == "vanished"
        decoder.probe(path)
        assert child_of(decoder) == child
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@posix
def test_a_hanging_child_is_killed_at_the_deadline_and_replaced(path: Path) -> None:
    with Decoder(limits=Limits(seconds=2)) as decoder:
        decoder.read(path)
        child = child_of(decoder)
        os.kill(child, signal.SIGSTOP)
        start = time.monotonic()
        assert code_of(decoder, path) == "timeout"
        assert time.monotonic() - start < 10
        assert decoder.read(path).width == 40
        assert child_of(decoder) != child


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, "memory"), (signal.SIGSEGV, "crashed")])
def test_a_dying_child_costs_one_file(number: signal.Signals, code: str, path: Path) -> None:
    with Decoder() as decoder:
        decoder.read(path)
        child = child_of(decoder)
        os.kill(child, signal.SIGSTOP)

        def kill() -> None:
            os.kill(child, number)
            os.kill(child, signal.SIGCONT)

        threading.Timer(0.2, kill).start()
        assert code_of(decoder, path) == code
        assert decoder.read(path).width == 40


@posix
def test_memory_is_limited(tmp_path: Path, path: Path) -> None:
    large = tmp_path / "large.png"
    save(Picture(np.broadcast_to(np.uint8(7), (7000, 9000, 3))), large)
    with Decoder(limits=Limits(memory_bytes=600 << 20)) as decoder:
        assert code_of(decoder, large) == "oom"
        assert decoder.read(path).width == 40
    with Decoder() as decoder:
        assert decoder.read(large).rgb[6999, 8999].tolist() == [7, 7, 7]


@posix
def test_ctrl_c_is_left_to_the_parent(path: Path) -> None:
    with Decoder() as decoder:
        decoder.read(path)
        child = child_of(decoder)
        os.kill(child, signal.SIGINT)
        os.kill(child, signal.SIGTERM)
        assert decoder.read(path).width == 40
        assert child_of(decoder) == child


def test_limits_reach_the_child(path: Path) -> None:
    with Decoder(limits=Limits(input_pixels=1199)) as decoder:
        assert code_of(decoder, path) == "too_large"
        with pytest.raises(PictureError, match="too_large"):
            decoder.probe(path)
    with Decoder(limits=Limits(file_bytes=100)) as decoder:
        assert code_of(decoder, path) == "too_large"
        assert code_of(decoder, path.read_bytes()) == "too_large"


def test_a_child_that_does_not_start_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan.images.decoder._PROGRAM", "raise SystemExit(3)")
    with Decoder() as decoder:
        assert code_of(decoder, path) == "crashed"
        monkeypatch.undo()
        assert decoder.read(path).width == 40


@pytest.mark.parametrize("then", ["", "import time; time.sleep(60)"])
def test_a_child_that_lies_is_not_believed(path: Path, monkeypatch: pytest.MonkeyPatch, then: str) -> None:
    """Also one that goes on living: that it is killed then does not count as a lack of memory."""
    liar = (
        "import sys; from srgan.images.wire import receive, send\n"
        "sys.path[:] = sys.argv[1:]; receive(sys.stdin.buffer); send(sys.stdout.buffer, {'ready': True})\n"
        "receive(sys.stdin.buffer)\n"
        "send(sys.stdout.buffer, {'size': [10**6, 10**6], 'blobs': {}, 'deep': False, 'grey': False})\n"
    )
    monkeypatch.setattr("srgan.images.decoder._PROGRAM", "import sys; sys.path[:] = sys.argv[1:]\n" + liar + then)
    with Decoder() as decoder:
        assert code_of(decoder, path) == "crashed"


def test_threads_take_turns(path: Path) -> None:
    with Decoder() as decoder:
        widths: list[int] = []
        threads = [threading.Thread(target=lambda: widths.append(decoder.read(path).width)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert widths == [40] * 4


def test_nothing_is_said_at_exit_and_nothing_heavy_is_imported(path: Path, environment: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from srgan.images import Decoder\n"
        "decoder = Decoder()\n"  # never closed
        f"print(decoder.read({os.fspath(path)!r}).width)\n"
        "heavy = {'torch', 'onnxruntime', 'openvino', 'pyvips', 'cv2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("40\n", "", 0)


@posix
def test_the_child_ends_when_its_parent_is_killed(path: Path, environment: dict[str, str]) -> None:
    program = (
        "import os, signal, sys\n"
        "from srgan.images import Decoder\n"
        "decoder = Decoder()\n"
        f"decoder.read({os.fspath(path)!r})\n"
        "print(decoder._child.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    child = int(done.stdout)
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").exists() and Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            return  # ended, only not reaped where this test has no init process
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")
