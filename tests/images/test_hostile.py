import contextlib
import os
from pathlib import Path

import pytest

from srgan.errors import PictureError
from srgan.files import Ignored, walk
from srgan.images import Decoder, Picture, has_picture_suffix, probe
from tests.images.hostile import Expectation, make_hostile


def test_every_file_of_the_hostile_set_is_accounted_for(tmp_path: Path) -> None:
    expected = make_hostile(tmp_path)
    assert len(expected) >= 190
    outcomes: dict[str, Picture | str] = {}
    with Decoder() as decoder:
        for item in walk([tmp_path]):
            name = os.fspath(item.path.relative_to(tmp_path))
            assert name not in outcomes
            if isinstance(item, Ignored):
                outcomes[name] = f"skipped: {item.reason}"
                continue
            try:
                outcomes[name] = decoder.read(item.path)
            except PictureError as error:
                foreign = error.code == "not_an_image" and not has_picture_suffix(name)
                outcomes[name] = "skipped: ignored" if foreign else f"failed: {error.code}"
    wrong = {
        name: (expected.get(name), outcomes.get(name))
        for name in expected.keys() | outcomes.keys()
        if not _agree(expected.get(name), outcomes.get(name))
    }
    assert not wrong


def _agree(expected: Expectation | None, outcome: Picture | str | None) -> bool:
    if expected is None or outcome is None:
        return False
    if isinstance(outcome, str):
        status, code = outcome.split(": ")
        return expected.status in (status, "either") and code in expected.codes
    if expected.status == "either":
        return True
    deep = outcome.rgb.dtype == "uint16"
    seen = (outcome.width, outcome.height), outcome.grey, outcome.alpha is not None, deep
    wanted = expected.size, expected.grey, expected.alpha, expected.deep
    return expected.status == "done" and seen == wanted


def test_another_seed_crashes_nothing_either(tmp_path: Path) -> None:
    make_hostile(tmp_path, seed=77)
    damaged = sorted((tmp_path / "damage").iterdir())
    assert len(damaged) > 40
    with Decoder() as decoder:
        for path in damaged:
            try:
                decoder.read(path)
            except PictureError as error:
                assert error.code not in ("crashed", "timeout", "memory")  # noqa: PT017


def test_no_file_descriptor_is_lost(tmp_path: Path) -> None:
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("needs /proc")
    make_hostile(tmp_path)
    paths = [item.path for item in walk([tmp_path]) if not isinstance(item, Ignored)]
    before = len(list(folder.iterdir()))
    for path in paths:
        with contextlib.suppress(PictureError):
            probe(path)
    assert len(list(folder.iterdir())) == before
