import threading
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.batch import Job, clip_output, is_clip, video
from srgan.batch.video import Stopped, foresee_video, upscale_video
from srgan.batch.video_files import join, open_clip, read_frames
from srgan.errors import PictureError, UsageError
from srgan.images import Limits
from srgan.runtime import Finish, Model, Target, bicubic, enlarge, load_model
from tests.batch.clips import make_clip, turned_by_90
from tests.batch.pictures import leftovers, make_model


def upscaled(path: Path, job: Job | None = None, *, stop_after: int | None = None, suffix: str = ".mp4") -> Path:
    out, stop = path.with_name("out" + suffix), threading.Event()

    def on_frame(done: int, total: int) -> None:
        if done == stop_after:
            stop.set()

    result = upscale_video(path, out, job or Job((path,)), bicubic(2), on_frame=on_frame, stop=stop)
    assert result.status == "done"
    return out


def seen(path: Path) -> list[tuple[float, NDArray[Any]]]:
    clip = open_clip(path)
    frames = read_frames(clip, skip=lambda _: False)
    return [(float(stamp * clip.time_base), pixels) for _, stamp, pixels in frames if pixels is not None]


def sound(path: Path) -> list[tuple[float, bytes]]:
    with av.open(str(path)) as container:
        packets = container.demux(container.streams.audio[0])
        return [(float(packet.pts * packet.time_base), bytes(packet)) for packet in packets if packet.pts is not None]


def test_a_team_makes_the_same_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "SEGMENT", 7)
    path, model = make_clip(tmp_path / "a.mp4"), make_model(tmp_path / "tiny.onnx")
    taken: list[Model] = []

    def noted(model: Model, *given: Any, **wishes: Any) -> Any:  # noqa: ANN401
        taken.append(model)
        return enlarge(model, *given, **wishes)

    monkeypatch.setattr(video, "enlarge", noted)
    outs = []
    for device in ("cpu", "cpu,cpu,cpu"):
        out = tmp_path / f"{device}.mp4"
        loaded = load_model(model, device=device)
        upscale_video(path, out, Job((path,)), loaded, on_frame=lambda done, total: None, stop=threading.Event())
        outs.append(seen(out))
    assert len(set(taken)) == 4
    assert len(outs[0]) == len(outs[1]) == len(seen(path))
    for (stamp, pixels), (other_stamp, other) in zip(*outs, strict=True):
        assert stamp == other_stamp
        np.testing.assert_array_equal(pixels, other)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("deep", [False, True])
def test_times_order_sound_and_colours_are_those_of_the_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, deep: bool
) -> None:
    monkeypatch.setattr(video, "SEGMENT", 7)
    path = make_clip(tmp_path / "a.mp4", deep=deep)
    out = upscaled(path, suffix=suffix)
    before, after = seen(path), seen(out)
    late = after[0][0] - before[0][0]  # Matroska has no times below 0: picture and sound begin later together
    assert late == pytest.approx(0 if suffix == ".mp4" else 1024 / 44100, abs=0.001)
    assert [stamp - late for stamp, _ in after] == pytest.approx([stamp for stamp, _ in before], abs=0.0011)
    model = bicubic(2)
    for (_, pixels), (_, large) in zip(before, after, strict=True):
        assert large.dtype == (np.uint16 if deep else np.uint8)
        error = np.abs(large.astype(float) - model.upscale(pixels)) / np.iinfo(large.dtype).max
        assert error.mean() < 0.02, "another picture or other colours"
    assert [data for _, data in sound(out)] == [data for _, data in sound(path)]
    assert sound(out)[0][0] - late == pytest.approx(sound(path)[0][0], abs=0.0011)
    with av.open(str(out)) as container:
        context: Any = container.streams.video[0].codec_context
        assert (int(context.colorspace), int(context.color_primaries), int(context.color_trc)) == (1, 1, 1)
        assert context.format.name == ("yuv420p10le" if deep else "yuv420p")
    assert {file.name for file in tmp_path.iterdir()} == {"a.mp4", out.name}, "no leftovers"


