"""Networks of others become model files that give what these networks give."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact
from spandrel.architectures.DnCNN import DnCNN
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.SPAN import SPAN
from torch import nn

from srgan.cli import cli
from srgan.cli.errors import run
from srgan.errors import ModelError, UsageError
from srgan.exporting import import_model
from srgan.exporting.merging import merged_before
from srgan.runtime import load_model, read_model_file

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "Compact": lambda: Compact(num_feat=8, num_conv=2, upscale=4),
    "RRDBNet": lambda: ESRGAN(num_filters=8, num_blocks=1, scale=4),
    "SPAN": lambda: SPAN(num_in_ch=3, num_out_ch=3, feature_channels=8, upscale=2),
}


def save(network: nn.Module, path: Path) -> Path:
    if path.suffix == ".pth":
        torch.save({"params_ema": network.state_dict()}, path)
    else:
        save_file(network.state_dict(), path)
    return path


@pytest.mark.parametrize(("kind", "suffix"), [("Compact", ".pth"), ("RRDBNet", ".safetensors"), ("SPAN", ".pth")])
def test_the_file_gives_what_the_network_gives(kind: str, suffix: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NETWORKS[kind]().eval()
    source = save(network, tmp_path / f"4x-Somebody{suffix}")
    report = import_model(source, tmp_path / "out.onnx", licence="CC-BY-4.0")
    metadata = read_model_file(report.output).metadata
    assert metadata == report.finished.metadata
    assert metadata is not None
    assert (metadata.name, metadata.licence) == ("4x-Somebody", "CC-BY-4.0")
    assert metadata.architecture == type(network).__name__
    assert metadata.receptive_field is not None
    picture = np.random.default_rng(0).random((1, 3, 20, 24), np.float32)
    with torch.no_grad():
        expected = network(torch.from_numpy(picture)).numpy()
    session = load_model(report.output, device="cpu", precision="fp32").session
    assert session is not None
    result = session.run(picture)
    assert result.shape == expected.shape
    assert np.abs(result - expected).max() <= 1e-4


def test_networks_that_merge_their_branches_go_on_learning() -> None:
    torch.manual_seed(0)
    network = NETWORKS["SPAN"]().eval()
    layers: list[Any] = [module for module in network.modules() if hasattr(module, "eval_conv")]
    with merged_before(network):
        kept = [layer.eval_conv.weight for layer in layers]
        values = [weight.clone() for weight in kept]
        with torch.no_grad():
            layers[0].sk.weight.mul_(2)
            network(torch.rand(1, 3, 8, 8))
        assert all(torch.equal(one, other) for one, other in zip(kept, values, strict=True))
    with torch.no_grad():
        network(torch.rand(1, 3, 8, 8))
    assert not torch.equal(layers[0].eval_conv.weight, values[0])


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    source = save(NETWORKS["Compact"](), tmp_path / "net.pth")
    output = tmp_path / "net.onnx"
    assert run(cli, ["models", "import", str(source), "-o", str(output), "--licence", "MIT"]) == 0
    out, said = capsys.readouterr()
    assert out == f"{output}\n"
    assert "Compact, x4, licence: MIT" in said
    parity = json.loads((tmp_path / "net.parity.json").read_text())
    assert read_model_file(output).metadata.parity == parity  # type: ignore[union-attr]
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(tmp_path / "a.png")
    assert run(cli, ["upscale", str(tmp_path / "a.png"), "-m", str(output), "-o", str(tmp_path / "b.png")]) == 0
    with Image.open(tmp_path / "b.png") as result:
        assert result.size == (32, 36)
    capsys.readouterr()
    assert run(cli, ["models", "verify", str(output), "--device", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].split() for line in lines] == [
        ["ok", name] for name in ("metadata", "tiles", "shapes", "service")
    ]


def test_what_cannot_be_imported(tmp_path: Path) -> None:
    output = tmp_path / "out.onnx"
    with pytest.raises(UsageError, match="is not there"):
        import_model(tmp_path / "absent.pth", output)
    restoring = save(DnCNN(in_nc=3, out_nc=3, nc=8, nb=4), tmp_path / "restore.safetensors")
    with pytest.raises(ModelError, match="made for Restoration"):
        import_model(restoring, output)
    with pytest.raises(UsageError, match=r"must be called something\.onnx"):
        import_model(restoring, tmp_path / "out.pth")
    network = NETWORKS["Compact"]()
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    broken = save(network, tmp_path / "nan.safetensors")
    with pytest.raises(ModelError, match=r"are not finite|not give one and the same"):
        import_model(broken, output)
    assert not output.exists()
