"""Reference and virtual batch normalisation: the formulas, and that no sample changes another."""

import copy
import io
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from srgan.networks import Dcgan, DcganDiscriminator, DcganEncoder, ReferenceBatch, ReferenceNorm

COUNT = 6
both_kinds = pytest.mark.parametrize("virtual", [False, True])


def uneven(count: int, seed: int = 0) -> Tensor:
    """Maps whose channels have means and deviations of their own."""
    torch.manual_seed(seed)
    return (
        torch.randn(count, 3, 4, 5) * torch.tensor([0.5, 2.0, 8.0])[:, None, None]
        + torch.tensor([0.0, 5.0, -20.0])[:, None, None]
    )


@both_kinds
def test_the_fixed_batch_becomes_standard_normal(virtual: bool) -> None:
    result = ReferenceNorm(3, count=COUNT, virtual=virtual)(uneven(COUNT + 2))[:COUNT]
    variance, mean = torch.var_mean(result, (0, 2, 3), correction=0)
    assert torch.allclose(mean, torch.zeros(3), atol=1e-5)
    assert torch.allclose(variance, torch.ones(3), atol=1e-4)


def test_the_others_by_the_formula() -> None:
    """Moments of each sample itself, weighted with c = 1 / (count + 1); c = 0 for the reference normalisation."""
    maps = uneven(COUNT + 4).double()
    reference, others = maps[:COUNT], maps[COUNT:]
    for virtual, share in ((False, 0.0), (True, 1.0 / (COUNT + 1))):
        layer = ReferenceNorm(3, count=COUNT, virtual=virtual).double()
        with torch.no_grad():
            layer.weight.copy_(torch.tensor([1.0, 2.0, -1.0]))
            layer.bias.copy_(torch.tensor([0.0, 3.0, 1.0]))
        first, second = (
            share * (others**power).mean((2, 3), keepdim=True)
            + (1.0 - share) * (reference**power).mean((0, 2, 3), keepdim=True)
            for power in (1, 2)
        )
        expected = (others - first) / torch.sqrt(second - first**2 + 1e-5)
        expected = expected * layer.weight[:, None, None] + layer.bias[:, None, None]
        assert torch.allclose(layer(maps)[COUNT:], expected, atol=1e-9)


@both_kinds
def test_gradients_go_through_the_statistics(virtual: bool) -> None:
    layer = ReferenceNorm(3, count=COUNT, virtual=virtual).double()
    maps = uneven(COUNT + 2).double().requires_grad_()
    assert torch.autograd.gradcheck(layer, maps)
    assert torch.autograd.gradgradcheck(layer, maps[:, :, :2, :2].detach().requires_grad_())


def generated(norm: str) -> tuple[nn.Module, Tensor]:
    network = Dcgan(size=16, width=4, latent=5, norm=norm, reference=COUNT)  # type: ignore[arg-type]
    return network, network.draw(4)


def judged(norm: str) -> tuple[nn.Module, Tensor]:
    network = DcganDiscriminator(size=16, width=4, norm=norm, reference=COUNT)  # type: ignore[arg-type]
    return network, torch.rand(4, 3, 16, 16)


def encoded(norm: str) -> tuple[nn.Module, Tensor]:
    return DcganEncoder(size=16, width=4, latent=5, norm=norm, reference=COUNT), torch.rand(4, 3, 16, 16)  # type: ignore[arg-type]


def answer(network: Callable[..., Any], x: Tensor) -> Tensor:
    result = network(x)
    return result if isinstance(result, Tensor) else result.scores[0]


