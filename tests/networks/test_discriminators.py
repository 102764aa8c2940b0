"""Every discriminator of the registry: shapes, gradients of both orders, conditions, state; and what each promises."""

import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from srgan.config import check_part
from srgan.networks import DISCRIMINATORS, Discriminator, Judgement, MultiScale, Patch, UNet, VggStyle
from srgan.networks.judging import BinomialBlur, judging_layer

SIDE = 32
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dcgan": ("dcgan", {"size": SIDE}),
    "dcgan-spectral": ("dcgan", {"size": SIDE, "norm": "spectral", "minibatch": "stddev"}),
    "dcgan-virtual": ("dcgan", {"size": SIDE, "norm": "virtual", "reference": 4, "minibatch": "discrimination"}),
    "df_gan": ("df_gan", {"size": SIDE, "conditioning": "input"}),
    "df_gan-spectral": ("df_gan", {"size": SIDE, "conditioning": "input", "norm": "spectral"}),
    "multi_scale": ("multi_scale", {"layers": 2}),
    "multi_scale-spectral": ("multi_scale", {"layers": 1, "scales": 3, "norm": "spectral"}),
    "patch": ("patch", {}),
    "patch-instance": ("patch", {"norm": "instance", "layers": 2}),
    "patch-none": ("patch", {"norm": "none", "layers": 2}),
    "patch-smooth": ("patch", {"norm": "spectral", "downsampling": "antialiased"}),
    "unet": ("unet", {}),
    "unet-smooth": ("unet", {"norm": "none", "downsampling": "antialiased"}),
    "vgg": ("vgg", {}),
    "vgg-dense": ("vgg", {"head": "dense", "size": SIDE, "norm": "none"}),
    "vgg-patch": ("vgg", {"head": "patch", "stages": 2}),
    "vgg-smooth": ("vgg", {"norm": "spectral", "downsampling": "antialiased"}),
}
every_case = pytest.mark.parametrize("case", CASES)


def small(case: str, *, condition_channels: int = 0, seed: int = 0) -> Discriminator:
    torch.manual_seed(seed)
    kind, options = CASES[case]
    options = check_part(
        DISCRIMINATORS,
        {"kind": kind, "width": 4, "condition_channels": condition_channels, **options},
        source="run.toml",
        key="discriminator",
    )
    discriminator = DISCRIMINATORS[kind](**options)
    for name, parameter in discriminator.named_parameters():
        if name.endswith("gate"):  # closed at the start, which would hide what is behind
            torch.nn.init.constant_(parameter, 0.5)
    return discriminator


def judge(discriminator: Discriminator, picture: Tensor, condition: Tensor | None = None) -> Judgement:
    judgement = discriminator(picture, condition)
    assert isinstance(judgement, Judgement)
    return judgement


def r1(discriminator: Discriminator, picture: Tensor) -> Tensor:
    picture = picture.detach().requires_grad_()
    total = torch.stack([score.flatten(1).mean(1).sum() for score in judge(discriminator, picture).scores]).sum()
    (gradient,) = torch.autograd.grad(total, picture, create_graph=True)
    return gradient.square().sum()


def count(discriminator: Discriminator) -> int:
    return sum(parameter.numel() for parameter in discriminator.parameters())


def test_every_discriminator_has_a_case() -> None:
    assert {kind for kind, _ in CASES.values()} == set(DISCRIMINATORS)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        ("patch", {}, [(1, 2, 3)]),
        ("patch", {"downsampling": "antialiased"}, [(1, 2, 3)]),
        ("patch", {"layers": 1}, [(1, 14, 18)]),
        ("multi_scale", {"layers": 2}, [(1, 6, 8), (1, 2, 3)]),
        ("unet", {}, [(1, 33, 41)]),
        ("unet", {"downsampling": "antialiased"}, [(1, 33, 41)]),
        ("vgg", {}, [(1,)]),
        ("vgg", {"head": "patch"}, [(1, 3, 3)]),
        ("vgg", {"head": "patch", "stages": 2, "downsampling": "antialiased"}, [(1, 9, 11)]),
    ],
)
def test_shapes(kind: str, options: dict[str, Any], expected: list[tuple[int, ...]]) -> None:
    scores = judge(DISCRIMINATORS[kind](width=4, **options), torch.rand(2, 3, 33, 41)).scores
    assert [score.shape for score in scores] == [(2, *shape) for shape in expected]
    assert all(score.dtype == torch.float32 for score in scores)


