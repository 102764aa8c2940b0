"""Networks of others: found from their weights, run as their authors run them, trained further."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact
from spandrel.architectures.DnCNN import DnCNN
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.RCAN import RCAN
from torch import Tensor, nn

from srgan.errors import UsageError
from srgan.networks import Foreign, receptive_field


def saved(network: nn.Module, path: Path) -> Path:
    save_file(network.state_dict(), path)
    return path


def compact(**options: int) -> nn.Module:
    torch.manual_seed(0)
    network: nn.Module = Compact(**{"num_feat": 8, "num_conv": 1, "upscale": 4, **options})
    return network.eval()


def run(network: nn.Module, picture: Tensor) -> Tensor:
    with torch.no_grad():
        result: Tensor = network(picture)
    return result


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_gives_what_the_original_gives(tmp_path: Path, name: str) -> None:
    original = compact(upscale=2)
    if name == "net.pth":
        torch.save({"params_ema": original.state_dict()}, tmp_path / name)
    else:
        saved(original, tmp_path / name)
    generator = Foreign(weights=tmp_path / name).eval()
    assert (generator.scale, generator.multiple_of, generator.minimum) == (2, 1, 1)
    picture = torch.rand(2, 3, 9, 7)
    assert torch.equal(run(generator, picture), run(original, picture))
    assert receptive_field(generator) == 3


def test_size_requirements(tmp_path: Path) -> None:
    # Real-ESRGAN's x2 network folds 2x2 pixels into channels first.
    torch.manual_seed(0)
    original = ESRGAN(in_nc=12, num_filters=8, num_blocks=2, scale=4, shuffle_factor=2).eval()
    generator = Foreign(weights=saved(original, tmp_path / "net.safetensors")).eval()
    assert (generator.scale, generator.multiple_of, generator.minimum) == (2, 4, 4)
    picture = torch.rand(1, 3, 12, 8)
    assert run(generator, picture).shape == (1, 3, 24, 16)
    assert torch.equal(run(generator, picture), run(original, picture))


def test_is_found_again_from_its_own_weights(tmp_path: Path) -> None:
    torch.manual_seed(0)
    original = ESRGAN(num_filters=8, num_blocks=2, scale=4)
    generator = Foreign(weights=saved(original, tmp_path / "net.safetensors"))
    (tmp_path / "net.safetensors").unlink()
    again = Foreign.restored(generator.state_dict(), weights=tmp_path / "net.safetensors")
    assert isinstance(again, Foreign)
    assert (again.scale, again.multiple_of, again.minimum) == (4, 1, 2)
    picture = torch.rand(1, 3, 8, 8)
    assert torch.equal(run(again.eval(), picture), run(generator.eval(), picture))


def test_the_input_stays_as_it_is(tmp_path: Path) -> None:
    torch.manual_seed(0)
    original = RCAN(scale=2, n_resgroups=2, n_resblocks=2, n_feats=16)
    picture = torch.rand(1, 3, 8, 8)
    own = picture.clone()
    run(original, own)
    assert not torch.equal(own, picture), "the original changes its input, which is what this is about"
    generator = Foreign(weights=saved(original, tmp_path / "net.safetensors"))
    before = picture.clone()
    run(generator, picture)
    assert torch.equal(picture, before)


def test_learns(tmp_path: Path) -> None:
    generator = Foreign(weights=saved(compact(), tmp_path / "net.safetensors"))
    assert generator.training
    assert generator.network.training
    optimiser = torch.optim.Adam(generator.parameters(), lr=1e-3)
    low, high = torch.rand(2, 3, 8, 8), torch.rand(2, 3, 32, 32)
    losses = []
    for _ in range(5):
        loss = (generator(low) - high).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(parameter.grad is not None for parameter in generator.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (compact(num_in_ch=1, num_out_ch=1), "turns 1 channels into 1; only networks from RGB to RGB"),
        (compact(num_in_ch=4, num_out_ch=4), "turns 4 channels into 4"),
        (DnCNN(in_nc=3, out_nc=3, nc=8, nb=4), "made for Restoration; only super-resolution can be trained"),
        (nn.Linear(2, 2), r"knows no network with such weights \('bias', 'weight', \.\.\.\).*init\.weights"),
    ],
)
def test_what_cannot_be_trained(tmp_path: Path, network: nn.Module, message: str) -> None:
    path = saved(network, tmp_path / "net.safetensors")
    with pytest.raises(UsageError, match=message):
        Foreign(weights=path)


def test_weights_that_only_look_known(tmp_path: Path) -> None:
    weights = compact().state_dict()
    del weights["body.2.bias"]
    save_file(weights, tmp_path / "net.safetensors")
    with pytest.raises(UsageError, match=r"net\.safetensors: spandrel cannot build a network from these weights"):
        Foreign(weights=tmp_path / "net.safetensors")
