"""What every registered degradation keeps."""

import numpy as np
import pytest
import torch
from torch import Tensor

from srgan.config import check_part
from srgan.data.checking import shift
from srgan.data.degradations import DEGRADATIONS, Bicubic, Degradation, make_degradation
from srgan.errors import UsageError
from srgan.images import imresize


def pictures(count: int = 2, side: int = 96) -> Tensor:
    """Smooth shapes with edges."""
    random = np.random.default_rng(3)
    made = []
    for _ in range(count):
        coarse = imresize(random.integers(0, 256, (12, 12, 3), np.uint8), size=(side, side)).astype(int)
        made.append(np.clip(coarse + 90 * (coarse[::-1] > 128), 0, 255).astype(np.float32) / 255)
    return torch.from_numpy(np.stack(made)).permute(0, 3, 1, 2).mul(255).round() / 255


@pytest.fixture(params=DEGRADATIONS)
def degradation(request: pytest.FixtureRequest) -> Degradation:
    return make_degradation({"kind": request.param})


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_shape_range_and_depth(degradation: Degradation, scale: int) -> None:
    low = degradation(pictures(), scale=scale, random=np.random.default_rng(0))
    assert low.shape == (2, 3, 96 // scale, 96 // scale)
    assert low.dtype == torch.float32
    assert float(low.min()) >= 0
    assert float(low.max()) <= 1
    assert torch.allclose(low * 255, (low * 255).round(), atol=1e-4)


def test_the_generator_decides_everything(degradation: Degradation) -> None:
    torch.manual_seed(1)
    one = degradation(pictures(), scale=4, random=np.random.default_rng(7))
    torch.manual_seed(2)
    two = degradation(pictures(), scale=4, random=np.random.default_rng(7))
    assert torch.equal(one, two)
    other = degradation(pictures(), scale=4, random=np.random.default_rng(8))
    assert torch.equal(one, other) == isinstance(degradation, Bicubic)


def test_very_small_pictures(degradation: Degradation) -> None:
    for seed in range(10):
        low = degradation(pictures(1, 8), scale=4, random=np.random.default_rng(seed))
        assert low.shape == (1, 3, 2, 2)


def test_pictures_stay_in_place(degradation: Degradation) -> None:
    """The mean of many degraded pictures lies where the bicubic one lies."""
    high, random = pictures(1, 192), np.random.default_rng(0)
    mean = torch.stack([degradation(high, scale=4, random=random) for _ in range(24)]).mean(dim=0)
    reference = Bicubic()(high, scale=4, random=random)
    place = shift(*(picture[0].mean(dim=0).numpy() * 255 for picture in (reference, mean)))
    assert place is not None
    assert max(map(abs, place)) < 0.06


def test_bicubic_is_matlabs() -> None:
    high = pictures()
    low = Bicubic()(high, scale=4, random=np.random.default_rng(0))
    for full, small in zip(high, low, strict=True):
        pixels = full.permute(1, 2, 0).mul(255).round().byte().numpy()
        assert np.array_equal(small.permute(1, 2, 0).mul(255).round().byte().numpy(), imresize(pixels, scale=0.25))


def test_mild_is_milder() -> None:
    high = pictures(16)
    reference = Bicubic()(high, scale=4, random=np.random.default_rng(0))
    errors = {
        kind: float(
            (make_degradation({"kind": kind})(high, scale=4, random=np.random.default_rng(0)) - reference).std()
        )
        for kind in ("mild", "real_esrgan")
    }
    assert 0.01 < errors["mild"] < 0.8 * errors["real_esrgan"]


def test_without_blur_noise_and_resize_little_is_left() -> None:
    """With everything switched off but JPEG of the best quality, it is a reduction."""
    calm = {"blur": 0, "resize": [0, 0, 1], "gaussian": 1, "noise": [0, 0], "jpeg": [100, 100]}
    table = {"kind": "real_esrgan", "first": calm, "second": calm, "last_sinc": 0}
    filled = check_part(DEGRADATIONS, table, source="run", key="data.degradation")
    degradation = make_degradation({"kind": "real_esrgan", **filled})
    high = torch.full((1, 3, 32, 32), 0.4)
    low = degradation(high, scale=4, random=np.random.default_rng(0))
    assert torch.equal(low, torch.full((1, 3, 8, 8), 102 / 255))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "mlid"}, "there is no 'mlid'; did you mean 'mild'"),
        ({"kind": "bicubic", "first": {}}, "degradation.first: there is no such option"),
        ({"kind": "mild", "first": {"niose": [0, 1]}}, "first.niose: there is no such option; did you mean 'noise'"),
        ({"kind": "mild", "first": {"noise": [3, 1]}}, "noise must go from the smaller to the larger"),
        ({"kind": "mild", "first": {"factors": [0.2, 0.8]}}, "factors must have 1 between its ends"),
        ({"kind": "mild", "second": {"sizes": [8]}}, "sizes must be odd"),
        ({"kind": "mild", "second": {"shapes": [0, 0, 0, 0, 0, 0]}}, "shapes must not be all 0"),
        ({"kind": "mild", "second": {"jpeg": [0, 95]}}, "jpeg.0: input should be greater than or equal to 1"),
        ({"kind": "mild", "last_sinc": 2}, "last_sinc: input should be less than or equal to 1"),
    ],
)
def test_mistakes_are_named(table: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as error:
        check_part(DEGRADATIONS, table, source="run.toml", key="data.degradation")
    assert message in str(error.value)
