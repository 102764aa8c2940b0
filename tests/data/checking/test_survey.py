"""Every finding is provoked by a made file; clean data give none."""

from pathlib import Path

import numpy as np
import pytest

from srgan.data.checking import Finding, Report, check_data
from srgan.errors import UsageError
from srgan.images import imresize
from tests.data.checking.conftest import MakePicture, Save


@pytest.fixture
def clean(made: MakePicture, save: Save, tmp_path: Path) -> Path:
    """``high``, ``low`` (x4) and ``valid``, without a fault."""
    for number in range(3):
        save(f"high/{number}.png", made(number))
        save(f"low/{number}x4.png", imresize(made(number), scale=0.25))
    save("valid/v.png", made(9))
    return tmp_path


def check(folder: Path) -> Report:
    return check_data(folder / "high", low=folder / "low", valid=folder / "valid", scale=4, patch=32)


def only(report: Report) -> Finding:
    (finding,) = report.findings
    return finding


def test_clean_data(clean: Path) -> None:
    calls: list[tuple[int, int]] = []
    report = check_data(
        clean / "high",
        low=clean / "low",
        valid=clean / "valid",
        patch=32,
        progress=lambda done, count: calls.append((done, count)),
    )
    assert report == Report(pictures=3, pairs=3, valid=1, kernels={"MATLAB bicubic": 3})
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert report.as_dict()["problems"] == 0


@pytest.mark.parametrize("folder", ["high", "low", "valid"])
def test_unreadable(clean: Path, folder: str) -> None:
    path = next((clean / folder).iterdir())
    path.write_bytes(path.read_bytes()[:2000])
    finding = only(check(clean))
    assert (finding.kind, finding.file) == ("unreadable", path)
    assert "[truncated]" in finding.message


def test_too_small(clean: Path, made: MakePicture, save: Save) -> None:
    path = save("high/small.png", made(20, 124, 256))
    save("low/small.png", imresize(made(20, 124, 256), scale=0.25))
    finding = only(check(clean))
    assert (finding.kind, finding.file) == ("too_small", path)
    assert "256x124 is smaller than a patch of 128x128" in finding.message


def test_not_a_multiple_is_a_note(clean: Path, made: MakePicture, save: Save) -> None:
    path = save("high/odd.png", made(20, 242, 259))
    save("low/odd.png", imresize(made(20, 242, 259)[:240, :256], scale=0.25))
    report = check(clean)
    assert (only(report).kind, only(report).file) == ("not_multiple", path)
    assert "3 columns and 2 rows are unused" in only(report).message
    assert report.problems == []


def test_no_partner(clean: Path, made: MakePicture, save: Save) -> None:
    alone = {save("high/a.png", made(20)), save("low/b.png", made(21, 60, 64))}
    report = check(clean)
    assert {finding.file for finding in report.findings} == alone
    assert {finding.kind for finding in report.findings} == {"no_partner"}


def test_same_name(clean: Path, made: MakePicture, save: Save) -> None:
    paths = {clean / "low" / "0x4.png", save("low/0.png", imresize(made(0), scale=0.25))}
    finding = only(check(clean))
    assert finding.kind == "same_name"
    assert {finding.file, finding.other} == paths


def test_wrong_size_of_a_pair(clean: Path, made: MakePicture, save: Save) -> None:
    path = save("low/1x4.png", imresize(made(1), scale=0.5))
    finding = only(check(clean))
    assert (finding.kind, finding.file, finding.other) == ("pair_size", path, clean / "high" / "1.png")
    assert "is 128x120, but 1.png at scale 4 asks for 64x60" in finding.message


def test_another_kernel(clean: Path, made: MakePicture, save: Save) -> None:
    path = save("low/2x4.png", imresize(made(2), scale=0.25, antialias=False))
    report = check(clean)
    assert (only(report).kind, only(report).file) == ("kernel", path)
    assert "made by bicubic without antialiasing (" in only(report).message
    assert " dB), not by MATLAB bicubic (" in only(report).message
    assert report.kernels == {"MATLAB bicubic": 2, "bicubic without antialiasing": 1}


def test_unknown_kernel_is_a_note(clean: Path, made: MakePicture, save: Save) -> None:
    low = imresize(made(2), scale=0.25).astype(float) + np.random.default_rng(0).normal(0, 8, (60, 64, 3))
    save("low/2x4.png", np.clip(low, 0, 255).astype(np.uint8))
    report = check(clean)
    assert only(report).kind == "unknown_kernel"
    assert only(report).note
    assert report.kernels == {"MATLAB bicubic": 2, "unknown": 1}


def test_shift(clean: Path, made: MakePicture, save: Save) -> None:
    path = save("low/2x4.png", imresize(np.roll(made(2), (2, -1), axis=(0, 1)), scale=0.25))
    finding = next(finding for finding in check(clean).problems if finding.kind == "shift")
    assert finding.file == path
    assert "-0.2" in finding.message.split("right")[0]
    assert "+0.5" in finding.message.split("right")[1] or "+0.49" in finding.message


def test_duplicates(clean: Path, made: MakePicture, save: Save) -> None:
    same = save("high/same.png", made(0), compress_level=1)
    near = save("high/near.webp", (made(1) * 0.9).astype(np.uint8), quality=90)
    report = check_data(clean / "high", patch=32)
    found = {(finding.kind, finding.file, finding.other) for finding in report.problems}
    expected = {("duplicate", same, clean / "high" / "0.png"), ("near_duplicate", near, clean / "high" / "1.png")}
    assert found == expected


@pytest.mark.parametrize("factor", [1.0, 0.9])
def test_leaks(clean: Path, made: MakePicture, save: Save, factor: float) -> None:
    path = save("valid/seen.png", (made(1) * factor).astype(np.uint8))
    finding = only(check(clean))
    assert (finding.kind, finding.file, finding.other) == ("leak", path, clean / "high" / "1.png")


@pytest.mark.parametrize("folder", ["high", "valid"])
def test_jpeg_inside_png(clean: Path, made: MakePicture, save: Save, folder: str) -> None:
    from PIL import Image

    jpeg = save("somewhere/else.jpg", made(30), quality=60)
    path = save(f"{folder}/x.png", np.asarray(Image.open(jpeg)))
    report = check_data(clean / "high", valid=clean / "valid", patch=32)
    assert (only(report).kind, only(report).file) == ("jpeg_traces", path)
    assert "(limit 1.2)" in only(report).message
    # A file that says it is a JPEG is no secret.
    path.unlink()
    save(f"{folder}/x.jpg", made(30), quality=60)
    assert check_data(clean / "high", valid=clean / "valid", patch=32).findings == []


def test_deep_pictures_are_measured_alike(clean: Path, made: MakePicture) -> None:
    from srgan.images import Picture, save

    save(Picture(made(2).astype(np.uint16) * 257), clean / "high" / "2.png")
    assert check(clean).findings == []


def test_folders_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        check_data(tmp_path / "nowhere")
