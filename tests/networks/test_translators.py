"""Generators of image-to-image translation: sizes, ranges, latent vectors, normalisation, features, reach."""

from typing import Any

import pytest
import torch
from torch import nn

from srgan.networks import FeatureGenerator, Generator, ResNetTranslator, TranslationUNet, receptive_field
from tests.networks.translators import TRANSLATORS, VARIANTS, inputs, small

every_translator = pytest.mark.parametrize("kind", TRANSLATORS)
every_variant = pytest.mark.parametrize(("kind", "options"), VARIANTS, ids=str)
with_features = pytest.mark.parametrize("kind", ["resnet", "unet"])


def featuring(kind: str, **options: Any) -> FeatureGenerator:  # noqa: ANN401
    generator = small(kind, **options)
    assert isinstance(generator, FeatureGenerator)
    return generator


def count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@every_variant
@pytest.mark.parametrize("steps", [(1, 1), (1, 4), (3, 2)])
def test_pictures_of_all_sides(kind: str, options: dict[str, Any], steps: tuple[int, int]) -> None:
    generator = small(kind, **options).eval()
    given = inputs(generator, 2, *steps)
    for enabled in (False, True):
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            pictures = generator(*given)
        assert pictures.shape == given[0].shape
        assert pictures.dtype == torch.float32
        assert 0.0 < pictures.min() < pictures.max() < 1.0


@every_variant
def test_every_parameter_gets_a_gradient(kind: str, options: dict[str, Any]) -> None:
    generator = small(kind, **options)
    given = [tensor.requires_grad_() for tensor in inputs(generator, 3, 2, 3)]
    (generator(*given) - 0.3).square().mean().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    # Labels of a palette are chosen, which has no slope.
    for tensor in given[1:] if "palette" in options else given:
        assert tensor.grad is not None
        assert (tensor.grad != 0).float().mean() > 0.9


@every_variant
def test_evaluation_is_deterministic_and_alone(kind: str, options: dict[str, Any]) -> None:
    generator = small(kind, **options).eval()
    given = inputs(generator, 3)
    with torch.inference_mode():
        together = generator(*given)
        alone = torch.cat([generator(*(tensor[row : row + 1] for tensor in given)) for row in range(3)])
        assert torch.equal(together, generator(*given))
    assert torch.allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize(("kind", "options"), [v for v in VARIANTS if v[1].get("norm") != "batch"], ids=str)
def test_training_and_evaluation_do_the_same(kind: str, options: dict[str, Any]) -> None:
    generator = small(kind, **options)
    given = inputs(generator)
    state = {name: value.clone() for name, value in generator.state_dict().items()}
    with torch.no_grad():
        trained, evaluated = generator.train()(*given), generator.eval()(*given)
    assert torch.equal(trained, evaluated)
    assert all(torch.equal(value, state[name]) for name, value in generator.state_dict().items())


def test_dropout_is_for_training_only() -> None:
    plain, dropping = small("unet").eval(), small("unet", dropout=True)
    (picture,) = inputs(plain)
    with torch.no_grad():
        assert not torch.equal(dropping(picture), dropping(picture))
        assert torch.equal(dropping.eval()(picture), plain(picture))


@every_translator
def test_latent_vectors_are_not_normalised_away(kind: str) -> None:
    generator = small(kind, latent=5).eval()
    picture, latent = inputs(generator, 2, 4, 4)
    with torch.inference_mode():
        change = generator(picture, latent) - generator(picture, -latent)
    assert change.abs().mean() > 1e-3


@every_translator
def test_wrong_latent_vectors_are_refused(kind: str) -> None:
    with_, without = small(kind, latent=5), small(kind)
    picture, latent = inputs(with_)
    with pytest.raises(ValueError, match=r"\(B, 5\) are missing"):
        with_(picture)
    with pytest.raises(ValueError, match=r"\(2, 4\), not \(B, 5\)"):
        with_(picture, latent[:, 1:])
    with pytest.raises(ValueError, match="latent = 0"):
        without(picture, latent)


def test_size_of_pix2pix() -> None:
    """The paper's C64-C128-C256-C512-C512-C512-C512-C512 and its mirror, with scales and shifts of the norms."""
    with torch.device("meta"):
        network = TranslationUNet(norm="batch", upsample="transposed")
    ways = [(3, 64), (64, 128), (128, 256), (256, 512), *[(512, 512)] * 4]
    ways += [(512, 512), *[(1024, 512)] * 3, (1024, 256), (512, 128), (256, 64), (128, 3)]
    norms = 2 * (128 + 256 + 512 * 4) + 2 * (512 * 4 + 256 + 128 + 64)
    biases = 64 + 512 + 3
    assert count(network) == sum(16 * inputs * outputs for inputs, outputs in ways) + norms + biases
    assert count(network) == pytest.approx(54.4e6, rel=1e-3)


def test_size_of_cyclegan() -> None:
    with torch.device("meta"):
        network = ResNetTranslator()
    kernels = 2 * 49 * 3 * 64 + 2 * 9 * (64 * 128 + 128 * 256) + 9 * 2 * 9 * 256 * 256
    norms = 2 * (64 + 128 + 256 + 18 * 256 + 128 + 64)
    assert count(network) == kernels + norms + 3
    assert count(network) == pytest.approx(11.4e6, rel=2e-3)


@pytest.mark.parametrize("kind", ["resnet", "unet"])
def test_signals_keep_their_scale_without_normalisation(kind: str) -> None:
    generator = featuring(kind, norm="none", width=16)
    maps = generator.features(torch.rand(2, 3, 32, 32), range(len(generator.map_channels)))
    assert all(0.2 < one.square().mean().sqrt() < 5.0 for one in maps)


