import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.errors import ModelError, OutputError, PictureError, UsageError
from srgan.images import Picture, PictureInfo
from srgan.images.resize import imresize
from srgan.runtime import Model, ModelMetadata, Target, bicubic, load_model, passes
from srgan.runtime.canvas import Canvas
from srgan.runtime.resample import resize
from srgan.runtime.session import NonFiniteError
from tests.runtime.networks import described, network


def noise(*shape: int, kind: type = np.uint8) -> NDArray[Any]:
    values = np.random.default_rng(0).random(shape, np.float32)
    return values if kind is np.float32 else np.rint(values * np.iinfo(kind).max).astype(kind)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(described(4, name="small"), device="cpu", precision="fp32")


def test_it_says_what_it_is(model: Model) -> None:
    assert (model.name, model.scale, model.metadata.licence) == ("small", 4, "CC0-1.0")
    assert model.device_line.startswith("openvino on CPU (")
    assert model.device_line.endswith("in fp32")
    assert len(model.sha256) == 64


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3), (9, 7, 4), (1, 1), (1, 1, 3)])
def test_arrays_come_back_as_they_went(model: Model, kind: type, shape: tuple[int, ...]) -> None:
    result = model.upscale(noise(*shape, kind=kind))
    assert result.dtype == kind
    assert result.shape == (4 * shape[0], 4 * shape[1], *shape[2:])


@pytest.mark.parametrize("array", [noise(4, 4, 2), noise(4), noise(0, 4, 3), noise(4, 4, 3).astype(np.int32)])
def test_other_arrays_are_refused(model: Model, array: NDArray[Any]) -> None:
    with pytest.raises(ValueError, match=r"uint8, uint16 or float32"):
        model.upscale(array)


@pytest.mark.parametrize("scale", [0.5, 1, 2, 3, 4, 6, 8, 2.5, 16])
def test_every_scale_has_its_exact_size(model: Model, scale: float) -> None:
    image = noise(18, 14, 3)
    result = model.upscale(image, scale=scale)
    assert result.shape == (round(18 * scale), round(14 * scale), 3)
    near = imresize(image, size=result.shape[:2]).astype(int)
    assert np.abs(result - near).mean() < 40, "not the same picture"


def test_a_scale_below_the_networks_is_the_network_and_then_bicubic(model: Model) -> None:
    image = noise(18, 14, 3)
    assert (model.upscale(image, scale=3) == imresize(model.upscale(image), size=(54, 42))).all()
    assert (model.upscale(image, size=(50, 99)) == imresize(model.upscale(image), size=(50, 99))).all()


def test_a_large_scale_runs_the_network_again_on_no_more_than_it_needs(model: Model) -> None:
    image = noise(18, 14, 3)
    between = imresize(model.upscale(image), size=(36, 28))
    assert (model.upscale(image, scale=8) == model.upscale(between)).all()
    assert (model.upscale(image, scale=16) == model.upscale(model.upscale(image))).all()


@pytest.mark.parametrize(
    ("factor", "scale", "count"),
    [
        *[(0.5, 4, 0), (1, 4, 0), (1, 1, 1), (4, 1, 1), (1.1, 4, 1), (4, 4, 1), (6, 4, 1), (8, 4, 2), (16, 4, 2)],
        *[(3, 2, 1), (4, 2, 2), (32, 4, 3), (9, 3, 2), (5, 3, 1)],
    ],
)
def test_how_often_the_network_runs(factor: float, scale: int, count: int) -> None:
    assert passes(factor, scale) == count


@pytest.mark.parametrize(
    ("target", "size", "tag"),
    [
        (Target(), (40, 80), None),
        (Target(scale=2.5), (25, 50), "_x2.5"),
        (Target(width=30), (15, 30), "_w30"),
        (Target(height=30), (30, 60), "_h30"),
        (Target(width=30, height=7), (7, 30), "_w30_h7"),
        (Target(long_side=100), (50, 100), "_long100"),
        (Target(width=1), (1, 1), "_w1"),
        (Target(megapixels=0.02), (100, 200), "_0.02mp"),
    ],
)
def test_targets(target: Target, size: tuple[int, int], tag: str | None) -> None:
    assert target.size(10, 20, 4) == size
    assert target.tag == tag


