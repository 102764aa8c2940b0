from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.images import Picture
from srgan.runtime import Counterpart, Finish, Model, ModelMetadata, bicubic, enlarge, load_model, plays_a_game
from srgan.runtime.low_frequencies import fix_colour
from tests.runtime.networks import described

EMPTY: Any = np.empty


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(described(2, 3), device="cpu", precision="fp32")


def noise(*shape: int, kind: type = np.uint8, seed: int = 0) -> NDArray[Any]:
    values = np.random.default_rng(seed).random(shape, np.float32)
    return values if kind is np.float32 else (values * np.iinfo(kind).max).astype(kind)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("shape", [(9, 14), (9, 14, 3), (9, 14, 4)])
def test_strength_lies_between_bicubic_and_the_model(model: Model, shape: tuple[int, ...], kind: type) -> None:
    image = noise(*shape, kind=kind)
    full, plain = model.upscale(image), bicubic().upscale(image, scale=2)
    half = enlarge(model, image, finish=Finish(strength=0.25))
    expected = 0.25 * full.astype(np.float64) + 0.75 * plain.astype(np.float64)
    if kind is np.float32:
        expected = expected.clip(0, 1)
    assert half.dtype == image.dtype
    assert np.abs(half - expected).max() <= (1e-6 if kind is np.float32 else 0.51)
    assert (enlarge(model, image, finish=Finish(strength=0)) == plain).all()
    assert (enlarge(model, image, finish=Finish(strength=1)) == full).all()


@pytest.fixture
def sharp() -> Model:
    """A model with a counterpart of another scale, which is not loaded yet."""
    sharp = load_model(described(2, 3, seed=1), device="cpu", precision="fp32")
    loads: list[int] = []

    def load() -> Model:
        loads.append(1)
        assert len(loads) == 1, "it is loaded once"
        return load_model(described(3, 3, seed=2), device=sharp.device, precision="fp32")

    sharp.counterpart = Counterpart("faithful", "ab", load)
    return sharp


@pytest.mark.parametrize("shape", [(9, 14), (9, 14, 3), (9, 14, 4)])
def test_strength_lies_between_the_counterpart_and_the_model(sharp: Model, shape: tuple[int, ...]) -> None:
    image = noise(*shape)
    assert sharp.counterpart is not None
    enlarge(sharp, image, finish=Finish(fix_colour=True))
    assert sharp.counterpart.loaded is None, "it is not needed"
    quarter = enlarge(sharp, image, finish=Finish(0.25))
    faithful = sharp.counterpart.model()
    plain = faithful.upscale(image, scale=2)
    expected = 0.25 * sharp.upscale(image).astype(np.float64) + 0.75 * plain
    assert np.abs(quarter - expected).max() <= 0.51
    # What else is wished is done to both.
    for wishes in (Finish(fix_colour=True), Finish(ensemble=True)):
        first, second = (enlarge(one, image, scale=2, finish=wishes) for one in (sharp, faithful))
        assert (enlarge(sharp, image, finish=replace(wishes, strength=0)) == second).all()
        mixed = 0.5 * first.astype(np.float64) + 0.5 * second
        assert np.abs(enlarge(sharp, image, finish=replace(wishes, strength=0.5)) - mixed).max() <= 0.51


def test_at_strength_0_only_the_counterpart_runs(sharp: Model) -> None:
    image = Picture(noise(9, 14, 3))
    assert sharp.counterpart is not None
    before = sharp.network_seconds
    result = enlarge(sharp, image, finish=Finish(0))
    faithful = sharp.counterpart.model()
    assert (result.rgb == faithful.upscale(image, scale=2).rgb).all()
    assert sharp.network_seconds - before == faithful.network_seconds > 0, "its time counts, and nothing else ran"
    sharp.upscale(image)
    assert sharp.network_seconds - before > faithful.network_seconds


def test_notes_of_both_are_told(sharp: Model) -> None:
    assert sharp.counterpart is not None
    faithful = sharp.counterpart.model()
    assert not sharp.notes
    faithful.form = replace(faithful.form, last=True)
    assert any("found by running" in note for note in sharp.notes)


