"""An exported file and the weights that it was made from hold the same, in both directions."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from safetensors import safe_open

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.config import check_part
from srgan.errors import ModelError, UsageError
from srgan.exporting import export_model, unpack_model
from srgan.exporting.merging import merged_before
from srgan.networks import GENERATORS, Compact
from srgan.networks.blocks import balance
from srgan.runtime import load_model, read_file
from srgan.training.checkpoint import read_model, save_model
from srgan.training.starting import start_from
from srgan.zoo import find
from tests.networks.enlargers import small_options
from tests.networks.translators import SMALL, TRANSLATORS

KINDS = sorted(set(GENERATORS) - {"foreign"})


def trained(kind: str, path: Path, **more: Any) -> Path:  # noqa: ANN401
    """A checkpoint's file, as a training writes it."""
    torch.manual_seed(0)
    translates = kind in TRANSLATORS
    if not translates:
        options = {**small_options(kind, 2), **more}
    else:
        options = check_part(GENERATORS, {"kind": kind, **SMALL[kind], "latent": 0}, source="", key="")
    network = GENERATORS[kind](**options)
    with torch.no_grad():  # equal tensors would be stored once
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    table = {"kind": kind, **options}
    described = {
        "generator": table, "name": "little", "task": "paired_translation" if translates else "super_resolution",
        "scale": network.scale, "receptive_field": None if translates else 9, "multiple_of": network.multiple_of,
        "minimum": network.minimum, "licence": "CC0-1.0", "training_run": json.dumps({"generator": table}),
        "training_run_hash": "ab", "data_hash": "cd", "interpolation": {"alpha": 0.5, "first": "ab", "second": "ef"},
    }  # fmt: skip
    prefix = "generator." if translates else ""
    save_model(path, {prefix + name: value for name, value in network.state_dict().items()}, described)
    return path


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "srresnet"])
def test_there_and_back(kind: str, tmp_path: Path) -> None:
    source = trained(kind, tmp_path / "a.safetensors")
    export_model(source, tmp_path / "a.onnx")
    unpack_model(tmp_path / "a.onnx", tmp_path / "b.safetensors")
    (first, before), (second, after) = (read_model(tmp_path / f"{name}.safetensors") for name in "ab")
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert {key: after.get(key) for key in before} == before
    export_model(tmp_path / "b.safetensors", tmp_path / "b.onnx")
    one, other = (read_file(tmp_path / f"{name}.onnx") for name in "ab")
    assert one.metadata == other.metadata
    if kind == "compact":
        picture = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
        results = [load_model(tmp_path / f"{name}.onnx", device="cpu").upscale(picture) for name in "ab"]
        assert np.array_equal(results[0], results[1])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output, packaged = tmp_path / "out.safetensors", read_file(find("x4-fidelity").file).metadata
    assert packaged is not None
    assert packaged.training_run_hash
    assert run(cli, ["models", "unpack", "x4-fidelity", "-o", str(output)]) == 0
    assert capsys.readouterr().out == f"{output}\n"
    with safe_open(output, framework="pt") as file:
        assert json.loads(file.metadata()["srgan"])["training_run_hash"] == packaged.training_run_hash
    assert run(cli, ["models", "info", str(output)]) == 0
    assert "Apache-2.0" in capsys.readouterr().out


def test_balanced_sub_pixels(tmp_path: Path) -> None:
    """Their weights are made when the network runs; what is stored gives the same ones."""
    source, back = find("x4").file, tmp_path / "back.onnx"
    unpack_model(source, tmp_path / "a.safetensors")
    export_model(tmp_path / "a.safetensors", back)
    picture = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
    first, second = (load_model(path, device="cpu", precision="fp32").upscale(picture) for path in (source, back))
    assert np.abs(first.astype(int) - second).max() <= 1


def test_balanced_weights_are_stored_by_their_names(tmp_path: Path) -> None:
    """A training that begins with the exported file computes from the first step on what the file does."""
    source, exported = trained("compact", tmp_path / "a.safetensors", balanced=True), tmp_path / "a.onnx"
    assert max(export_model(source, exported).largest_errors.values()) < 1e-4
    stored = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(exported).graph.initializer}
    before, _ = read_model(source)
    assert {name for name in before if name.startswith(("head", "body", "fuse", "tail"))} <= stored.keys()
    for name in ("tail.weight", "tail.bias"):
        assert np.allclose(stored[name], balance(before[name], 2), atol=1e-7)
        assert not np.allclose(stored[name], before[name], atol=1e-3)

    first, second = (Compact(scale=2, channels=8, blocks=1, balanced=True) for _ in range(2))
    first.load_state_dict(before)
    assert start_from(second, exported, partial=False).startswith("10 of 10 tensors loaded")
    picture = torch.rand(1, 3, 9, 8)
    with torch.no_grad():
        assert torch.allclose(first(picture), second(picture), atol=1e-6)

    unpack_model(exported, tmp_path / "b.safetensors")
    _, described = read_model(tmp_path / "b.safetensors")
    assert described["generator"]["balanced"] is True


def test_a_network_of_balanced_sub_pixels_goes_on_learning() -> None:
    """Export leaves it as it was, also where the tracer fails."""

    def trace() -> None:
        with merged_before(network):
            assert not network.balanced
            assert not torch.equal(network.tail.weight, before["tail.weight"])
            assert torch.allclose(network(picture), expected, atol=1e-6)
            raise RuntimeError("tracer")

    network = Compact(scale=2, channels=8, blocks=1, balanced=True).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    picture = torch.rand(1, 3, 8, 8)
    expected = network(picture)
    with pytest.raises(RuntimeError, match="tracer"):
        trace()
    assert network.balanced
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(network(picture), expected)


def test_what_cannot_be_unpacked(tmp_path: Path) -> None:
    source, output = tmp_path / "a.onnx", tmp_path / "b.safetensors"
    export_model(trained("compact", tmp_path / "a.safetensors"), source)
    with pytest.raises(UsageError, match=r"must be called something\.safetensors"):
        unpack_model(source, tmp_path / "b.onnx")
    export_model(source, tmp_path / "half.onnx", precision="fp16")
    with pytest.raises(ModelError, match="is no file in fp32"):
        unpack_model(tmp_path / "half.onnx", output)
    export_model(trained("srresnet", tmp_path / "s.safetensors"), tmp_path / "s.onnx")
    with pytest.raises(ModelError, match=r"no longer holds .* as the network has it"):
        unpack_model(tmp_path / "s.onnx", output)
    model = onnx.load(source)
    weight = next(tensor for tensor in model.graph.initializer if tensor.name == "head.weight")
    weight.raw_data = (onnx.numpy_helper.to_array(weight) * 2).astype(np.float32).tobytes()
    run_entry = next(entry for entry in model.metadata_props if entry.key == "srgan.training_run")
    run_entry.value = run_entry.value.replace('"blocks": 1', '"blocks": 2')
    onnx.save(model, source)
    with pytest.raises(ModelError, match="no longer holds"):
        unpack_model(source, output)
    run_entry.value = "{}"
    onnx.save(model, source)
    with pytest.raises(ModelError, match="does not say which run trained it"):
        unpack_model(source, output)
    assert not output.exists()
