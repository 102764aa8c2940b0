"""Every generator of the registry: shapes, range, gradients, reach."""

from contextlib import suppress

import numpy as np
import pytest
import torch

from srgan.images import imresize
from srgan.networks import Compact, Generator, SRResNet, receptive_field
from srgan.networks.blocks import balance
from tests.networks.enlargers import ENLARGERS, small_enlarger

SCALES = [1, 2, 3, 4, 8]


def small(kind: str, scale: int = 4) -> Generator:
    return small_enlarger(kind, scale, blocks=2)


@pytest.mark.parametrize("kind", ENLARGERS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("size", [(1, 1), (5, 9)])
def test_shapes(kind: str, scale: int, size: tuple[int, int]) -> None:
    generator = small(kind, scale).eval()
    assert generator.scale == scale
    with torch.inference_mode():
        assert generator(torch.rand(2, 3, *size)).shape == (2, 3, size[0] * scale, size[1] * scale)


@pytest.mark.parametrize("kind", ENLARGERS)
def test_every_parameter_gets_a_gradient(kind: str) -> None:
    generator = small(kind)
    generator(torch.rand(2, 3, 9, 8)).square().mean().backward()
    for name, parameter in generator.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@pytest.mark.parametrize("kind", ENLARGERS)
def test_deterministic_in_eval(kind: str) -> None:
    generator, picture = small(kind).eval(), torch.rand(1, 3, 12, 12)
    with torch.inference_mode():
        assert torch.equal(generator(picture), generator(picture))


@pytest.mark.parametrize("kind", ENLARGERS)
def test_a_scale_works_or_is_refused(kind: str) -> None:
    with suppress(ValueError):
        assert small(kind, scale=5)(torch.rand(1, 3, 4, 3)).shape == (1, 3, 20, 15)


@pytest.mark.parametrize("network", [Compact, SRResNet])
def test_wrong_scale_is_refused(network: type[Compact | SRResNet]) -> None:
    with pytest.raises(ValueError, match="scale 5"):
        network(scale=5)


@pytest.mark.parametrize("kind", ENLARGERS)
def test_a_tile_with_its_halo_equals_the_whole(kind: str) -> None:
    generator = small(kind).eval()
    halo = receptive_field(generator)
    assert halo is not None
    side = 4 * halo + 3
    picture = torch.rand(1, 3, side, side)
    with torch.inference_mode():
        whole = generator(picture)
        for top in (0, halo + 1, side - 2 * halo - 2):
            tile = generator(picture[:, :, top : top + 2 * halo + 2, : 2 * halo + 2])
            inner = slice(halo * 4, (halo + 2) * 4)
            rows = slice((top + halo) * 4, (top + halo + 2) * 4)
            assert torch.allclose(tile[:, :, inner, inner], whole[:, :, rows, inner], atol=1e-6)


@pytest.mark.parametrize(("blocks", "expected"), [(1, 5), (2, 7), (8, 19)])
def test_reach_of_compact(blocks: int, expected: int) -> None:
    # head, two convolutions a block, fuse, tail: one pixel each.
    assert receptive_field(Compact(channels=8, blocks=blocks)) == expected


def test_reach_of_srresnet() -> None:
    # 4 of the head, two a block, fuse, first upsampling; then 1/2 of the second and 4/4 of the 9x9 tail, rounded up.
    assert receptive_field(SRResNet(channels=8, blocks=2)) == 12


def test_unbounded_reach_is_none() -> None:
    class Mean(Generator):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x - x.mean(dim=(2, 3), keepdim=True)

    assert receptive_field(Mean(), largest=64) is None


@pytest.mark.parametrize("scale", SCALES)
def test_bicubic_skip_is_imresize(scale: int) -> None:
    generator = Compact(scale=scale, channels=8, blocks=1).eval()
    torch.nn.init.zeros_(generator.tail.weight)
    picture = np.random.default_rng(1).random((14, 11, 3))
    with torch.inference_mode():
        result = generator(torch.from_numpy(picture).float().permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
    inner = (slice(2 * scale, -2 * scale), slice(2 * scale, -2 * scale))
    assert np.abs(result - imresize(picture, scale=scale))[inner].max() < 1e-6


def test_nearest_skip_repeats_pixels() -> None:
    generator = Compact(scale=3, channels=8, blocks=1, skip="nearest").eval()
    torch.nn.init.zeros_(generator.tail.weight)
    picture = torch.rand(1, 3, 4, 5)
    with torch.inference_mode():
        expected = picture.repeat_interleave(3, dim=2).repeat_interleave(3, dim=3)
        assert torch.equal(generator(picture), expected)


def test_srresnet_has_the_size_of_the_paper() -> None:
    # 1 549 462 with a bias before each batch normalisation (33 x 64, of no effect, left out here).
    assert sum(p.numel() for p in SRResNet().parameters()) == 1_549_462 - 33 * 64


def test_icnr_starts_without_a_checkerboard() -> None:
    generator = SRResNet(channels=8, blocks=1, batch_norm=False).eval()
    stage = generator.upsample[0]
    assert isinstance(stage, torch.nn.Sequential)
    with torch.inference_mode():
        up = stage(torch.rand(1, 8, 6, 6))[:, :, 2:-2, 2:-2]
    assert torch.allclose(up[:, :, ::2, ::2], up[:, :, 1::2, 1::2], atol=1e-6)


def uneven(generator: Compact, features: torch.Tensor) -> float:
    """How much the sub-pixels of constant features differ, away from the border."""
    hook = generator.fuse.register_forward_hook(lambda _module, _inputs, output: features)
    with torch.inference_mode():
        generator.body.register_forward_hook(lambda _module, _inputs, output: torch.zeros_like(output))
        picture = generator(torch.full((1, 3, 9, 9), 0.5))[..., 8:-8, 8:-8]
    hook.remove()
    return float((picture - picture.mean((2, 3), keepdim=True)).abs().max())


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_balanced_sub_pixels_draw_no_grid(scale: int) -> None:
    """Constant features, whatever they are, give a constant area; without balance they give a pattern."""
    torch.manual_seed(0)
    features = torch.randn(1, 16, 1, 1).expand(1, 16, 9, 9)
    plain = Compact(scale=scale, channels=16, blocks=1).eval()
    balanced = Compact(scale=scale, channels=16, blocks=1, balanced=True).eval()
    balanced.load_state_dict(plain.state_dict())
    assert uneven(plain, features) > 0.01
    assert uneven(balanced, features) < 1e-6
    # What is already balanced stays as it is.
    once = balance(plain.tail.weight, scale)
    torch.testing.assert_close(balance(once, scale), once)
