"""Generators from noise and the encoder: sizes, ranges, priors, conditions, first weights."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from srgan.config import check_part
from srgan.networks import ENCODERS, LATENT_GENERATORS, Dcgan, DcganEncoder, LatentGenerator

NORMS = ("batch", "reference", "virtual", "instance", "none")
every_norm = pytest.mark.parametrize("norm", NORMS)
CASES: list[tuple[str, dict[str, Any]]] = [
    *(("dcgan", {"norm": norm}) for norm in NORMS),
    *((kind, {}) for kind in LATENT_GENERATORS if kind != "dcgan"),
]
every_case = pytest.mark.parametrize(("kind", "options"), CASES)
every_generator = pytest.mark.parametrize("kind", LATENT_GENERATORS)


def small(kind: str = "dcgan", *, seed: int = 0, **options: Any) -> LatentGenerator:  # noqa: ANN401
    torch.manual_seed(seed)
    table = {"kind": kind, "latent": 8, "size": 16, "width": 4, **options}
    generator = LATENT_GENERATORS[kind](**check_part(LATENT_GENERATORS, table, source="run.toml", key="generator"))
    with torch.no_grad():
        for parameter in generator.parameters():
            # Some layers start as zeros, which would hide what is before them.
            parameter.add_(0.02 * torch.randn_like(parameter))
    return generator


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_size_of_the_paper() -> None:
    """100 numbers to 4x4x1024, then 512, 256, 128 and 3 channels by kernels of 5x5."""
    kernels = 25 * (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 3) + 3
    assert count(Dcgan(width=128)) == 100 * 16 * 1024 + kernels + 2 * (1024 + 512 + 256 + 128)


def test_size_of_the_encoder() -> None:
    kernels = 25 * (3 * 128 + 128 * 256 + 256 * 512 + 512 * 1024) + 128
    assert count(DcganEncoder(width=128)) == kernels + 2 * (256 + 512 + 1024) + 16 * 1024 * 100 + 100


@pytest.mark.parametrize("kernel", [4, 5])
@pytest.mark.parametrize("size", [8, 16, 64, 128])
def test_sides(kernel: int, size: int) -> None:
    generator = small(size=size, kernel=kernel, width=2)
    pictures = generator(generator.draw(2))
    assert pictures.shape == (2, 3, size, size)
    assert DcganEncoder(size=size, kernel=kernel, width=2, latent=7)(pictures).shape == (2, 7)  # type: ignore[arg-type]


@every_case
def test_pictures_depend_on_all_of_the_vector(kind: str, options: dict[str, Any]) -> None:
    generator = small(kind, **options)
    latent = generator.draw(3).requires_grad_()
    pictures = generator(latent)
    assert pictures.dtype == torch.float32
    assert 0.0 < pictures.min() < 0.5 < pictures.max() < 1.0
    torch.autograd.backward(pictures.square().mean())
    assert latent.grad is not None
    assert (latent.grad != 0).all()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@every_case
def test_evaluation_is_deterministic_and_alone(kind: str, options: dict[str, Any]) -> None:
    generator = small(kind, **options)
    latent = generator.draw(4)
    generator(latent)
    state = {name: value.clone() for name, value in generator.eval().state_dict().items()}
    together, alone = generator(latent), torch.cat([generator(latent[:1]), generator(latent[1:])])
    assert torch.equal(together, generator(latent))
    assert torch.allclose(together, alone, atol=1e-6)
    assert all(torch.equal(value, state[name]) for name, value in generator.state_dict().items())
    for name, value in small(kind, **options).state_dict().items():
        assert value.shape == state[name].shape


@every_generator
def test_classes(kind: str) -> None:
    generator = small(kind, classes=3).eval()
    latent, labels = generator.draw(2), torch.eye(3)
    first, second = generator(latent, labels[:2]), generator(latent, labels[1:])
    assert not torch.equal(first, second)
    with pytest.raises(ValueError, match="condition of 3 classes is missing"):
        generator(latent)
    with pytest.raises(ValueError, match=r"\(2, 2\), not \(2, 3\)"):
        generator(latent, torch.eye(2))
    with pytest.raises(ValueError, match="classes = 0"):
        small(kind)(latent, labels[:2])
    with pytest.raises(ValueError, match=r"\(2, 9\), not \(B, 8\)"):
        generator(torch.rand(2, 9), labels[:2])


@pytest.mark.parametrize("norm", ["batch", "virtual"])
def test_a_projected_condition(norm: str) -> None:
    """Reed et al. 2016: what is appended is LeakyReLU(0.2) of a linear map."""
    plain, projected = small(norm=norm, classes=6), small(norm=norm, classes=9, text=6)
    assert isinstance(projected, Dcgan)
    assert projected.text is not None
    assert count(projected) - count(projected.text) == count(plain)
    state = {name: value for name, value in projected.state_dict().items() if not name.startswith("text.")}
    if norm == "virtual":
        values = state["fixed.values"]
        state["fixed.values"] = torch.cat([values[:, :8], projected.text(values[:, 8:]).detach()], 1)
    plain.load_state_dict(state)
    latent, condition = plain.draw(3), torch.eye(9)[:3]
    expected = plain.eval()(latent, projected.text(condition))
    assert torch.allclose(projected.eval()(latent, condition), expected, atol=1e-6)


@every_generator
def test_priors(kind: str) -> None:
    random = torch.Generator().manual_seed(0)
    normal, uniform = (small(kind, prior=prior).draw(20_000, random=random) for prior in ("normal", "uniform"))
    assert normal.shape == uniform.shape == (20_000, 8)
    for values, deviation in ((normal, 1.0), (uniform, 3.0**-0.5)):
        assert values.mean().abs() < 0.01
        assert values.std() == pytest.approx(deviation, abs=0.01)
    assert uniform.abs().max() <= 1.0
    again = small(kind, prior="normal").draw(20_000, random=torch.Generator().manual_seed(0))
    assert torch.equal(normal, again)


def test_first_weights() -> None:
    torch.manual_seed(0)
    state = Dcgan(width=32).state_dict()
    for name in ("project.weight", *(f"stages.{index}.weight" for index in range(4))):
        assert state[name].std() == pytest.approx(0.02, rel=0.05), name
    assert state["norms.0.weight"].mean() == pytest.approx(1.0, abs=0.01)
    assert state["norms.0.weight"].std() == pytest.approx(0.02, rel=0.2)
    assert not any(state[name].any() for name in ("norms.0.bias", "stages.3.bias"))


@pytest.mark.parametrize("kernel", [4, 5])
def test_first_weights_keep_the_scale_without_normalisation(kernel: int) -> None:
    """After He et al. 2015 the mean square of a ReLU's input stays what it is; zeros beyond the border take some."""
    torch.manual_seed(0)
    generator = Dcgan(width=32, norm="none", kernel=kernel)  # type: ignore[arg-type]
    energies: list[float] = []
    for stage in generator.stages:
        stage.register_forward_hook(lambda _, __, result: energies.append(float(result.detach().square().mean())))
    generator(generator.draw(16))
    assert len(energies) == 4
    assert all(0.7 < after / before < 1.3 for before, after in zip([2.0, *energies], energies, strict=False))