def test_repeated_pixels_draw_no_checkerboard() -> None:
    """A constant picture stays constant, whatever the weights are; transposed convolutions make a pattern of it."""
    picture = torch.full((1, 3, 32, 32), 0.7)
    made = [
        small("resnet", norm="none", upsample=upsample)(picture).detach()[..., 12:-12, 12:-12]
        for upsample in ("resize", "transposed")
    ]
    resized, transposed = ((one - one.mean((2, 3), keepdim=True)).abs().max() for one in made)
    assert resized < 1e-6
    assert transposed > 1e-2


@with_features
@pytest.mark.parametrize("norm", ["instance", "none"])
def test_features_have_the_channels_promised(kind: str, norm: str) -> None:
    generator = featuring(kind, norm=norm)
    layers = list(range(len(generator.map_channels)))
    (picture,) = inputs(generator)
    found = generator.features(picture, layers)
    assert [maps.shape[1] for maps in found] == generator.feature_channels(layers)
    assert torch.equal(found[0], 2.0 * picture - 1.0)
    again = generator.features(picture, [layers[-1], 0, 2, 2])
    assert all(torch.equal(one, found[layer]) for one, layer in zip(again, (layers[-1], 0, 2, 2), strict=True))
    assert generator.features(picture, []) == []


def test_layers_of_cut() -> None:
    """Its defaults are the picture, the strided convolutions, the first and the fifth block, as they are in forward."""
    generator = small("resnet", blocks=6)
    assert isinstance(generator, ResNetTranslator)
    seen: dict[nn.Module, torch.Tensor] = {}
    places = [*generator.stages[1:], generator.blocks[0], generator.blocks[4]]
    for module in places:
        module.register_forward_hook(lambda module, _, result: seen.update({module: result}))
    picture = torch.rand(2, 3, 32, 24)
    generator(picture)
    expected = [2.0 * picture - 1.0, *(seen[module] for module in places)]
    found = generator.features(picture, (0, 4, 8, 12, 16))
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
    assert [tuple(maps.shape[1:]) for maps in found] == [
        (3, 32, 24),
        (8, 16, 12),
        (16, 8, 6),
        (16, 8, 6),
        (16, 8, 6),
    ]


@pytest.mark.parametrize(("kind", "last", "convolutions"), [("resnet", 4, 2), ("resnet", 12, 5), ("unet", 2, 2)])
def test_features_compute_no_more_than_is_asked_for(kind: str, last: int, convolutions: int) -> None:
    generator = featuring(kind)
    ran: list[nn.Module] = []
    for module in generator.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(lambda module, *_: ran.append(module))
    (picture,) = inputs(generator)
    generator.features(picture, [0])
    assert not ran
    generator.features(picture, [last, 0])
    assert len(ran) == convolutions


def test_features_of_blocks_see_the_latent_vector() -> None:
    generator = featuring("resnet", latent=5)
    picture, latent = inputs(generator)
    one, other = generator.features(picture, [11, 12], latent), generator.features(picture, [11, 12], -latent)
    assert torch.equal(one[0], other[0])
    assert not torch.equal(one[1], other[1])


@with_features
def test_layers_that_are_not_there(kind: str) -> None:
    generator = featuring(kind)
    last = len(generator.map_channels) - 1
    for call in (generator.feature_channels, lambda layers: generator.features(torch.rand(1, 3, 16, 16), layers)):
        for layer in (-1, last + 1):
            with pytest.raises(ValueError, match=rf"layers: .* has the layers 0 to {last}, not {layer}"):
                call([0, layer])


@every_translator
def test_instance_normalisation_looks_at_the_whole_picture(kind: str) -> None:
    """Without a measurement, which would take minutes in a network of the usual size."""

    class Slow(Generator):
        def __init__(self, network: Generator) -> None:
            super().__init__()
            self.network, self.multiple_of = network, network.multiple_of

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise AssertionError("measured")

    assert receptive_field(Slow(small(kind))) is None


@pytest.mark.parametrize("padding", ["reflect", "zeros"])
@pytest.mark.parametrize("upsample", ["resize", "transposed"])
def test_reach_without_normalisation(padding: str, upsample: str) -> None:
    generator = small("resnet", norm="none", padding=padding, upsample=upsample, blocks=1, downsamplings=1).eval()
    halo = receptive_field(generator)
    assert halo is not None
    # 3 of the first convolution, 1 of the strided one, 2 x 2 of the block, 1 or 2 on the way up, 3 of the last, and
    # what a step of 2 adds at most.
    assert 12 <= halo <= 14
    start, side = halo + halo % 2, 4 * halo + 4
    picture = torch.rand(1, 3, side, side)
    with torch.inference_mode():
        whole = generator(picture)
        for top in (0, start, side - 2 * start - 2):
            tile = generator(picture[:, :, top : top + 2 * start + 2, : 2 * start + 2])
            rows = slice(top + start, top + start + 2)
            inner = slice(start, start + 2)
            assert torch.allclose(tile[:, :, inner, inner], whole[:, :, rows, inner], atol=1e-6)
            # The borders of the picture itself need no halo.
            if top == 0:
                assert torch.allclose(tile[:, :, :2, :2], whole[:, :, :2, :2], atol=1e-6)


def test_reach_of_a_unet_with_batch_normalisation() -> None:
    radius = receptive_field(small("unet", norm="batch", depth=2))
    # 1 + 2 on the way in, 2 at a quarter and 1 at half size on the way back, 1 at full size, 3 of the step of 4.
    assert radius is not None
    assert 8 <= radius <= 14
