"""Between two models: the ends exactly, the middle in the middle, and only of one network."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from srgan.errors import OutputError, UsageError
from srgan.networks import SRResNet
from srgan.training import Checkpoint, read_model, save_checkpoint
from srgan.training.checkpoint import save_model
from srgan.training.interpolation import interpolate_models

TABLE = {"kind": "srresnet", "scale": 2, "channels": 8, "blocks": 1}


def network(seed: int) -> nn.Module:
    torch.manual_seed(seed)
    made = SRResNet(scale=2, channels=8, blocks=1)
    for _ in range(seed):
        made(torch.rand(1, 3, 8, 8))  # moves the averages of batch normalisation
    return made


def metadata(**changes: object) -> dict[str, Any]:
    return {
        "generator": TABLE,
        "name": "little",
        "licence": "Apache-2.0",
        "data_licence": "CC0-1.0",
        "training_run_hash": "aa",
        **changes,
    }


@pytest.fixture
def ends(tmp_path: Path) -> tuple[Path, Path]:
    """A run's folder, and a file of its best model with its measurement."""
    first = Checkpoint(3, network(1).state_dict(), metadata(step=3), {}, {})
    save_checkpoint(tmp_path / "first" / "checkpoints", first, keep=1)
    second = tmp_path / "second.safetensors"
    save_model(second, network(2).state_dict(), metadata(training_run_hash="bb", value=30.0))
    return tmp_path / "first", second


def weights(path: Path) -> dict[str, Tensor]:
    return read_model(path)[0]


def test_the_ends_are_exact(ends: tuple[Path, Path], tmp_path: Path) -> None:
    for alpha, seed in ((0.0, 1), (1.0, 2)):
        mixed = weights(interpolate_models(*ends, alpha, tmp_path / "out.safetensors"))
        expected = network(seed).state_dict()
        assert mixed.keys() == expected.keys()
        for name, tensor in expected.items():
            counter = name.endswith("num_batches_tracked")
            assert torch.equal(mixed[name], torch.tensor(1) if counter else tensor), name
            assert mixed[name].dtype == tensor.dtype


def test_the_middle_is_the_mean(ends: tuple[Path, Path], tmp_path: Path) -> None:
    mixed = weights(interpolate_models(*ends, 0.5, tmp_path / "out.safetensors"))
    first, second = network(1).state_dict(), network(2).state_dict()
    assert any("running_var" in name for name in mixed)
    for name, tensor in mixed.items():
        if tensor.is_floating_point():
            assert torch.allclose(tensor, (first[name] + second[name]) / 2, rtol=0, atol=1e-7), name
            assert not torch.equal(tensor, first[name]) or torch.equal(first[name], second[name]), name


def test_a_quarter_of_the_way(ends: tuple[Path, Path], tmp_path: Path) -> None:
    mixed = weights(interpolate_models(*ends, 0.25, tmp_path / "out.safetensors"))["tail.weight"]
    first, second = (network(seed).state_dict()["tail.weight"] for seed in (1, 2))
    assert torch.allclose(mixed, 0.75 * first + 0.25 * second, rtol=0, atol=1e-7)


def test_says_what_it_is_made_of(ends: tuple[Path, Path], tmp_path: Path) -> None:
    described = read_model(interpolate_models(*ends, 0.25, tmp_path / "out.safetensors"))[1]
    assert described == metadata(step=3, interpolation={"alpha": 0.25, "first": "aa", "second": "bb"})
    backwards = read_model(interpolate_models(ends[1], ends[0], 0.25, tmp_path / "out.safetensors"))[1]
    assert "value" not in backwards


def test_is_bound_by_both_licences(ends: tuple[Path, Path], tmp_path: Path) -> None:
    save_model(ends[1], network(2).state_dict(), metadata(data_licence="research only"))
    described = read_model(interpolate_models(*ends, 0.5, tmp_path / "out.safetensors"))[1]
    assert (described["licence"], described["data_licence"]) == ("Apache-2.0", "CC0-1.0 and research only")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"channels": 16}, "different networks: generator.channels is 8 in the first and 16 in the second"),
        ({"skip": "bicubic"}, "generator.skip is 'none' in the first and 'bicubic' in the second"),
        ({"kind": "compact", "blocks": 1}, "generator.kind is 'srresnet' in the first and 'compact' in the second"),
    ],
)
def test_only_models_of_one_network(
    ends: tuple[Path, Path], tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    save_model(ends[1], network(2).state_dict(), metadata(generator={**TABLE, **options}))
    with pytest.raises(UsageError, match=message):
        interpolate_models(*ends, 0.5, tmp_path / "out.safetensors")
    assert not (tmp_path / "out.safetensors").exists()


def test_an_option_at_its_default_makes_no_difference(ends: tuple[Path, Path], tmp_path: Path) -> None:
    save_model(ends[1], network(2).state_dict(), metadata(generator={**TABLE, "skip": "none"}))
    assert interpolate_models(*ends, 0.5, tmp_path / "out.safetensors").is_file()


def test_tensors_must_agree(ends: tuple[Path, Path], tmp_path: Path) -> None:
    state = network(2).state_dict()
    del state["tail.bias"]
    save_model(ends[1], {**state, "tail.weight": torch.zeros(2)}, metadata())
    with pytest.raises(UsageError, match=r"2 tensors differ in name or shape, the first is 'tail\.bias'"):
        interpolate_models(*ends, 0.5, tmp_path / "out.safetensors")


def test_wrong_use(ends: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"alpha is 1\.5; it goes from 0"):
        interpolate_models(*ends, 1.5, tmp_path / "out.safetensors")
    with pytest.raises(UsageError, match=r"something\.safetensors"):
        interpolate_models(*ends, 0.5, tmp_path / "out.onnx")
    with pytest.raises(UsageError, match="gone is not there"):
        interpolate_models(tmp_path / "gone", ends[1], 0.5, tmp_path / "out.safetensors")
    (tmp_path / "taken.safetensors").mkdir()
    with pytest.raises(OutputError, match="cannot write"):
        interpolate_models(*ends, 0.5, tmp_path / "taken.safetensors")
