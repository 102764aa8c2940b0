from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.errors import ModelError, PictureError, UsageError
from srgan.images import Picture, PictureInfo, imresize
from srgan.runtime import Model, ModelMetadata, bicubic, load_model
from srgan.runtime.translation import lay_on
from tests.runtime import networks
from tests.runtime.translators import described, translator


def noise(*shape: int, kind: type = np.uint8) -> NDArray[Any]:
    values = np.random.default_rng(0).random(shape, np.float32)
    return values if kind is np.float32 else np.rint(values * np.iinfo(kind).max).astype(kind)


def swap(**options: Any) -> Model:  # noqa: ANN401
    return load_model(described(**options), device="cpu", precision="fp32")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(9, 7), (9, 7, 3), (9, 7, 4), (1, 1)])
@pytest.mark.parametrize("background", [None, "#804020"])
def test_arrays_become_colour(kind: type, shape: tuple[int, ...], background: str | None) -> None:
    result = swap(background=background).translate(noise(*shape, kind=kind))
    assert result.dtype == kind
    assert result.shape == (*shape[:2], 4 if shape[2:] == (4,) and background is None else 3)


def test_the_colours_are_the_networks() -> None:
    image = np.zeros((7, 9, 3), np.uint8)
    image[..., 0], image[..., 1] = 200, 31
    assert (swap().translate(image)[1:-1, 1:-1] == [0, 31, 200]).all()


@pytest.mark.parametrize("precision", ["auto", "fp32"])
def test_sixteen_bits_are_computed_in_fp32(precision: Any) -> None:  # noqa: ANN401
    image = noise(20, 20, 3, kind=np.uint16)
    result = load_model(described(), device="cpu", precision=precision).translate(image)
    assert (result == swap().translate(image)).all()
    assert len(np.unique(result & 255)) > 200, "the low bits are not used"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_lay_on(kind: type) -> None:
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    rgb, alpha = noise(300, 5, 3, kind=kind), noise(300, 5, kind=kind)
    alpha[0], alpha[1] = 0, top
    result = lay_on(rgb, alpha, "#3300ff")
    assert result.dtype == kind
    behind = np.array([0x33, 0, 0xFF]) / 255 * top
    weight = alpha[..., None] / top
    np.testing.assert_allclose(result, rgb * weight + behind * (1 - weight), atol=1e-6 if top == 1 else 0.501)
    assert (result[1] == rgb[1]).all()
    assert (result[0] == behind.astype(kind)).all()


def test_a_background_is_told_only_when_something_was_clear() -> None:
    model = swap(background="#ffffff")
    clear = np.full((8, 8), 255, np.uint8)
    opaque = model.translate(Picture(noise(8, 8, 3), clear))
    assert (opaque.alpha, opaque.notes) == (None, ())
    clear[:4] = 0
    result = model.translate(Picture(noise(8, 8, 3), clear, notes=("first frame",)))
    assert result.alpha is None
    assert (result.rgb[1:3, 1:-1] == 255).all()
    assert result.notes[0] == "first frame"
    assert "#ffffff" in result.notes[1]


def test_without_a_background_alpha_stays_and_nothing_comes_from_under_it() -> None:
    rgb, alpha = np.full((12, 12, 3), 240, np.uint8), noise(12, 12)
    alpha[:6] = 0
    rgb[:6] = 0
    model = swap(whole=True)
    result = model.translate(Picture(rgb, alpha))
    np.testing.assert_array_equal(result.alpha, alpha)
    assert (result.rgb == model.translate(np.full_like(rgb, 240))).all(), "the mean of the picture knew of black"


def test_pictures_keep_what_they_carry_and_are_in_colour() -> None:
    info = PictureInfo(format="TIFF", icc=b"profile", dpi=(300.0, 300.0))
    result = swap().translate(Picture(np.dstack([noise(9, 7)] * 3), grey=True, info=info))
    assert (result.info, result.grey, result.alpha) == (info, False, None)


@pytest.mark.parametrize("size", [5, 20, 33])
def test_size_is_reached_before_translating(size: int) -> None:
    model = swap()
    rgb, alpha = noise(20, 11, 3), np.zeros((20, 11), np.uint8)
    alpha[:, 4:] = 255
    small = (size, max(1, round(11 * size / 20)))
    assert (model.translate(rgb, size=size) == model.translate(imresize(rgb, size=small))).all()
    result = model.translate(Picture(rgb, alpha), size=size)
    assert result.alpha is not None
    assert result.rgb.shape[:2] == result.alpha.shape == small
    assert result.alpha[:, 0].max() == 0
    assert result.alpha[:, -1].min() == 255


def test_a_picture_much_larger_than_the_training_pictures_is_told() -> None:
    model = swap(size=10)
    picture = Picture(noise(41, 20, 3))
    assert "20 x 41 pixels" in model.translate(picture).notes[0]
    assert model.translate(picture, size=40).notes == ()


