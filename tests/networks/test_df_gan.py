"""DF-GAN's two networks: the paper's start, sizes, what sentences do in each."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.adversarial import MatchingAware, Sample
from srgan.networks import ConditioningAugmentation, DfGan, DfGanDiscriminator
from srgan.networks.df_gan import Affine, Doubling, Fusion
from srgan.networks.df_gan_discriminator import Halving

Network = TypeVar("Network", bound=nn.Module)


def small(**options: Any) -> DfGan:  # noqa: ANN401
    torch.manual_seed(0)
    return DfGan(**{"latent": 6, "size": 16, "width": 4, "text": 5, "classes": 7, **options})


def judging(**options: Any) -> DfGanDiscriminator:  # noqa: ANN401
    torch.manual_seed(0)
    return DfGanDiscriminator(**{"size": 16, "width": 4, "condition_channels": 7, **options})


def sentences(count: int) -> Tensor:
    return F.normalize(torch.randn(count, 7), dim=1)


def stirred(network: Network) -> Network:
    """Some way from the start, where zeros hide layers."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return network


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_sizes_of_the_paper() -> None:
    """256x256 by 32 channels from 100 numbers beside 256, without a projection; and its discriminator."""
    channels, seen = [256, 256, 256, 256, 128, 64, 32], 356
    total = 101 * 256 * 16 + (9 * 32 + 1) * 3
    for inputs, outputs in pairwise(channels):
        total += sum(4 * ((seen + 1) * width + (width + 1) * width) for width in (inputs, outputs))
        total += (9 * inputs + 1) * outputs + (9 * outputs + 1) * outputs
        total += (inputs + 1) * outputs * (inputs != outputs)
    assert count(DfGan(size=256, width=32, text=0, classes=256)) == total
    total = (27 + 1) * 32 + 9 * (256 + 256) * 64 + 16 * 64
    for outputs, inputs in pairwise(channels):
        total += 16 * inputs * outputs + 9 * outputs**2 + 1 + (inputs + 1) * outputs * (inputs != outputs)
    assert count(DfGanDiscriminator(size=256, width=32, condition_channels=256)) == total


def test_every_fusion_starts_without_effect() -> None:
    """Affine maps start as the identity: what is left of DFBLK is LeakyReLU twice."""
    generator, x, seen = small(), torch.randn(2, 16, 5, 3), torch.randn(2, 11)
    fusions = [module for module in generator.modules() if isinstance(module, Fusion)]
    affines = [module for module in generator.modules() if isinstance(module, Affine)]
    assert len(fusions) == 2 * 2
    assert len(affines) == 2 * len(fusions)
    for vector in (seen, 10.0 * seen):
        assert torch.allclose(fusions[0](x, vector), F.leaky_relu(x, 0.04), atol=1e-7)
    for affine in affines:
        maps = torch.randn(2, affine.gain(seen).shape[1], 4, 4)
        assert torch.equal(affine(maps, seen), maps)
    latent = generator.draw(2)
    assert torch.equal(generator(latent, sentences(2)), generator(latent, sentences(2)))


def test_an_affine_map_is_one() -> None:
    affine, x, seen = stirred(Affine(4, 11)), torch.randn(2, 4, 5, 3), torch.randn(2, 11)
    gain, shift = affine.gain(seen), affine.shift(seen)
    for item, channel in ((0, 1), (1, 3)):
        expected = gain[item, channel] * x[item, channel] + shift[item, channel]
        assert torch.allclose(affine(x, seen)[item, channel], expected, atol=1e-6)


def test_repeating_pixels_late_is_the_paper() -> None:
    """There the pixels are repeated first, then all the rest is done."""
    block, x, seen = stirred(Doubling(8, 4, 11)), torch.randn(2, 8, 4, 6), torch.randn(2, 11)
    wide = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    inner = block.second(block.between(block.first(block.before(wide, seen)), seen))
    assert torch.allclose(block(x, seen), inner + block.skip(wide), atol=1e-5)


@pytest.mark.parametrize(
    "options", [{}, {"augmentation": True}, {"text": 0}, {"size": 8}, {"size": 32}, {"classes": 0}]
)
def test_gradients_reach_everything(options: dict[str, Any]) -> None:
    generator = stirred(small(**options))
    latent = generator.draw(3).requires_grad_()
    condition = sentences(3).requires_grad_() if generator.classes else None
    pictures = generator(latent, condition)
    assert pictures.shape == (3, 3, generator.size, generator.size)
    assert 0.0 <= pictures.min() < 0.5 < pictures.max() <= 1.0
    torch.autograd.backward(pictures.square().mean())
    for given in (latent, condition):
        assert given is None or (given.grad is not None and (given.grad != 0).all())
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_augmentation_draws_in_training_only() -> None:
    generator = stirred(small(augmentation=True))
    latent, condition = generator.draw(2), sentences(2)
    assert not torch.equal(generator(latent, condition), generator(latent, condition))
    assert isinstance(generator.text, ConditioningAugmentation)
    assert torch.equal(generator.divergence(condition), generator.text.divergence(condition))
    generator.eval()
    assert torch.equal(generator(latent, condition), generator(latent, condition))


