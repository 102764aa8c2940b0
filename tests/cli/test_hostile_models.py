"""Model files that are broken or mean harm: exit code 6 and a reason, and nothing else happens."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact

from srgan.cli import cli
from srgan.cli.errors import run
from tests.features.test_hostile_pickles import archive, gadget
from tests.runtime.networks import described, network

Folder = Path


def altered(change: Callable[[onnx.ModelProto], object]) -> bytes:
    model = onnx.load_model_from_string(described(2))
    change(model)
    return bytes(model.SerializeToString())


def external(model: onnx.ModelProto, place: str) -> None:
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", place), ("length", "16")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def hard_link(folder: Folder) -> bytes:
    secret = folder / "secret"
    secret.write_bytes(bytes(range(64)) * 100)
    os.link(secret, folder / "weights.bin")
    return altered(lambda model: external(model, "weights.bin"))


def nan(model: onnx.ModelProto) -> None:
    tensor = model.graph.initializer[0]
    weights = numpy_helper.to_array(tensor).copy()
    weights.flat[3] = np.inf
    tensor.CopyFrom(numpy_helper.from_array(weights, tensor.name))


def promise(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].dims[0] = 1 << 40


def custom(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("evil.example", 1))
    model.graph.node[1].domain, model.graph.node[1].op_type = "evil.example", "RunCommand"


def field(number: int, content: bytes) -> bytes:
    """An entry of a protobuf message."""
    length, digits = len(content), bytearray()
    while length > 127:
        digits.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *digits, length]) + content


def nested(_: Folder) -> bytes:
    """Graphs in graphs, far deeper than a parser should go."""
    graph = b""
    for _level in range(5000):
        graph = field(1, field(5, field(6, graph)))
    return described(2) + field(7, graph)


def circle(model: onnx.ModelProto) -> None:
    """The first node waits for the last."""
    model.graph.node[0].input[0] = model.graph.node[-1].output[0]


def no_scale(model: onnx.ModelProto) -> None:
    next(entry for entry in model.metadata_props if entry.key == "srgan.scale").value = "4"


ONNX: dict[str, tuple[Callable[[Folder], bytes], str]] = {
    "empty": (lambda _: b"", "is not an ONNX file"),
    "noise": (lambda _: np.random.default_rng(0).bytes(5000), "is not an ONNX file"),
    "truncated": (lambda _: described(2)[: len(described(2)) // 2], "not an ONNX file|wrong size|cannot run"),
    "picture": (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(200), "is not an ONNX file"),
    "pickle": (lambda _: archive(gadget("os", "mkdir", ("CANARY",))), "is not an ONNX file"),
    "page": (lambda _: b"<html>404</html>", "is not an ONNX file"),
    "external": (lambda _: altered(lambda model: external(model, "/etc/passwd")), "in another file"),
    "climbing": (lambda _: altered(lambda model: external(model, "../../secret")), "in another file"),
    "hard link": (hard_link, "in another file"),
    "infinite": (lambda _: altered(nan), "not finite numbers"),
    "too many": (lambda _: altered(promise), "has the wrong size"),
    "custom": (lambda _: altered(custom), "cannot run this model"),
    "circle": (lambda _: altered(circle), "wait for each other in a circle"),
    "nested": (nested, "is not an ONNX file"),
    "false scale": (lambda _: altered(no_scale), "promises a scale of 4"),
    "metadata": (
        lambda _: altered(lambda model: model.metadata_props.add(key="srgan.parity", value="[" * 100_000)),
        "is not JSON|cannot run",
    ),
}


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = run(cli, list(arguments))
    said = capsys.readouterr().err
    assert code == 6, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("case", ONNX)
def test_a_hostile_onnx_file(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, words = ONNX[case]
    path = tmp_path / "model.onnx"
    path.write_bytes(make(tmp_path))
    before = sorted(tmp_path.iterdir())
    said = refused(capsys, "models", "verify", str(path), "--device", "cpu")
    assert any(part in said for part in words.split("|")), said
    assert sorted(tmp_path.iterdir()) == before


def test_a_huge_file_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert "larger than 2 GiB" in refused(capsys, "models", "info", str(path))


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_renamed_file(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(network(2))
    assert "is not an ONNX model; export it first" in refused(capsys, "models", "verify", str(path))
    refused(capsys, "models", "import", str(path), "-o", str(tmp_path / "out.onnx"))
    assert not (tmp_path / "out.onnx").exists()


def test_hostile_weights_are_not_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = Compact(num_feat=8, num_conv=1, upscale=2).state_dict()
    infinite = {name: torch.full_like(value, float("inf")) for name, value in weights.items()}
    save_file(infinite, tmp_path / "infinite.safetensors")
    save_file({**weights, "body.0.weight": torch.zeros(3, 2, 1)}, tmp_path / "shape.safetensors")
    save_file(weights, tmp_path / "cut.safetensors")
    whole = (tmp_path / "cut.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-100])
    (tmp_path / "header.safetensors").write_bytes((1 << 60).to_bytes(8, "little") + b"{}")
    (tmp_path / "pickle.pth").write_bytes(archive(gadget("os", "mkdir", (str(tmp_path / "CANARY"),))))
    before = sorted(tmp_path.iterdir())
    for name, words in {
        "infinite": "not finite|one and the same picture",
        "shape": "spandrel",
        "cut": "cannot be read as weights",
        "header": "cannot be read as weights",
        "pickle": "it asks to run or build",
    }.items():
        file = next(tmp_path.glob(f"{name}.*"))
        said = refused(capsys, "models", "import", str(file), "-o", str(tmp_path / "out.onnx"))
        assert any(part in said for part in words.split("|")), said
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("described", "words"),
    [
        ("[]", "its metadata does not describe the network"),
        ("{" * 100_000, "its metadata does not describe the network"),
        ('{"task": "super_resolution", "name": "x"}', "licence, training_run, training_run_hash is missing"),
    ],
)
def test_weights_that_describe_no_network(
    described: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file({"weight": torch.zeros(2)}, tmp_path / "odd.safetensors", metadata={"srgan": described})
    code = run(cli, ["export", str(tmp_path / "odd.safetensors"), "-o", str(tmp_path / "out.onnx")])
    said = capsys.readouterr().err
    assert code in (2, 6), said
    assert words in said
    assert "Traceback" not in said
    assert not (tmp_path / "out.onnx").exists()