@pytest.mark.parametrize("make", [generated, judged, encoded])
@pytest.mark.parametrize(("norm", "independent"), [("reference", True), ("virtual", True), ("batch", False)])
def test_no_sample_changes_another(
    make: Callable[[str], tuple[nn.Module, Tensor]], norm: str, independent: bool
) -> None:
    """In training, which plain batch normalisation fails."""
    torch.manual_seed(0)
    network, x = make(norm)
    network(x)  # the fixed batch of discriminators is found
    changed = torch.cat([x[:1], torch.rand_like(x[1:]) - 1.0])
    difference = (answer(network, x)[0] - answer(network, changed)[0]).abs().max()
    assert (difference <= 1e-6) == independent
    # Nor does the size of the batch, nor evaluation.
    if independent:
        assert torch.allclose(answer(network.eval(), x[:1])[0], answer(network, x)[0], atol=1e-6)


def test_the_first_batch_of_the_training_is_kept() -> None:
    batch = ReferenceBatch(COUNT, 2)
    noise = batch.values.clone()
    first, second = torch.rand(10, 2), torch.rand(4, 2)
    assert torch.equal(batch.eval()(first), torch.cat([noise, first]))
    assert torch.equal(batch.train()(first), torch.cat([first[:COUNT], first]))
    assert torch.equal(batch(second), torch.cat([first[:COUNT], second]))
    assert torch.equal(batch.eval()(second), torch.cat([first[:COUNT], second]))


def test_a_small_first_batch_is_repeated() -> None:
    first = torch.rand(4, 2)
    assert torch.equal(ReferenceBatch(COUNT, 2)(first), torch.cat([first, first[:2], first]))


def test_the_fixed_batch_survives_a_checkpoint() -> None:
    discriminator, picture = judged("virtual")
    discriminator(picture)
    stream = io.BytesIO()
    torch.save(discriminator.state_dict(), stream)
    stream.seek(0)
    other, later = judged("virtual")
    other.load_state_dict(torch.load(stream, weights_only=True))
    twin = copy.deepcopy(discriminator)
    for network in (other, twin):  # later batches change nothing, in training either
        assert torch.equal(answer(network, later), answer(discriminator, later))


def test_generators_keep_the_batch_they_were_made_with() -> None:
    torch.manual_seed(0)
    generator, latent = generated("reference")
    other, _ = generated("reference")
    assert not torch.equal(answer(generator, latent), answer(other, latent))
    other.load_state_dict(generator.state_dict())
    assert torch.equal(answer(generator, latent), answer(other, latent))


def test_the_condition_belongs_to_the_fixed_batch() -> None:
    discriminator = DcganDiscriminator(
        size=8, width=4, norm="reference", reference=2, condition_channels=3, conditioning="concatenate"
    )
    picture, condition = torch.rand(4, 3, 8, 8), torch.rand(4, 3)
    discriminator(picture, condition)
    state = discriminator.state_dict()
    assert torch.equal(state["body.start.values"], 2.0 * picture[:2] - 1.0)
    assert torch.equal(state["repeat.values"], condition[:2])
    generator = Dcgan(size=8, width=4, latent=5, norm="reference", reference=4, classes=3)
    assert torch.equal(generator.state_dict()["fixed.values"][:, 5:], torch.eye(3)[[0, 1, 2, 0]])


@both_kinds
def test_weights_from_outside_and_looking_without_weights(virtual: bool) -> None:
    norm = "virtual" if virtual else "reference"
    discriminator, picture = judged(norm)
    discriminator(picture)
    weights = {name: weight * 1.1 for name, weight in discriminator.named_parameters()}
    picture.requires_grad_()
    score = functional_call(discriminator, weights, (picture,)).scores[0].sum()
    (gradient,) = torch.autograd.grad(score, picture, create_graph=True)
    second = torch.autograd.grad(gradient.square().sum(), list(weights.values()), allow_unused=True)
    assert all(value is None or value.isfinite().all() for value in second)
    assert second[0] is not None
    with torch.device("meta"):
        assert all(value.is_meta for value in judged(norm)[0].state_dict().values())
        assert all(value.is_meta for value in generated(norm)[0].state_dict().values())


def test_one_graph_for_the_compiler() -> None:
    for make in (generated, judged):
        network, x = make("virtual")
        compiled = torch.compile(network, backend="eager", fullgraph=True)
        assert torch.equal(answer(compiled, x), answer(network, x))
