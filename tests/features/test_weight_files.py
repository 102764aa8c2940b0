"""Weights that others wrote: read without running them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from srgan.errors import UsageError
from srgan.features import read_weights, unpickling
from srgan.features.unpickling import unwrap


class Malicious:
    """Runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self._command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self._command,)


def some() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return {"a.weight": torch.rand(4, 3), "a.bias": torch.rand(4)}


def test_safetensors(tmp_path: Path) -> None:
    weights = {**some(), "half": torch.rand(3).half(), "count": torch.tensor(7)}
    save_file(weights, tmp_path / "some.safetensors")
    read = read_weights(tmp_path / "some.safetensors")
    assert read.keys() == weights.keys()
    assert {tensor.dtype for tensor in read.values()} == {torch.float32, torch.int64}
    assert torch.equal(read["half"], weights["half"].float())
    assert all(torch.equal(read[name], tensor) for name, tensor in some().items())


def test_pickles_of_a_data_parallel_training(tmp_path: Path) -> None:
    weights = {f"module.{name}": nn.Parameter(tensor) for name, tensor in some().items()}
    # A view of a larger tensor, and a tensor that two names share.
    weights["module.view"] = nn.Parameter(torch.arange(12.0).reshape(3, 4).T)
    weights["module.tied"] = weights["module.a.bias"]
    torch.save({"state_dict": weights, "epoch": 3, "optimizer": {"lr": 0.1}}, tmp_path / "some.CKPT")
    read = read_weights(tmp_path / "some.CKPT")
    assert read.keys() == {"a.weight", "a.bias", "view", "tied"}
    assert torch.equal(read["view"], torch.arange(12.0).reshape(3, 4).T)
    assert torch.equal(read["tied"], some()["a.bias"])
    assert not any(tensor.requires_grad for tensor in read.values())


@pytest.mark.parametrize("containers", [["params_ema", "params", "state_dict"], ["params", "state_dict"], ["net"], []])
def test_the_first_known_container_counts(containers: list[str]) -> None:
    content: dict[str, object] = {"of the file": torch.ones(1), "step": 3}
    for name in reversed(containers):
        content[name] = {f"of {name}": torch.ones(1), "version": "1.0"}
    assert list(unwrap(content)) == [f"of {(containers or ['the file'])[0]}"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torch.ones(2), "holds a Tensor, not tensors by name"),
        ({"params": {}}, "but nothing"),
        ({"generator": {"a": torch.ones(1)}, "step": 1}, "but 'generator', 'step'"),
        ({"a": torch.eye(3).to_sparse()}, "'a' is sparse or quantised"),
    ],
)
def test_what_holds_no_weights(content: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        unwrap(content)


def test_a_malicious_pickle_is_not_run(tmp_path: Path) -> None:
    torch.save({**some(), "more": Malicious(f"touch {tmp_path / 'was-here'}")}, tmp_path / "bad.pth")
    with pytest.raises(UsageError, match=r"bad\.pth: it asks to run or build posix\.system, .* \.safetensors"):
        read_weights(tmp_path / "bad.pth")
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pth"]


def test_the_child_imports_no_networks() -> None:
    code = "import sys, srgan.features.unpickling; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torchvision", "lpips", "srgan.networks"} & {*done.stdout.split()}


def test_pickles_of_old_torch(tmp_path: Path) -> None:
    torch.save(some(), tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    assert torch.equal(read_weights(tmp_path / "old.pth")["a.weight"], some()["a.weight"])


def test_a_truncated_pickle(tmp_path: Path) -> None:
    torch.save(some(), tmp_path / "cut.pt")
    whole = (tmp_path / "cut.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UsageError, match=r"cut\.pt: it is damaged, incomplete or not from torch\.save"):
        read_weights(tmp_path / "cut.pt")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="limits of memory are for Linux")
def test_a_bomb_meets_the_limit_of_memory(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(1).expand(1 << 31)}, tmp_path / "bomb.pth")
    assert (tmp_path / "bomb.pth").stat().st_size < 10_000
    with pytest.raises(UsageError, match=r"bomb\.pth: it takes more memory than a weight file of its size may"):
        read_weights(tmp_path / "bomb.pth")


def test_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpickling, "_SECONDS", 0.01)
    torch.save(some(), tmp_path / "late.pth")
    with pytest.raises(UsageError, match=r"late\.pth was not read in 0 s"):
        read_weights(tmp_path / "late.pth")


def test_files_that_are_not_weights(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"nonsense")
    save_file({}, tmp_path / "empty.safetensors")
    (tmp_path / "a.onnx").write_bytes(b"")
    for name, message in (
        ("a.safetensors", r"a\.safetensors cannot be read as weights"),
        ("empty.safetensors", "holds no tensors"),
        ("a.onnx", r"a\.onnx is not a weight file by its name; known are \.safetensors, \.pth"),
        ("absent.pth", r"absent\.pth is not there"),
        ("", "is a folder"),
    ):
        with pytest.raises(UsageError, match=message):
            read_weights(tmp_path / name)