@every_case
def test_smallest_picture(case: str) -> None:
    discriminator = small(case)
    side = max(discriminator.minimum, getattr(discriminator, "size", None) or 0)
    assert all(score.numel() for score in judge(discriminator, torch.rand(2, 3, side, side)).scores)
    if discriminator.minimum > 1:
        with pytest.raises(ValueError, match=rf"too small.* needs {discriminator.minimum}$"):
            discriminator(torch.rand(2, 3, side, discriminator.minimum - 1))


@every_case
def test_gradients_reach_everything(case: str) -> None:
    discriminator, picture = small(case), torch.rand(2, 3, SIDE, SIDE, requires_grad=True)
    judgement = judge(discriminator, picture)
    torch.autograd.backward([F.softplus(score).mean() for score in judgement.scores])
    assert picture.grad is not None
    assert (picture.grad.abs().sum((0, 1)) > 0).float().mean() > 0.9
    for name, parameter in discriminator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@every_case
def test_features_are_differentiable_maps(case: str) -> None:
    picture = torch.rand(2, 3, SIDE, SIDE, requires_grad=True)
    features = judge(small(case), picture).features
    assert len(features) >= 3
    for feature in features:
        assert feature.dim() == 4
        (gradient,) = torch.autograd.grad(feature.square().mean(), picture, retain_graph=True)
        assert gradient.abs().sum() > 0


@every_case
def test_gradient_of_a_gradient_penalty(case: str) -> None:
    """Double backward against a finite difference along a random direction of the weights."""
    discriminator = small(case).double().eval()
    picture = torch.rand(2, 3, SIDE, SIDE, dtype=torch.double)
    weights = [parameter for parameter in discriminator.parameters() if parameter.dim() > 1]
    direction = [torch.randn_like(weight) * weight.detach().std() for weight in weights]
    gradients = torch.autograd.grad(r1(discriminator, picture), weights)
    expected = sum(float((gradient * step).sum()) for gradient, step in zip(gradients, direction, strict=True))

    def moved(by: float) -> float:
        with torch.no_grad():
            for weight, step in zip(weights, direction, strict=True):
                weight.add_(step, alpha=by)
        return float(r1(discriminator, picture).detach())

    distance = 1e-7
    assert (moved(distance) - moved(-2 * distance)) / (2 * distance) == pytest.approx(expected, rel=1e-4)