@every_norm
def test_codes_start_at_the_scale_of_the_prior(norm: str) -> None:
    torch.manual_seed(0)
    encoder = DcganEncoder(size=32, width=16, norm=norm)  # type: ignore[arg-type]
    picture = torch.rand(8, 3, 32, 32, requires_grad=True)
    code = encoder(picture)
    assert 0.3 < code.square().mean().sqrt() < 3.0
    assert (code < 0).any()
    torch.autograd.backward(code.square().mean())
    assert picture.grad is not None
    assert (picture.grad != 0).float().mean() > 0.9
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in encoder.parameters())


def test_an_encoder_learns_the_inverse() -> None:
    generator = small(size=8, norm="none").eval()
    torch.manual_seed(1)
    encoder = ENCODERS["dcgan"](latent=8, size=8, width=16)
    optimiser = torch.optim.Adam(encoder.parameters(), lr=3e-3)
    for _ in range(150):
        latent = generator.draw(64)
        loss = (encoder(generator(latent).detach()) - latent).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    latent = generator.draw(256)
    code = encoder.eval()(generator(latent))
    assert torch.corrcoef(torch.stack([latent.flatten(), code.flatten()]))[0, 1] > 0.9


@every_generator
def test_half_precision_keeps_fine_steps(kind: str) -> None:
    generator = small(kind).to(memory_format=torch.channels_last).eval()
    latent = generator.draw(2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rough = generator(latent)
        code = DcganEncoder(size=16, width=4)(rough)
    assert rough.dtype == code.dtype == torch.float32
    assert torch.allclose(rough, generator(latent), atol=0.02)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dcgan(size=4), "size = 4: it must be"),
        (lambda: Dcgan(size=48), "8, 16, 32, 64, 128"),
        (lambda: Dcgan(text=8), r"text = 8 projects a condition.* \(classes = 0\)"),
        (lambda: DcganEncoder(size=0), "size = 0: it must be"),
        (lambda: DcganEncoder(size=8, width=2)(torch.rand(2, 3, 8, 16)), r"\(2, 3, 8, 16\), not \(B, 3, 8, 8\)"),
    ],
)
def test_wrong_options(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