@pytest.mark.parametrize("norm", ["none", "spectral"])
def test_every_gate_starts_closed(norm: str) -> None:
    """The discriminator is its skips: averages of 2x2 places and 1x1 convolutions."""
    discriminator, picture = judging(norm=norm).eval(), torch.rand(2, 3, 16, 16)
    blocks = [module for module in discriminator.modules() if isinstance(module, Halving)]
    assert len(blocks) == 2
    x = discriminator.stem(2.0 * picture - 1.0)
    for block in blocks:
        x = F.avg_pool2d(block.skip(x), 2)
    *_, last, _ = discriminator(picture, sentences(2)).features
    assert torch.allclose(last, x, atol=1e-6)
    nn.init.ones_(blocks[0].gate)
    assert not torch.allclose(discriminator(picture, sentences(2)).features[-2], x, atol=1e-3)


def test_a_skip_without_a_convolution() -> None:
    block, x = Halving(4, 4, norm="none"), torch.randn(2, 4, 6, 6)
    assert torch.equal(block(x), F.avg_pool2d(x, 2))


def test_sentences_meet_the_maps_of_4x4() -> None:
    discriminator, picture, condition = stirred(judging()), torch.rand(3, 3, 16, 16), sentences(3)
    judgement = discriminator(picture, condition)
    *_, last, joint = judgement.features
    spread = condition[:, :, None, None].repeat(1, 1, 4, 4)
    assert torch.allclose(joint, discriminator.joint(torch.cat([last, spread], 1)), atol=1e-6)
    assert judgement.scores[0].shape == (3, 1)
    assert torch.allclose(judgement.scores[0][:, :, None, None], discriminator.score(joint), atol=1e-6)


def test_other_sentences_of_the_same_pictures() -> None:
    discriminator, picture, condition = stirred(judging()), torch.rand(3, 3, 16, 16), sentences(3)
    judgement, wrong = discriminator(picture, condition), discriminator(picture, condition.roll(1, 0))
    again = discriminator.rejudge(judgement, condition.roll(1, 0))
    assert torch.equal(again.scores[0], wrong.scores[0])
    assert all(torch.equal(a, b) for a, b in zip(again.features, wrong.features, strict=True))
    assert not torch.allclose(again.scores[0], judgement.scores[0], atol=1e-4)


def test_the_matching_aware_penalty_reaches_every_weight() -> None:
    discriminator = stirred(judging())
    real = Sample(torch.rand(3, 3, 16, 16), sentences(3))
    torch.autograd.backward(MatchingAware()(lambda x, c: discriminator(x, c).scores, real, real))
    for name, parameter in discriminator.named_parameters():
        if parameter.dim() > 1 or name.endswith("gate"):  # biases change no slope
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.abs().sum() > 0, name


def test_a_little_game_learns_what_the_sentence_says() -> None:
    """Plain pictures of two colours: the hinge game with mismatches, as in the paper."""
    generator, discriminator = small(classes=2, text=4, size=8, width=8), judging(condition_channels=2, size=8, width=8)
    players = [
        torch.optim.Adam(network.parameters(), lr=2e-3, betas=(0.0, 0.9)) for network in (generator, discriminator)
    ]
    colours = torch.tensor([[0.9, 0.2, 0.1], [0.1, 0.3, 0.9]])
    condition = torch.eye(2).repeat(8, 1)
    real = (condition @ colours)[:, :, None, None].expand(-1, -1, 8, 8)
    for _ in range(80):
        fake = generator(generator.draw(16), condition)
        true = discriminator(real, condition)
        wrong = discriminator.rejudge(true, condition.flip(1)).scores[0]
        false = discriminator(fake.detach(), condition).scores[0]
        penalty = MatchingAware()(
            lambda x, c: discriminator(x, c).scores, Sample(real, condition), Sample(real, condition)
        )
        loss = F.relu(1 - true.scores[0]).mean() + 0.5 * (F.relu(1 + wrong) + F.relu(1 + false)).mean() + penalty
        players[1].zero_grad()
        torch.autograd.backward(loss)
        players[1].step()
        players[0].zero_grad()
        torch.autograd.backward(-discriminator(fake, condition).scores[0].mean())
        players[0].step()
    made = generator.eval()(generator.draw(16), condition).mean((2, 3))
    assert torch.equal(torch.cdist(made, colours).argmin(1), condition.argmax(1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small(size=24), "size = 24: it must be"),
        (lambda: small(augmentation=True, text=0), "augmentation draws conditions, and text = 0, classes = 7"),
        (lambda: small(augmentation=True, classes=0), "text = 5, classes = 0: one is missing"),
        (lambda: small().divergence(torch.eye(7)), "needs augmentation = true"),
        (lambda: judging(size=4), "size = 4: it must be"),
        (lambda: judging()(torch.rand(2, 3, 16, 32), torch.eye(7)[:2]), "32x16.* size = 16"),
        (
            lambda: judging(condition_channels=3)(*torch.rand(2, 2, 3, 16, 16)),
            'conditioning = "concatenate" takes vectors .* conditioning = "input"',
        ),
    ],
)
def test_wrong_options(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()