@pytest.mark.parametrize(
    "wish",
    [
        *[{"scale": 2, "width": 3}, {"long_side": 3, "height": 3}, {"scale": 0}, {"scale": float("nan")}, {"width": 0}],
        *[{"megapixels": 0}, {"megapixels": float("nan")}, {"megapixels": 1, "long_side": 5}],
    ],
)
def test_contradictions_are_refused(wish: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Target(**wish)


def test_pictures_keep_what_they_carry(model: Model) -> None:
    info = PictureInfo(format="TIFF", icc=b"profile", dpi=(300.0, 300.0))
    picture = Picture(noise(9, 7, 3), noise(9, 7), info=info, notes=("first frame",))
    result = model.upscale(picture)
    assert (result.info, result.notes, result.grey) == (info, ("first frame",), False)
    assert (result.height, result.width) == (36, 28)
    assert result.alpha is not None
    assert result.alpha.shape == (36, 28)


@pytest.mark.parametrize("alpha", [None, noise(9, 7)])
def test_grey_pictures_stay_grey(alpha: NDArray[Any] | None) -> None:
    picture = Picture(np.dstack([noise(9, 7)] * 3), alpha, grey=True)
    for model in (load_model(described(2), device="cpu"), bicubic(2)):
        result = model.upscale(picture)
        assert result.grey
        assert (result.rgb == result.rgb[..., :1]).all()
        assert result.rgb.shape == (18, 14, 3)


def test_sixteen_bits_are_computed_in_fp32_unless_told_otherwise() -> None:
    content = described(2, 4)
    image = noise(20, 20, 3, kind=np.uint16)
    exact = load_model(content, device="cpu", precision="fp32").upscale(image)
    assert (load_model(content, device="cpu").upscale(image) == exact).all()
    assert len(np.unique(exact & 255)) > 200, "the low bits are not used"


@pytest.mark.parametrize("scale", [1, 2, 3, 4, 8])
def test_the_scale_of_a_foreign_model_is_found(scale: int, tmp_path: Path) -> None:
    path = tmp_path / "foreign.onnx"
    path.write_bytes(network(scale))
    model = load_model(path, device="cpu")
    assert (model.scale, model.name, model.metadata.receptive_field) == (scale, "foreign", None)
    assert model.upscale(noise(5, 3, 3)).shape == (5 * scale, 3 * scale, 3)


def test_a_foreign_model_in_blocks() -> None:
    model = load_model(network(2, unshuffle=4), device="cpu")
    assert model.metadata.multiple_of == 4
    assert model.upscale(noise(5, 3, 3)).shape == (10, 6, 3)


@pytest.mark.parametrize("layers", [3, 9, 20])
def test_the_halo_of_a_foreign_model_is_measured(layers: int) -> None:
    content = network(2, layers, channels=6)
    image = noise(150, 120, 3, kind=np.float32)
    whole = load_model(content, device="cpu", precision="fp32", tile=200)
    tiled = load_model(content, device="cpu", precision="fp32", tile=30)
    difference = np.abs(whole.upscale(image) - tiled.upscale(image)).max()
    assert difference < 0.25 / 255
    assert whole.notes == ()
    assert "receptive field" in tiled.notes[0]


def test_a_foreign_model_of_one_size() -> None:
    model = load_model(network(2, fixed=(64, 48)), device="cpu")
    for height, width in ((10, 10), (64, 48), (100, 130)):
        assert model.upscale(noise(height, width, 3)).shape == (2 * height, 2 * width, 3)
    assert "48 x 64" in model.notes[0]


@pytest.mark.parametrize("scale", [5, 6])
def test_odd_foreign_scales_are_refused(scale: int) -> None:
    with pytest.raises(ModelError, match="scale 1, 2, 3, 4 or 8"):
        load_model(network(scale), device="cpu")


def test_metadata_that_promise_another_scale_are_refused() -> None:
    with pytest.raises(ModelError, match="promises a scale of 3"):
        load_model(network(2, metadata=ModelMetadata(name="liar", scale=3)), device="cpu")


def test_models_for_other_tasks_are_refused() -> None:
    with pytest.raises(ModelError, match="text_to_image"):
        load_model(network(2, metadata=ModelMetadata(name="bird", scale=2, task="text_to_image")), device="cpu")


def test_overflow_fails_the_picture() -> None:
    metadata = ModelMetadata(name="hot", scale=2, receptive_field=3)
    model = load_model(network(2, metadata=metadata, poison=3e38), device="cpu")
    with pytest.raises(PictureError) as error:
        model.upscale(noise(20, 20, 3))
    assert error.value.code == "non_finite"


def test_overflow_in_the_middle_of_the_bands_begins_anew_in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(described(2), device="cpu", tile=16)
    picture = Picture(noise(60, 20, 3))
    expected = load_model(described(2), device="cpu", precision="fp32", tile=16).upscale(picture)
    assert model.runner.upscaler is not None
    session = model.runner.upscaler.session
    calls = []

    class Overflowing:
        backend, device, precision, notes = "fake", "nowhere", "fp16", ()

        def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
            calls.append(batch.shape)
            if len(calls) == 3:
                raise NonFiniteError
            return session.run_pixels(batch, noise)

    monkeypatch.setattr(model.runner.upscaler, "session", Overflowing())
    bands = list(model.bands(picture, 8))
    starts = [number for number, band in enumerate(bands) if band.top == 0]
    assert len(starts) == 2
    assert starts[1] > 1
    assert not bands[0].notes
    assert "fp32" in bands[-1].notes[0]
    anew = bands[starts[1] :]
    assert [band.top for band in anew] == list(range(0, 120, 8))
    assert (np.concatenate([band.pixels for band in anew]) == expected.rgb).all()


def test_overflow_in_fp32_ends_the_bands() -> None:
    metadata = ModelMetadata(name="hot", scale=2, receptive_field=3)
    model = load_model(network(2, metadata=metadata, poison=3e38), device="cpu")
    with pytest.raises(PictureError) as error:
        list(model.bands(Picture(noise(20, 20, 3)), 8))
    assert error.value.code == "non_finite"


def test_which_pictures_come_in_bands() -> None:
    model = load_model(described(2), device="cpu")
    picture = Picture(noise(9, 7, 3))
    assert model.comes_in_bands(picture, (18, 14))
    assert not model.comes_in_bands(picture, (18, 15)), "another size"
    assert not model.comes_in_bands(replace(picture, alpha=picture.rgb[..., 0]), (18, 14)), "transparency"
    assert not bicubic().comes_in_bands(picture, (36, 28)), "no network"


def test_overflow_in_half_precision_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_model(described(2), device="cpu")
    picture = Picture(noise(9, 7, 3))
    expected = load_model(described(2), device="cpu", precision="fp32").upscale(picture)

    class Overflowing:
        backend, device, precision, notes = "fake", "nowhere", "fp16", ()

        def run(self, batch: NDArray[np.float32], noise: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
            return np.full((1, 3, 2 * batch.shape[2], 2 * batch.shape[3]), np.inf, np.float32)

        def run_pixels(self, batch: NDArray[np.uint8], noise: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
            raise NonFiniteError

    assert model.runner.upscaler is not None
    monkeypatch.setattr(model.runner.upscaler, "session", Overflowing())
    result = model.upscale(picture)
    assert (result.rgb == expected.rgb).all()
    assert "fp32" in result.notes[0]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(80, 60), (13, 9), (20, 100), (40, 15), (1, 1)])
def test_striped_bicubic_equals_imresize(monkeypatch: pytest.MonkeyPatch, kind: type, size: tuple[int, int]) -> None:
    monkeypatch.setattr("srgan.runtime.resample._CHUNK_BYTES", 200)
    image = noise(20, 15, 3, kind=kind)
    assert (resize(image, size, np.empty) == imresize(image, size=size)).all()
    assert (bicubic().upscale(image, size=size) == imresize(image, size=size)).all()


def test_bicubic_takes_any_scale() -> None:
    assert bicubic().upscale(noise(3, 5)).shape == (12, 20)
    assert bicubic(2).upscale(noise(3, 5, 3)).shape == (6, 10, 3)
    assert bicubic().upscale(noise(30, 50, 4), scale=0.1).shape == (3, 5, 4)


def test_large_results_live_on_the_disk_and_leave_nothing(tmp_path: Path, model: Model, monkeypatch: Any) -> None:  # noqa: ANN401
    image = noise(40, 30, 3)
    expected = model.upscale(image, scale=3)
    monkeypatch.setattr(Canvas.__init__, "__kwdefaults__", {"in_ram": 1000})
    result = model.upscale(image, scale=3, scratch=tmp_path)
    assert isinstance(result, np.memmap)
    assert (result == expected).all()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="uses a Linux limit")
def test_no_room_on_the_disk_is_an_error_not_a_crash(tmp_path: Path) -> None:
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OutputError, match="free some space"):
            Canvas(tmp_path, in_ram=10).empty((100, 100), np.uint8)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    with pytest.raises(OutputError, match="cannot be written"):
        Canvas(tmp_path / "gone", in_ram=10).empty((100, 100), np.uint8)
