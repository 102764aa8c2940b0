from pathlib import Path

import pytest
from PIL import Image

from srgan.batch import Job, Result, preview, run
from srgan.images import Limits
from srgan.runtime import Finish, bicubic
from tests.batch.pictures import leftovers, make_pictures
from tests.images.test_frames import MILLISECONDS, animation


@pytest.fixture
def imgs(tmp_path: Path) -> Path:
    imgs = make_pictures(tmp_path / "imgs", ("still.png",))
    for suffix in (".gif", ".webp", ".png"):
        animation(imgs / f"a{suffix}", loop=2)
    return imgs


def outcome(job: Job) -> dict[str, Result]:
    results: list[Result] = []
    run(job, bicubic(2), on_result=results.append)
    return {result.path.name: result for result in results}


def test_all_frames(imgs: Path) -> None:
    job = Job((imgs,), frames="all", finish=Finish(strength=0.5))
    assert {result.status for result in outcome(job).values()} == {"done"}
    for suffix in (".gif", ".webp", ".png"):
        with Image.open(imgs.with_name("imgs_x2") / f"a{suffix}") as image:
            shown = []
            for number in range(image.n_frames):  # type: ignore[attr-defined]
                image.seek(number)
                image.load()
                shown.append(image.info["duration"])
            assert (image.size, image.info["loop"], shown) == ((80, 60), 2, MILLISECONDS)
    assert {result.code for result in outcome(job).values()} == {"already_done"}
    first = outcome(Job((imgs,)))
    assert first["a.gif"].status == "done"
    assert "only the first of 4 frames was read" in first["a.gif"].message


def test_what_an_output_cannot_hold_is_refused_before(imgs: Path) -> None:
    small = Job((imgs,), frames="all", limits=Limits(output_pixels=4 * 80 * 60 - 1))
    jpeg = Job((imgs,), frames="all", format="JPEG")
    for job, code in ((small, "too_large"), (jpeg, "no_animation")):
        foreseen = {result.path.name: result.code for result in preview(job, bicubic(2))}
        assert foreseen == {"a.gif": code, "a.webp": code, "a.png": code, "still.png": None}
        assert {name: result.code for name, result in outcome(job).items()} == foreseen


def test_half_an_animation_is_no_result(imgs: Path) -> None:
    path = imgs / "a.webp"
    path.write_bytes(path.read_bytes()[:-60])
    result = outcome(Job((imgs,), frames="all"))["a.webp"]
    assert result.status == "failed"
    assert not (imgs.with_name("imgs_x2") / "a.webp").exists()
    assert leftovers(imgs.with_name("imgs_x2")) == []
