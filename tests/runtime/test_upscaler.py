from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.errors import ModelError, PictureError
from srgan.runtime import Geometry, ModelMetadata, Precision, SessionMemoryError, Upscaler, load_model, open_session
from srgan.runtime.pixels import to_levels, to_planes
from tests.runtime.networks import described, network
from tests.runtime.translators import translator

PACKAGED = Path(__file__).parents[2] / "srgan/zoo/models/x4-fidelity.onnx"
SIZES = [(1, 1), (1, 500), (37, 53), (64, 64), (90, 41)]
ODD_SIZES = [(1, 1), (1, 199), (3, 61), (37, 53), (29, 29), (47, 11), (97, 7), (63, 65), (81, 35), (101, 45)]
TILES = [5, 16, 23, 31, 57]
NETWORKS: dict[str, dict[str, Any]] = {
    "x2": {"scale": 2, "layers": 3},
    "x4": {"scale": 4, "layers": 5},
    "x3 wide": {"scale": 3, "layers": 2, "kernel": 9},
    "x1": {"scale": 1, "layers": 3},
    "x2 in blocks": {"scale": 2, "layers": 3, "unshuffle": 4},
}


def picture(height: int, width: int, kind: type = np.uint8, seed: int = 0) -> NDArray[Any]:
    values = np.random.default_rng(seed).random((height, width, 3), np.float32)
    return values if kind is np.float32 else np.rint(values * np.iinfo(kind).max).astype(kind)


@pytest.mark.parametrize("name", NETWORKS)
def test_tiled_equals_whole_in_floats(name: str) -> None:
    content = described(**NETWORKS[name])
    whole = load_model(content, device="cpu", precision="fp32", tile=1000)
    for tile in TILES:
        tiled = load_model(content, device="cpu", precision="fp32", tile=tile)
        for height, width in SIZES:
            image = picture(height, width, np.float32)
            difference = np.abs(tiled.upscale(image) - whole.upscale(image)).max()
            assert difference < 0.01 / 255, (tile, height, width)


@pytest.mark.parametrize("precision", ["fp32", "auto"])
@pytest.mark.parametrize("name", [*NETWORKS, "packaged"])
def test_tiled_equals_whole_bit_by_bit(name: str, precision: Precision) -> None:
    """In 8 bits, in the best precision of the machine too: odd sizes, and tiles of every shape."""
    content = PACKAGED.read_bytes() if name == "packaged" else described(**NETWORKS[name])
    whole = load_model(content, device="cpu", precision=precision, tile=1000)
    models = [load_model(content, device="cpu", precision=precision, tile=tile) for tile in TILES]
    shaped = load_model(content, device="cpu", precision=precision)
    assert shaped.runner.upscaler is not None
    assert shaped.runner.upscaler.free
    shaped.runner.upscaler.useful = 19
    for height, width in ODD_SIZES:
        image = picture(height, width)
        expected = whole.upscale(image)
        for model in (*models, shaped):
            assert (model.upscale(image) == expected).all(), (height, width)


def test_a_halo_that_is_too_small_shows() -> None:
    """The tests above would see it: the network does look as far as it says."""
    layers = 5
    whole = load_model(described(4, layers), device="cpu", precision="fp32", tile=1000)
    metadata = ModelMetadata(name="short-sighted", scale=4, receptive_field=layers - 2)
    tiled = load_model(network(4, layers, metadata=metadata), device="cpu", precision="fp32", tile=16)
    image = picture(90, 41, np.float32)
    assert np.abs(tiled.upscale(image) - whole.upscale(image)).max() > 1 / 255


@pytest.mark.parametrize("minimum", [1, 16, 64])
def test_small_pictures_are_padded_outside_and_cropped(minimum: int) -> None:
    model = load_model(described(2, minimum=minimum, unshuffle=4), device="cpu", precision="fp32")
    for height, width in ((1, 1), (2, 3), (1, 70), (13, 5)):
        result = model.upscale(picture(height, width))
        assert result.shape == (2 * height, 2 * width, 3)
        assert result.std() > 0 or (height, width) == (1, 1)


