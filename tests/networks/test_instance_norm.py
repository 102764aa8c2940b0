"""Instance normalisation: torch's values and gradients, in the layout of the convolutions."""

import pytest
import torch
from torch import nn

from srgan.networks.instance_norm import InstanceNorm


def like(norm: InstanceNorm) -> nn.InstanceNorm2d:
    reference = nn.InstanceNorm2d(norm.num_features, affine=norm.affine)
    reference.load_state_dict(norm.state_dict())
    return reference


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize("count", [1, 3])
def test_values_and_gradients_are_those_of_torch(affine: bool, count: int) -> None:
    torch.manual_seed(0)
    norm = InstanceNorm(5, affine=affine).double()
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    picture = torch.randn(count, 5, 4, 6, dtype=torch.float64, requires_grad=True)
    upwards = torch.randn(count, 5, 4, 6, dtype=torch.float64)
    found = []
    for module in (norm, like(norm).double()):
        result = module(picture)
        (slope,) = torch.autograd.grad((result * upwards).sum(), picture, create_graph=True)
        # Gradient penalties need the slope of the slope.
        (curve,) = torch.autograd.grad(slope.square().sum(), picture)
        found.append((result, slope, curve))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("count", [2, 3])
def test_layout_and_precision_stay(count: int) -> None:
    maps = torch.randn(count, 8, 4, 4).bfloat16().contiguous(memory_format=torch.channels_last)
    result = InstanceNorm(8)(maps)
    assert result.dtype == torch.bfloat16
    assert result.is_contiguous(memory_format=torch.channels_last)


def test_a_single_place_has_no_variance() -> None:
    with pytest.raises(ValueError, match="more than 1"):
        InstanceNorm(4)(torch.rand(2, 4, 1, 1))