def test_the_ensemble_is_the_mean_over_the_symmetries_of_a_square(model: Model) -> None:
    image = noise(9, 14, 3)
    results: list[NDArray[Any]] = []
    for turns in range(4):
        for mirrored in (False, True):
            turned = np.rot90(image[:, ::-1] if mirrored else image, turns).copy()
            back = np.rot90(model.upscale(turned, scale=3), -turns)
            results.append(back[:, ::-1] if mirrored else back)
    assert np.ptp(results, axis=0).any(), "the network treats the copies differently"
    result = enlarge(model, image, scale=3, finish=Finish(ensemble=True))
    assert np.abs(result - np.mean(results, axis=0)).max() <= 0.5
    # What is mirrored before is mirrored after: that is what an ensemble is for.
    upside_down = enlarge(model, image[::-1].copy(), scale=3, finish=Finish(ensemble=True))
    assert np.abs(upside_down[::-1].astype(int) - result).max() <= 1


def test_pictures_keep_their_kind(model: Model) -> None:
    alpha = noise(20, 12, seed=1)
    alpha[:9] = 0
    grey = noise(20, 12)
    for picture in (
        Picture(np.repeat(grey[..., None], 3, axis=2), grey=True),
        Picture(noise(20, 12, 3), alpha),
        Picture(np.repeat(grey[..., None], 3, axis=2), alpha, grey=True),
    ):
        result = enlarge(model, picture, size=(31, 30), finish=Finish(0.5, True, True))
        assert (result.height, result.width, result.grey) == (31, 30, picture.grey)
        assert (result.alpha is None) == (picture.alpha is None)
        assert not result.grey or (result.rgb[..., 0] == result.rgb[..., 2]).all()
        if result.alpha is not None:
            assert (result.alpha[:10] == 0).all()


def test_a_model_that_shifts_colours_is_put_right() -> None:
    y, x = np.mgrid[:70, :45] / 70.0
    image = np.rint(255 * np.stack([0.3 + 0.4 * x, 0.5 - 0.2 * y, 0.5 + 0 * x], axis=2)).astype(np.uint8)
    true = bicubic().upscale(image, scale=3)
    detail = 12 * ((np.indices((210, 135)).sum(0) % 2) * 2 - 1)
    tint = np.stack([20 + 0 * detail, -15 * np.linspace(-1, 1, 210)[:, None] + 0 * detail, 0 * detail], axis=2)
    shifted = (true + detail[..., None] + tint).clip(0, 255).astype(np.uint8)
    fixed = fix_colour(shifted, image, EMPTY).astype(int)
    assert np.abs(shifted - (true + detail[..., None])).max() >= 20
    assert np.abs(fixed - (true + detail[..., None])).max() <= 3, "the tint goes, the detail stays"
    same = fix_colour(true, image, EMPTY).astype(int)
    assert np.abs(same - true).max() <= 2
    small = fix_colour(shifted[:20, :20], image, EMPTY)
    assert (small == shifted[:20, :20]).all()


def test_the_colour_under_transparent_pixels_does_not_count(model: Model) -> None:
    image = np.full((40, 40, 4), 200, np.uint8)
    image[..., 3] = 255
    image[:, 20:] = 0  # black, but nobody sees it
    plain = model.upscale(image)
    fixed = enlarge(model, image, finish=Finish(fix_colour=True)).astype(int)
    seen = plain[..., 3] > 0
    assert (fixed[..., 3] == plain[..., 3]).all()
    assert np.abs(fixed[seen][:, :3] - 200).max() <= np.abs(plain[seen][:, :3].astype(int) - 200).max() + 1


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_shares_that_are_none(strength: float) -> None:
    with pytest.raises(UsageError, match="--strength must lie between 0 and 1"):
        Finish(strength)


@pytest.mark.parametrize(
    ("run", "played"),
    [
        *[("", False), ("{}", False), ("not JSON", False), ("[1]", False), ('{"adversarial": null}', False)],
        *[('{"adversarial": {"kind": "hinge"}}', True), ('{"stage": [{}, {"adversarial": {"kind": "hinge"}}]}', True)],
    ],
)
def test_models_tell_whether_they_played(run: str, played: bool) -> None:
    assert plays_a_game(ModelMetadata(name="m", scale=2, training_run=run)) is played