@pytest.mark.parametrize("tile", [None, 16])
@pytest.mark.parametrize("whole", [False, True])
def test_tiles_show_nowhere(tile: int | None, whole: bool) -> None:
    image = noise(90, 70, 3, kind=np.float32)
    content = described(whole=whole)
    result = load_model(content, device="cpu", precision="fp32", tile=tile).translate(image)
    direct = load_model(content, device="cpu", precision="fp32").session
    assert direct is not None
    expected = direct.run(np.ascontiguousarray(image.transpose(2, 0, 1)[None]))[0].transpose(1, 2, 0)
    np.testing.assert_allclose(result, expected.clip(0, 1), atol=1e-5)


@pytest.mark.parametrize("step", [4, 32])
def test_multiples_are_padded_and_cropped(step: int) -> None:
    plain, stepped = swap(), swap(step=step)
    for shape in ((1, 1, 3), (5, 3, 3), (31, 33, 3)):
        result = stepped.translate(noise(*shape))
        assert result.shape == shape
        assert (result[:-1, :-1] == plain.translate(noise(*shape))[:-1, :-1]).all()


def test_samples_depend_on_seed_and_number_alone() -> None:
    model = swap(latent=4)
    image = np.full((6, 5, 3), 128, np.uint8)
    results = {(seed, sample): model.translate(image, seed=seed, sample=sample) for seed in (0, 1) for sample in (0, 1)}
    assert len({result.tobytes() for result in results.values()}) == 4
    again = swap(latent=4)
    again.translate(noise(9, 9, 3), sample=5)
    assert (again.translate(image, seed=1, sample=1) == results[1, 1]).all()
    assert (model.translate(image) == results[0, 0]).all()
    larger = model.translate(np.full((600, 7, 3), 128, np.uint8))
    assert (larger[1:-1, 1:-1] == results[0, 0][2, 2]).all(), "every tile has the same noise"


def test_models_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    image = noise(30, 20, 3)
    model = load_model(translator(step=8, latent=4), device="cpu", precision="fp32", command="translate")
    assert (model.metadata.latent, model.metadata.multiple_of) == (4, 8)
    assert (model.translate(image, seed=2) == swap(latent=4).translate(image, seed=2))[:-1, :-1].all()
    deep = load_model(translator(step=128), device="cpu", precision="fp32")
    assert deep.metadata.multiple_of == 128
    assert (deep.translate(image)[:-1, :-1] == swap().translate(image)[:-1, :-1]).all()
    whole = load_model(translator(whole=True), device="cpu", precision="fp32", tile=16)
    assert (whole.translate(image) == swap(whole=True).translate(image)).all()
    assert "in one piece" in whole.notes[0]
    assert load_model(translator(), device="cpu").upscale(image).shape == image.shape


def test_each_model_does_what_it_is_for() -> None:
    image = noise(5, 5, 3)
    with pytest.raises(ModelError, match=r"'swap' is for paired_translation: use srgan translate"):
        swap().upscale(image)
    with pytest.raises(ModelError, match=r"'test' is for super_resolution: use srgan upscale"):
        load_model(networks.described(1), device="cpu").translate(image)
    with pytest.raises(ModelError, match=r"use srgan upscale"):
        bicubic().translate(image)
    for content, command in ((described(), "upscale"), (networks.described(2), "translate")):
        with pytest.raises(ModelError, match="use srgan"):
            load_model(content, device="cpu", command=command)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"enlarges by 2.*use srgan upscale"):
        load_model(networks.network(2), device="cpu", command="translate")
    with pytest.raises(ModelError, match=r"takes noise.*use srgan translate"):
        load_model(translator(latent=4), device="cpu", command="upscale")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"task": "paired_translation", "scale": 2}, "translations have 1"),
        ({"task": "super_resolution", "scale": 1, "latent": 4}, "only translation models"),
    ],
)
def test_promises_that_do_not_fit_are_refused(facts: dict[str, Any], words: str) -> None:
    content = translator(ModelMetadata(name="liar", **facts), latent=facts.get("latent", 0))
    with pytest.raises(ModelError, match=words):
        load_model(content, device="cpu")


def test_bad_wishes() -> None:
    model = swap()
    with pytest.raises(ValueError, match="uint8, uint16 or float32"):
        model.translate(noise(4, 4, 2))
    with pytest.raises(UsageError, match="size"):
        model.translate(noise(4, 4, 3), size=0)
    with pytest.raises(UsageError, match="seed"):
        model.translate(noise(4, 4, 3), seed=-1)


def test_overflow_fails_the_picture() -> None:
    metadata = ModelMetadata(name="hot", task="paired_translation", scale=1)
    model = load_model(translator(metadata, strength=3e39), device="cpu")
    with pytest.raises(PictureError) as error:
        model.translate(np.full((20, 20, 3), 255, np.uint8))
    assert error.value.code == "non_finite"