class FakeSession:
    """Repeats pixels; fails as told."""

    backend, device, precision, notes = "fake", "nowhere", "fp32", ()

    def __init__(self, room: int = 10**9, value: float | None = None, scale: int = 2) -> None:
        self.room, self.value, self.scale = room, value, scale
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        self.shapes.append(batch.shape)
        if batch.shape[2] * batch.shape[3] > self.room:
            raise SessionMemoryError("too large")
        result = batch.repeat(self.scale, 2).repeat(self.scale, 3)
        return result if self.value is None else np.full_like(result, self.value)

    def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        return to_levels(self.run(to_planes(batch), noise), batch.dtype)


def run(session: FakeSession, image: NDArray[Any], *, useful: int = 1000, halo: int | None = 4) -> NDArray[Any]:
    return Upscaler(session, Geometry(2, halo), useful).run(image, np.empty)


@pytest.mark.parametrize("room", [150 * 150, 64 * 64, 26 * 26])
def test_out_of_memory_takes_smaller_tiles(room: int) -> None:
    session = FakeSession(room)
    image = picture(200, 300)
    upscaler = Upscaler(session, Geometry(2, 4), 1000)
    result = upscaler.run(image, np.empty)
    assert (result == image.repeat(2, 0).repeat(2, 1)).all()
    failures = len([shape for shape in session.shapes if shape[2] * shape[3] > room])
    assert failures >= 1
    upscaler.run(image, np.empty)
    assert len([shape for shape in session.shapes if shape[2] * shape[3] > room]) == failures, "it did not remember"


