"""The DCGAN discriminator's heads, conditions and looks across the batch; vectors as condition of any discriminator."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.nn import functional as F
from torch.nn.utils.parametrize import is_parametrized

from srgan.networks import DcganDiscriminator, Judgement, Patch

HEADS: dict[str, dict[str, Any]] = {
    "score": {},
    "auxiliary": {"classes": 5},
    "n_plus_one": {"classes": 5},
    "code": {"code": 5},
}
every_head = pytest.mark.parametrize("head", HEADS)
vectors = pytest.mark.parametrize("conditioning", ["concatenate", "projection"])


def small(seed: int = 0, **options: Any) -> DcganDiscriminator:  # noqa: ANN401
    torch.manual_seed(seed)
    return DcganDiscriminator(**{"size": 16, "width": 4, "norm": "none", **options})


def test_size_of_the_paper() -> None:
    kernels = 25 * (3 * 128 + 128 * 256 + 256 * 512 + 512 * 1024) + 128
    size = sum(parameter.numel() for parameter in DcganDiscriminator(width=128).parameters())
    assert size == kernels + 2 * (256 + 512 + 1024) + 16 * 1024 + 1


@every_head
@pytest.mark.parametrize("norm", ["batch", "virtual", "spectral"])
def test_heads(head: str, norm: str) -> None:
    discriminator = small(head=head, norm=norm, **HEADS[head])
    judgement: Judgement = discriminator(torch.rand(3, 3, 16, 16))
    (score,) = judgement.scores
    assert score.shape == (3, 1)
    if head == "code":
        assert judgement.code is not None
        assert judgement.code.shape == (3, 5)
        assert torch.allclose(score[:, 0], -judgement.code.mean(1))
    if head in ("auxiliary", "n_plus_one"):
        assert judgement.classes is not None
        assert judgement.classes.shape == (3, 5)
    if head == "n_plus_one":
        assert judgement.classes is not None
        assert torch.allclose(torch.sigmoid(score[:, 0]), 1.0 - 1.0 / (1.0 + judgement.classes.exp().sum(1)))
    assert (judgement.code is None) == (head != "code")
    assert (judgement.classes is None) == (head in ("score", "code"))
    answers = [score, *(answer for answer in (judgement.classes, judgement.code) if answer is not None)]
    assert all(answer.dtype == torch.float32 for answer in answers)
    torch.autograd.backward([answer.square().mean() for answer in answers])
    for name, parameter in discriminator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@vectors
@pytest.mark.parametrize("norm", ["batch", "virtual", "spectral"])
def test_vectors_reach_the_score(conditioning: str, norm: str) -> None:
    discriminator = small(conditioning=conditioning, condition_channels=6, norm=norm)
    picture, condition = torch.rand(3, 3, 16, 16), torch.rand(3, 6, requires_grad=True)
    discriminator(picture, condition)
    score = discriminator(picture, condition).scores[0]
    assert score.shape == (3, 1)
    (gradient,) = torch.autograd.grad(score.sum(), condition, create_graph=True)
    assert (gradient != 0).all()
    # The matching-aware penalty needs it once more.
    torch.autograd.backward(gradient.square().sum())
    assert all(weight.grad is None or weight.grad.isfinite().all() for weight in discriminator.parameters())
    assert not torch.equal(score, discriminator(picture, condition.flip(1)).scores[0])


def test_projection_is_a_scalar_product() -> None:
    discriminator = small(conditioning="projection", condition_channels=6)
    picture, condition = torch.rand(3, 3, 16, 16), torch.randn(3, 6)
    judged = discriminator(picture, condition)
    plain = discriminator(picture, torch.zeros(3, 6)).scores[0]
    phi = judged.features[-1].flatten(1)
    expected = torch.einsum("bc,fc,bf->b", condition, discriminator.project.weight, phi)[:, None]
    assert torch.allclose(judged.scores[0] - plain, expected, atol=1e-5)
    assert torch.allclose(plain, discriminator.score(phi), atol=1e-6)


def test_concatenation_is_repeated_over_the_last_maps() -> None:
    discriminator = small(conditioning="concatenate", condition_channels=6)
    picture, condition = torch.rand(3, 3, 16, 16), torch.randn(3, 6)
    *_, last, mixed = discriminator(picture, condition).features
    assert last.shape == mixed.shape == (3, 8, 4, 4)
    beside = torch.cat([last, condition[:, :, None, None].repeat(1, 1, 4, 4)], 1)
    assert torch.allclose(mixed, discriminator.mix(beside), atol=1e-6)


@pytest.mark.parametrize("norm", ["none", "virtual", "spectral"])
def test_a_projected_condition_is_concatenated(norm: str) -> None:
    """Reed et al. 2016: LeakyReLU(0.2) of a linear map, here of all dimensions that there are."""
    discriminator = small(conditioning="concatenate", condition_channels=6, text=5, norm=norm, reference=2)
    picture, condition = torch.rand(3, 3, 16, 16), torch.randn(3, 6, requires_grad=True)
    discriminator(picture, condition)
    layer = discriminator.text.get_submodule("0")
    assert isinstance(layer, torch.nn.Linear)
    *_, last, mixed = discriminator.eval()(picture, condition).features
    assert mixed.shape == (3, 8, 4, 4)
    if norm == "none":
        told = F.leaky_relu(F.linear(condition, layer.weight, layer.bias), 0.2)
        beside = torch.cat([last, told[:, :, None, None].repeat(1, 1, 4, 4)], 1)
        assert torch.allclose(mixed, discriminator.mix(beside), atol=1e-6)
    assert is_parametrized(layer) == (norm == "spectral")
    (gradient,) = torch.autograd.grad(mixed.square().sum(), condition)
    assert (gradient != 0).all()


@pytest.mark.parametrize(
    "make", [lambda: Patch(width=4, layers=1, condition_channels=2), lambda: small(condition_channels=2)]
)
def test_vectors_are_spread_over_the_input(make: Callable[[], Any]) -> None:
    """As they are; maps come in [0, 1] and become [-1, 1]."""
    discriminator, picture = make().eval(), torch.rand(3, 3, 16, 16)
    vector = torch.tensor([[0.0, 1.0], [-3.0, 0.5], [2.0, -1.0]])
    maps = (0.5 * vector + 0.5)[:, :, None, None].expand(-1, -1, 16, 16)
    assert torch.allclose(discriminator(picture, vector).scores[0], discriminator(picture, maps).scores[0], atol=1e-5)
    with pytest.raises(ValueError, match=r"\(3, 1\), not \(3, 2\)"):
        discriminator(picture, vector[:, :1])


@pytest.mark.parametrize(("minibatch", "across"), [("none", False), ("discrimination", True), ("stddev", True)])
def test_looks_across_the_batch(minibatch: str, across: bool) -> None:
    discriminator, picture = small(minibatch=minibatch), torch.rand(4, 3, 16, 16)
    other = torch.cat([picture[:1], picture[:1].repeat(3, 1, 1, 1)])
    first, second = (discriminator(batch).scores[0] for batch in (picture, other))
    assert ((first[0] - second[0]).abs().max() > 1e-5) == across
    order = torch.tensor([2, 0, 3, 1])
    assert torch.allclose(discriminator(picture[order]).scores[0], first[order], atol=1e-5)


def test_spectral_normalisation_of_every_layer() -> None:
    discriminator = small(norm="spectral", head="auxiliary", classes=3, conditioning="projection", condition_channels=6)
    for _ in range(10):  # an iteration of the power method each
        discriminator(torch.rand(2, 3, 16, 16), torch.rand(2, 6))
    discriminator.eval()
    layers = [module for module in discriminator.modules() if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)]
    assert len(layers) == 2 + 3
    assert all(is_parametrized(layer) for layer in layers)
    for layer in layers:
        assert torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2) == pytest.approx(1.0, rel=0.15)


def test_few_labels_learn_with_the_score() -> None:
    """The n + 1 head in use: dark and bright pictures by their labels, noise as fake."""
    discriminator = small(head="n_plus_one", classes=2, size=8)
    optimiser = torch.optim.Adam(discriminator.parameters(), lr=5e-3)
    labels = torch.arange(16) % 2
    for _ in range(60):
        real = discriminator(0.1 * torch.rand(16, 3, 8, 8) + 0.9 * labels[:, None, None, None])
        fake = discriminator(torch.rand(16, 3, 8, 8))
        loss = F.cross_entropy(real.classes, labels) + F.softplus(-real.scores[0]).mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss + F.softplus(fake.scores[0]).mean())
        optimiser.step()
    assert torch.equal(real.classes.argmax(1), labels)
    assert real.scores[0].min() > 0.0 > fake.scores[0].max()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small(size=24), "size = 24: it must be"),
        (lambda: small()(torch.rand(2, 3, 16, 32)), "32x16.* size = 16"),
        (lambda: small(head="auxiliary"), 'head = "auxiliary" .* classes = 0'),
        (lambda: small(head="n_plus_one", classes=1), 'head = "n_plus_one" .* classes = 1'),
        (lambda: small(head="code", code=2), 'head = "code" .* code = 2'),
        (lambda: small(head="code", code=5, minibatch="stddev"), 'head = "code" .* minibatch = "stddev"'),
        (lambda: small(condition_channels=4, text=2), 'text = 2 .* conditioning = "concatenate"'),
        (lambda: small(conditioning="concatenate"), 'conditioning = "concatenate" needs a condition'),
        (
            lambda: small(conditioning="projection", condition_channels=5, head="code", code=5),
            'conditioning = "projection" .* head = "code"',
        ),
        (
            lambda: small(conditioning="projection", condition_channels=3)(*torch.rand(2, 2, 3, 16, 16)),
            'conditioning = "projection" takes vectors .* conditioning = "input"',
        ),
    ],
)
def test_wrong_options(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