def test_an_interrupted_run_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "SEGMENT", 5)
    path = make_clip(tmp_path / "a.mp4")
    whole = seen(upscaled(path))
    assert len(whole) == 20
    (tmp_path / "out.mp4").unlink()
    with pytest.raises(Stopped):
        upscaled(path, stop_after=12)
    segments = tmp_path / ".out.mp4.srgan-segments"
    assert not (tmp_path / "out.mp4").exists()
    assert leftovers(segments) == []
    made = {file.name: file.stat().st_mtime_ns for file in segments.glob("*.nut")}
    assert set(made) == {"000000.nut", "000001.nut"}
    times: dict[str, int] = {}
    monkeypatch.setattr(
        video, "join", lambda *given: (times.update({s.name: s.stat().st_mtime_ns for s in given[3]}), join(*given))[1]
    )
    after = seen(upscaled(path))
    assert {name: times[name] for name in made} == made, "what was there is not made again"
    assert len(times) == 4
    assert all((one == other).all() for (_, one), (_, other) in zip(whole, after, strict=True))
    (tmp_path / "out.mp4").unlink()
    with pytest.raises(Stopped):
        upscaled(path, stop_after=12)
    old = (segments / "000000.nut").read_bytes()
    with pytest.raises(Stopped):
        upscaled(path, Job((path,), target=Target(scale=3), finish=Finish(strength=0.5)), stop_after=7)
    assert (segments / "000000.nut").read_bytes() != old, "other wishes begin anew"


def test_pictures_that_lie_on_their_side_stand_up(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=4)
    lying = seen(path)
    turned_by_90(path)
    clip = open_clip(path)
    assert (clip.height, clip.width) == (64, 48)
    out = open_clip(upscaled(path))
    assert (out.height, out.width) == (128, 96)
    # The matrix of the file turns clockwise, as telephones write it.
    for (_, flat), (_, upright) in zip(lying, seen(path), strict=True):
        assert (np.rot90(flat, -1) == upright).all()


def test_what_is_no_video(tmp_path: Path) -> None:
    for name, data, code in (("a.mp4", b"hello", "corrupt"), ("b.mkv", b"", "corrupt")):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(PictureError) as caught:
            upscaled(tmp_path / name)
        assert caught.value.code == code
    with pytest.raises(PictureError, match="is not there"):
        upscaled(tmp_path / "gone.mp4")
    path = make_clip(tmp_path / "c.mp4", frames=3)
    with pytest.raises(PictureError) as caught:
        upscaled(path, Job((path,), limits=Limits(output_pixels=1000)))
    assert caught.value.code == "too_large"
    assert not list(tmp_path.glob(".out*"))


def test_what_is_there_stays(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=3)
    foreseen = foresee_video(path, tmp_path / "out.mp4", Job((path,)), bicubic(2))
    assert (foreseen.status, foreseen.width, foreseen.height) == ("planned", 128, 96)
    out = upscaled(path)
    before = out.stat().st_mtime_ns
    result = upscale_video(path, out, Job((path,)), bicubic(2), on_frame=lambda *_: None, stop=threading.Event())
    assert (result.status, result.code, out.stat().st_mtime_ns) == ("skipped", "exists", before)


def test_names(tmp_path: Path) -> None:
    assert is_clip("a.MP4")
    assert not is_clip("a.gif")
    assert clip_output(Path("x/a.mov"), "_x4", None) == Path("x/a_x4.mov")
    assert clip_output(Path("a.webm"), "_x4", None) == Path("a_x4.mkv")
    assert clip_output(Path("a.mp4"), "_x4", tmp_path) == tmp_path / "a.mp4"
    assert clip_output(Path("a.mp4"), "_x4", Path("b.mkv")) == Path("b.mkv")
    for output in (Path("a.mp4"), Path("b.avi")):
        with pytest.raises(UsageError, match="--output"):
            clip_output(Path("a.mp4"), "_x4", output)
