import errno
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import srgan.batch.streaming
from srgan.batch import Job, Result, Summary, run
from srgan.batch.handing import BandQueue
from srgan.errors import OutputError
from srgan.images import Format, Picture, PictureInfo, read, save
from srgan.runtime import Finish, Model, Target, load_model
from srgan.runtime.session import NonFiniteError
from tests.batch.pictures import digests, leftovers, make_model
from tests.images.profiles import rgb_profile


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return load_model(make_model(tmp_path / "tiny.onnx"), device="cpu", tile=32)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which outputs were written in bands; small ones are too, in several bands."""
    outs: list[Path] = []
    write = srgan.batch.streaming.write

    def noted(picture: Picture, item: Any, *rest: Any) -> tuple[str, ...]:  # noqa: ANN401
        outs.append(item.out)
        return write(picture, item, *rest)

    monkeypatch.setattr("srgan.batch.streaming.LARGE", 1000)
    monkeypatch.setattr("srgan.batch.work.write", noted)
    monkeypatch.setattr("srgan.images.rows._BAND_BYTES", 5000)
    monkeypatch.setattr(sys.modules["srgan.images.encode"], "_BEHIND", 7000)
    return outs


def make_pictures(folder: Path) -> Path:
    values: Any = np.random.default_rng(0).integers(0, 65536, (70, 50, 4), np.uint16)
    folder.mkdir()
    eight = (values >> 8).astype(np.uint8)
    camera = PictureInfo(icc=rgb_profile(), dpi=(300, 300))
    save(Picture(eight[..., :3]), folder / "eight.png")
    save(Picture(values[..., :3], info=camera), folder / "sixteen.png")
    save(Picture(np.repeat(eight[..., :1], 3, 2), grey=True), folder / "grey.png")
    save(Picture(values[..., :3], info=camera), folder / "sixteen.tif")
    save(Picture(eight[..., :3]), folder / "eight.ppm")
    save(Picture(eight[..., :3], eight[..., 3]), folder / "alpha.png")
    save(Picture(eight[..., :3]), folder / "lossy.webp")
    return folder


def work(job: Job, model: Model) -> tuple[Summary, dict[str, Result]]:
    results: list[Result] = []
    summary = run(job, model, on_result=results.append)
    return summary, {result.path.name: result for result in results}


def test_the_same_bytes_as_without_bands(
    tmp_path: Path, model: Model, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    assert work(Job((imgs,), tmp_path / "bands"), model)[0].done == 7
    assert sorted(out.name for out in written) == ["eight.png", "eight.ppm", "grey.png", "sixteen.png", "sixteen.tif"]
    monkeypatch.setattr("srgan.batch.streaming.LARGE", 10**12)
    assert work(Job((imgs,), tmp_path / "whole"), model)[0].done == 7
    assert len(written) == 5
    assert digests(tmp_path / "bands") == digests(tmp_path / "whole")
    assert leftovers(tmp_path / "bands") == []


@pytest.mark.parametrize(
    "change",
    [
        {"target": Target(scale=1.5)},
        {"target": Target(scale=4)},
        {"finish": Finish(strength=0.5)},
        {"finish": Finish(fix_colour=True)},
        {"format": "JPEG"},
    ],
)
def test_what_needs_the_whole_picture_gets_it(
    tmp_path: Path, model: Model, written: list[Path], change: dict[str, Any]
) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    assert work(replace(Job((imgs,)), **change), model)[0].done == 7
    assert not written


def test_a_result_that_is_not_large_is_not_streamed(tmp_path: Path, model: Model, written: list[Path]) -> None:
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")  # 18 x 18 x 3 = 972 bytes
    Image.new("RGB", (10, 10)).save(tmp_path / "b.png")
    work(Job((tmp_path / "a.png", tmp_path / "b.png")), model)
    assert [out.name for out in written] == ["b_x2.png"]


def test_a_failing_network_fails_the_file_and_leaves_nothing(
    tmp_path: Path, model: Model, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    out = tmp_path / "out"
    bands = Model.bands

    def broken(self: Model, picture: Picture, rows: int) -> Any:  # noqa: ANN401
        for number, band in enumerate(bands(self, picture, rows)):
            if picture.grey and number == 1:
                raise MemoryError
            yield band

    monkeypatch.setattr(Model, "bands", broken)
    summary, results = work(Job((imgs,), out), model)
    assert (summary.done, summary.failed) == (6, 1)
    assert results["grey.png"].code == "oom"
    assert not (out / "grey.png").exists()
    assert leftovers(out) == []


def test_a_full_disk_ends_the_computing_too(
    tmp_path: Path, model: Model, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    given = []
    bands = Model.bands

    def counted(self: Model, picture: Picture, rows: int) -> Any:  # noqa: ANN401
        for band in bands(self, picture, rows):
            given.append(band.top)
            yield band

    def full(rows: Any) -> None:  # noqa: ANN401
        next(rows)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Model, "bands", counted)
    monkeypatch.setattr("srgan.images.png._parts", full)
    monkeypatch.setattr("srgan.batch.work.BandQueue", lambda: BandQueue(1))
    with pytest.raises(OutputError, match="No space"):
        work(Job((imgs / "eight.png",), tmp_path / "out"), model)
    assert 1 <= len(given) < 140 * 100 * 3 // 5000
    assert leftovers(tmp_path / "out") == []


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_a_picture_that_is_begun_anew_in_fp32_is_written_once(
    tmp_path: Path, model: Model, written: list[Path], monkeypatch: pytest.MonkeyPatch, format: Format
) -> None:
    imgs = make_pictures(tmp_path / "imgs")
    exact = load_model(tmp_path / "tiny.onnx", device="cpu", precision="fp32", tile=32)
    assert model.runner.upscaler is not None
    session = model.runner.upscaler.session
    calls = 0

    class Overflowing:
        backend, device, precision, notes = "fake", "nowhere", "fp16", ()

        def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
            nonlocal calls
            calls += 1
            if calls > 3:  # the first row of tiles is done, and handed on
                raise NonFiniteError
            return session.run_pixels(batch, noise)

    monkeypatch.setattr(model.runner.upscaler, "session", Overflowing())
    summary, results = work(Job((imgs / "eight.png",), tmp_path / "out", format=format), model)
    assert summary.done == 1
    assert "fp32" in results["eight.png"].message
    (out,) = (path for path in (tmp_path / "out").iterdir() if not path.name.startswith("."))
    assert (read(out).rgb == exact.upscale(read(imgs / "eight.png")).rgb).all()