@pytest.mark.parametrize("precision", ["fp32", "auto"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ["x4", "x3 wide", "x2 in blocks"])
def test_bands_together_are_the_whole(name: str, kind: type, precision: Precision) -> None:
    upscaler = load_model(described(**NETWORKS[name]), device="cpu", precision=precision, tile=23).runner.upscaler
    assert upscaler is not None
    for image in (picture(61, 37, kind), picture(9, 70, kind), picture(50, 40, kind)[..., 1]):
        whole = upscaler.run(image, np.empty)
        for rows in (1, 10, 1000):
            parts = list(upscaler.bands(image, rows))
            assert all(len(part) == rows for part in parts[:-1])
            assert (np.concatenate(parts) == whole).all()


def test_bands_come_as_soon_as_they_are_complete() -> None:
    session = FakeSession()
    image = picture(200, 50)
    calls = [len(session.shapes) for _ in Upscaler(session, Geometry(2, 4), 50).bands(image, 40)]
    assert len(calls) == 10
    assert calls == sorted(calls)
    assert calls[0] == 1
    assert calls[-1] == len(session.shapes) >= 4


def test_out_of_memory_goes_on_with_smaller_tiles_below_the_finished_rows() -> None:
    session = FakeSession()
    image = picture(200, 300)
    upscaler = Upscaler(session, Geometry(2, 4), 60)
    parts = []
    for part in upscaler.bands(image, 10):
        parts.append(part)
        if len(parts) == 1:
            before, session.room = len(session.shapes), 40 * 40
    assert (np.concatenate(parts) == image.repeat(2, 0).repeat(2, 1)).all()
    assert upscaler.useful < 60, "it did not remember"
    # What was finished is not computed again: the rest alone needs fewer tiles than the whole.
    again = FakeSession(40 * 40)
    Upscaler(again, Geometry(2, 4), upscaler.useful).run(image, np.empty)
    fitting = [shape for shape in session.shapes[before:] if shape[2] * shape[3] <= session.room]
    assert len(fitting) < len(again.shapes)


def test_what_must_not_be_cut_runs_whole_or_fails() -> None:
    session = FakeSession(room=300 * 300)
    upscaler = Upscaler(session, Geometry(2, None, multiple_of=16, tiles="none"), 32)
    image = picture(200, 290)
    assert (upscaler.run(image, np.empty) == image.repeat(2, 0).repeat(2, 1)).all()
    assert session.shapes == [(1, 3, 208, 304)]
    with pytest.raises(PictureError, match=r"320 x 300 pixels do not fit.*make it smaller.*too large \[oom\]"):
        upscaler.run(picture(300, 320), np.empty)
    fixed = Upscaler(FakeSession(), Geometry(2, None, fixed=(64, 48), tiles="none"), 32)
    assert fixed.run(picture(50, 48), np.empty).shape == (100, 96, 3)
    with pytest.raises(PictureError, match=r"49 x 50 pixels are more than the 48 x 64.*\[too_large\]"):
        fixed.run(picture(50, 49), np.empty)


@pytest.mark.parametrize("tiles", ["any", "seamless"])
@pytest.mark.parametrize("whole", [False, True])
def test_a_network_of_somebody_else_is_cut_only_where_no_seam_shows(
    tiles: Literal["any", "seamless"], whole: bool
) -> None:
    session = open_session(translator(whole=whole), "cpu", "fp32")
    image = np.broadcast_to(np.linspace(0, 1, 450, dtype=np.float32)[None, :, None], (40, 450, 3))
    expected = Upscaler(session, Geometry(1, None, tiles="none"), 16).run(image, np.empty)
    upscaler = Upscaler(session, Geometry(1, None, tiles=tiles), 16)
    difference = np.abs(upscaler.run(image, np.empty) - expected).max()
    assert (difference > 1 / 255) == (whole and tiles == "any")
    assert ("in one piece" in upscaler.notes[0]) == (whole and tiles == "seamless")


def test_small_pictures_for_the_whole_are_mirrored_again_and_again() -> None:
    class Keeping(FakeSession):
        def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
            self.batch = batch
            return super().run(batch, noise)

    session = Keeping()
    image = picture(3, 5)
    Upscaler(session, Geometry(2, None, multiple_of=16, tiles="none"), 32).run(image, np.empty)
    period = np.concatenate([image, image[1:2]])
    rows = np.rint(255 * session.batch[0, :, :, :5].transpose(1, 2, 0))
    assert (rows == np.concatenate([period] * 4)).all()


def test_out_of_memory_at_the_smallest_tile_fails_the_picture() -> None:
    with pytest.raises(PictureError) as error:
        run(FakeSession(room=10), picture(200, 300))
    assert error.value.code == "oom"


def test_all_tiles_have_one_shape() -> None:
    session = FakeSession()
    run(session, picture(211, 397), useful=50)
    assert len(set(session.shapes)) == 1
    assert len(session.shapes) > 20


def test_a_wrong_scale_is_noticed() -> None:
    with pytest.raises(ModelError, match="scale of 2"):
        run(FakeSession(scale=3), picture(8, 8))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize(("value", "expected"), [(-0.5, 0.0), (1.5, 1.0), (0.5, 0.5), (0.499, 0.499)])
def test_values_are_clipped_and_rounded(kind: type, value: float, expected: float) -> None:
    result = run(FakeSession(value=value), picture(4, 4, kind))
    assert result.dtype == kind
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    target = np.float32(expected) if kind is np.float32 else round(expected * top)
    assert (result == target).all()


def test_every_level_survives_the_way_through_floats() -> None:
    for kind in (np.uint8, np.uint16):
        levels = np.arange(np.iinfo(kind).max + 1, dtype=kind).reshape(-1, 64)
        assert (run(FakeSession(), levels)[::2, ::2] == levels).all()


def test_grey_is_the_mean_of_three_channels() -> None:
    model = load_model(described(2, 3), device="cpu", precision="fp32")
    grey = picture(20, 30, np.float32)[..., 0]
    assert model.session is not None
    planes = model.session.run(np.broadcast_to(grey, (1, 3, 20, 30)).copy())[0]
    np.testing.assert_allclose(model.upscale(grey), planes.mean(axis=0).clip(0, 1), atol=1e-6)


def test_bands_of_a_model_that_does_not_state_its_reach_have_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("srgan.runtime.upscaler._ROW_OF_TILES", 1)
    upscaler = load_model(network(2, 5), device="cpu", precision="fp32").runner.upscaler
    assert upscaler is not None
    image = picture(90, 40)
    whole = upscaler.run(image, np.empty)
    assert np.array_equal(np.concatenate(list(upscaler.bands(image, 16))), whole)
    assert upscaler.geometry.halo is None, "measured: the test shows nothing"