@every_case
def test_half_precision_and_channels_last(case: str) -> None:
    discriminator = small(case).to(memory_format=torch.channels_last)
    picture = torch.rand(2, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    discriminator.eval()
    with torch.no_grad():
        exact = judge(discriminator, picture).scores
        with torch.autocast("cpu", dtype=torch.bfloat16):
            judgement = judge(discriminator, picture)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        penalty = r1(discriminator.train(), picture)
    torch.autograd.backward(penalty)
    for rough, score in zip(judgement.scores, exact, strict=True):
        assert rough.dtype == torch.float32
        assert torch.allclose(rough, score, atol=0.05 * float(score.abs().max()) + 0.01)
    if case != "patch-instance":  # torch's instance normalisation knows no other layout
        assert all(feature.is_contiguous(memory_format=torch.channels_last) for feature in judgement.features)
    gradients = [parameter.grad for parameter in discriminator.parameters() if parameter.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert any(gradient.abs().sum() > 0 for gradient in gradients)


def test_one_graph_for_the_compiler() -> None:
    discriminator, picture = small("unet").eval(), torch.rand(2, 3, SIDE, SIDE)
    compiled = torch.compile(discriminator, backend="eager", fullgraph=True)
    for score, other in zip(compiled(picture).scores, judge(discriminator, picture).scores, strict=True):
        assert torch.equal(score, other)


@every_case
def test_condition_is_used_and_checked(case: str) -> None:
    discriminator = small(case, condition_channels=2).eval()
    picture, condition = torch.rand(2, 3, SIDE, SIDE), torch.rand(2, 2, SIDE, SIDE)
    assert discriminator.condition_channels == 2
    first, second = judge(discriminator, picture, condition), judge(discriminator, picture, 1.0 - condition)
    assert not any(torch.equal(a, b) for a, b in zip(first.scores, second.scores, strict=True))
    with pytest.raises(ValueError, match="condition of 2 channels is missing"):
        discriminator(picture)
    with pytest.raises(ValueError, match=r"\(2, 3, 32, 32\), not \(2, 2, 32, 32\)"):
        discriminator(picture, picture)
    with pytest.raises(ValueError, match=r"\(2, 2, 16, 32\), not \(2, 2, 32, 32\)"):
        discriminator(picture, condition[:, :, ::2])
    with pytest.raises(ValueError, match="condition_channels = 0"):
        small(case)(picture, condition)


@every_case
def test_same_seed_same_network_and_eval_changes_nothing(case: str) -> None:
    discriminator, picture = small(case).eval(), torch.rand(2, 3, SIDE, SIDE)
    state = {name: value.clone() for name, value in discriminator.state_dict().items()}
    first = judge(discriminator, picture)
    assert all(torch.equal(a, b) for a, b in zip(first.scores, judge(discriminator, picture).scores, strict=True))
    for name, value in small(case).state_dict().items():
        assert torch.equal(value, state[name]), name
        assert torch.equal(value, discriminator.state_dict()[name]), name


@every_case
def test_state_round_trip(case: str) -> None:
    discriminator, picture = small(case), torch.rand(2, 3, SIDE, SIDE)
    judge(discriminator, picture)
    stream = io.BytesIO()
    torch.save(discriminator.state_dict(), stream)
    stream.seek(0)
    other = small(case, seed=1)
    other.load_state_dict(torch.load(stream, weights_only=True))
    spectral = CASES[case][1].get("norm") == "spectral" or case == "unet"
    assert any(name.endswith("._u") for name in other.state_dict()) == spectral
    # In training mode the running averages and the power iterations go on from the same state.
    for network in (discriminator, other):
        judge(network, picture)
    for name, value in discriminator.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name
    for a, b in zip(judge(discriminator, picture).scores, judge(other, picture).scores, strict=True):
        assert torch.equal(a, b)


@every_case
def test_learns_to_tell_noise_from_smooth(case: str) -> None:
    discriminator = small(case)
    optimiser = torch.optim.Adam(discriminator.parameters(), lr=5e-3, betas=(0.5, 0.99))

    def pictures() -> tuple[Tensor, Tensor]:
        return torch.rand(4, 3, SIDE, SIDE), F.interpolate(torch.rand(4, 3, 4, 4), scale_factor=8.0, mode="bilinear")

    for _ in range(30):
        real, fake = (judge(discriminator, batch).scores for batch in pictures())
        losses = [F.softplus(-score).mean() for score in real] + [F.softplus(score).mean() for score in fake]
        optimiser.zero_grad()
        torch.autograd.backward(losses)
        optimiser.step()
    real, fake = (judge(discriminator, batch).scores for batch in pictures())
    for true, false in zip(real, fake, strict=True):
        assert true.mean() > false.mean() + 0.5


def test_size_of_the_paper() -> None:
    # 23 565 505 with a bias before each batch normalisation (of no effect, left out here).
    assert count(VggStyle(head="dense", size=96)) == 23_565_505 - (64 + 2 * 128 + 2 * 256 + 2 * 512)


def test_size_of_pix2pix() -> None:
    assert count(Patch(condition_channels=3)) == 2_768_705


def test_size_of_real_esrgan() -> None:
    assert count(UNet()) == 4_376_897


def test_multi_scale_is_as_many_patches() -> None:
    assert count(MultiScale(scales=3, width=4)) == 3 * count(Patch(width=4))


def seen(discriminator: Discriminator, side: int) -> int:
    """Side of the square that the score in the middle of the last map depends on."""
    picture = torch.rand(1, 3, side, side, requires_grad=True)
    score = judge(discriminator.eval(), picture).scores[-1]
    (gradient,) = torch.autograd.grad(score[0, 0, score.shape[2] // 2, score.shape[3] // 2], picture)
    columns = (gradient != 0).any(1).any(1)[0].nonzero()
    return int(columns[-1] - columns[0]) + 1


@pytest.mark.parametrize(("layers", "expected"), [(1, 16), (2, 34), (3, 70), (4, 142)])
def test_patches_have_the_size_of_the_paper(layers: int, expected: int) -> None:
    assert seen(Patch(width=2, layers=layers), 2 * expected) == expected


def test_patch_of_a_smooth_discriminator() -> None:
    assert seen(Patch(width=2, downsampling="antialiased"), 168) == 84


def test_coarse_scale_sees_twice_as_far() -> None:
    assert seen(MultiScale(width=2), 288) == 2 * 70 + 1


def test_unet_sees_at_most_64_pixels() -> None:
    assert seen(UNet(width=2), 128) == 64


@pytest.mark.parametrize(
    ("make", "shift", "step"),
    [
        (lambda: Patch(width=4, layers=2, norm="none"), 4, 4),
        (lambda: Patch(width=4, layers=2, norm="none", downsampling="antialiased"), 4, 4),
        (lambda: MultiScale(width=4, layers=2, norm="none"), 8, 8),
        (lambda: UNet(width=4), 8, 1),
        (lambda: VggStyle(width=4, head="patch", stages=2, norm="none"), 4, 4),
    ],
)
def test_scores_move_with_the_picture(make: Callable[[], Discriminator], shift: int, step: int) -> None:
    torch.manual_seed(0)
    discriminator, picture = make().eval(), torch.rand(1, 3, 136, 136)
    with torch.no_grad():
        first = judge(discriminator, picture[:, :, :128, :128]).scores[-1]
        second = judge(discriminator, picture[:, :, shift:, shift:][:, :, :128, :128]).scores[-1]
    places = shift // step
    inner = slice(len(first[0, 0]) // 2 - 1, len(first[0, 0]) // 2 + 1)
    moved = slice(inner.start - places, inner.stop - places)
    assert torch.allclose(first[:, :, inner, inner], second[:, :, moved, moved], atol=1e-5)
    assert not torch.allclose(first[:, :, inner, inner], second[:, :, inner, inner], atol=1e-5)


def unevenness(kind: str, downsampling: str) -> float:
    """How much more gradient energy the preferred ones of the 4x4 kinds of pixels get, averaged over networks."""
    energy = torch.zeros(4, 4)
    for seed in range(6):
        torch.manual_seed(seed)
        discriminator = DISCRIMINATORS[kind](width=8, norm="none", downsampling=downsampling)
        picture = torch.rand(8, 3, 64, 64, requires_grad=True)
        (gradient,) = torch.autograd.grad(judge(discriminator, picture).scores[0].sum(), picture)
        inner = gradient.square().mean((0, 1))[16:48, 16:48]
        energy += (inner / inner.mean()).reshape(8, 4, 8, 4).mean((0, 2))
    return float(energy.max() / energy.min())


@pytest.mark.parametrize("kind", ["patch", "unet", "vgg"])
def test_antialiasing_treats_pixels_alike(kind: str) -> None:
    strided, smooth = unevenness(kind, "strided"), unevenness(kind, "antialiased")
    assert smooth < 1.0 + 0.5 * (strided - 1.0)


def test_blur_of_the_finest_pattern_is_flat() -> None:
    blur = BinomialBlur(2)
    rows, columns = torch.meshgrid(torch.arange(8), torch.arange(6), indexing="ij")
    pattern = (0.25 + 0.5 * ((rows + columns) % 2)).repeat(1, 2, 1, 1)
    assert torch.allclose(blur(pattern)[:, :, 1:-1, 1:-1], torch.tensor(0.5))
    picture = torch.rand(2, 2, 9, 7)
    assert torch.equal(BinomialBlur(2, stride=2)(picture), blur(picture)[:, :, ::2, ::2])


def test_blur_before_a_strided_convolution_is_a_blurred_dense_one() -> None:
    layer = judging_layer(2, 3, 4, stride=2, downsampling="antialiased")
    blur, convolution = layer[0], layer[1]
    assert isinstance(convolution, torch.nn.Conv2d)
    picture = torch.rand(1, 2, 20, 20)
    dense = F.conv2d(picture, convolution.weight, convolution.bias)
    blurred = BinomialBlur(3)(dense)[:, :, 1::2, 1::2]
    assert torch.allclose(convolution(blur(picture))[:, :, 1:-1, 1:-1], blurred[:, :, :8, :8], atol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: VggStyle(head="dense"), "size is the side"),
        (lambda: VggStyle(size=96), "size is the side"),
        (lambda: VggStyle(width=4, head="dense", size=32)(torch.rand(2, 3, 40, 32)), "32x40.* size = 32"),
        (lambda: Patch(layers=0), "layers = 0"),
        (lambda: MultiScale(scales=0), "scales = 0"),
        (lambda: MultiScale(layers=0), "layers = 0"),
    ],
)
def test_wrong_options(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
