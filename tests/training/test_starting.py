"""Weights from elsewhere into a generator, and models back into networks."""

import shutil
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from srgan.errors import UsageError
from srgan.networks import Compact
from srgan.training import Checkpoint, save_checkpoint
from srgan.training.starting import find_model, restore_generator, start_from


def made(seed: int, *, scale: int = 2, skip: Literal["bicubic", "nearest"] = "bicubic") -> Compact:
    torch.manual_seed(seed)
    return Compact(scale=scale, channels=8, blocks=1, skip=skip)


def checkpoint(folder: Path, step: int, network: Compact) -> Path:
    described: dict[str, Any] = {"generator": {"kind": "compact"}}
    return save_checkpoint(folder, Checkpoint(step, network.state_dict(), described, {}, {}), keep=9)


def same(first: Compact, second: Compact) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_a_run_a_checkpoint_or_a_file(tmp_path: Path) -> None:
    checkpoint(tmp_path / "run" / "checkpoints", 1, made(1))
    newest = checkpoint(tmp_path / "run" / "checkpoints", 2, made(2))
    file = newest / "model.safetensors"
    for source in (tmp_path / "run", tmp_path / "run" / "checkpoints", newest, file):
        assert find_model(source) == file
        generator = made(3)
        assert start_from(generator, source, partial=False) == "10 of 10 tensors loaded"
        assert same(generator, made(2))


def test_a_packaged_model_by_its_name_or_an_exported_file(tmp_path: Path) -> None:
    """The tensors keep their names in the file, so that the network then computes what the file does."""
    from srgan import load_model
    from srgan.zoo import find

    file = tmp_path / "mine.onnx"
    shutil.copy(find("x4-fidelity").file, file)
    picture = np.random.default_rng(0).integers(0, 256, (1, 3, 20, 17), np.uint8)
    expected = load_model("x4-fidelity", device="cpu", precision="fp32").upscale(picture[0].transpose(1, 2, 0))
    for source in (Path("x4-fidelity"), file):
        generator = Compact(scale=4, channels=64, blocks=10)
        assert start_from(generator, source, partial=False).startswith("46 of 46 tensors loaded")
        with torch.no_grad():
            found = generator(torch.from_numpy(picture).float() / 255).clamp(0, 1)[0].permute(1, 2, 0).numpy()
        assert np.abs(found * 255 - expected).max() < 0.6
    with pytest.raises(UsageError, match=r"init\.weights: x4-fidelity: none of the weights fits this network"):
        start_from(made(1), Path("x4-fidelity"), partial=False)
    (tmp_path / "broken.onnx").write_bytes(b"no")
    with pytest.raises(UsageError, match=r"init\.weights: .*broken\.onnx is not an ONNX file"):
        start_from(made(1), tmp_path / "broken.onnx", partial=True)


def test_nothing_to_start_from(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no checkpoint; give the folder of a run"):
        find_model(tmp_path)
    with pytest.raises(UsageError, match=r"gone is not there; give the folder of a run"):
        find_model(tmp_path / "gone")
    with pytest.raises(UsageError, match=r"mine\.toml is a run file; give the folder that it trains into"):
        find_model(tmp_path / "mine.toml")


def test_partly_only_where_it_is_permitted(tmp_path: Path) -> None:
    save_file(made(1, scale=4).state_dict(), tmp_path / "x4.safetensors")
    report = r"8 of 10 tensors loaded; other shape: tail\.weight \(48x8x3x3 in the file, 12x8x3x3 here\), tail\.bias .*"
    with pytest.raises(UsageError, match=rf"x4\.safetensors does not fit the generator: {report} init\.partial = true"):
        start_from(made(2), tmp_path / "x4.safetensors", partial=False)
    generator = made(2)
    assert start_from(generator, tmp_path / "x4.safetensors", partial=True).startswith("8 of 10 tensors loaded; other")
    assert torch.equal(generator.head.weight, made(1, scale=4).head.weight)
    assert torch.equal(generator.tail.weight, made(2).tail.weight)


def test_unused_weights_are_said_and_permitted(tmp_path: Path) -> None:
    save_file({**made(1).state_dict(), "more": torch.ones(1)}, tmp_path / "more.safetensors")
    assert start_from(made(2), tmp_path / "more.safetensors", partial=False).endswith("loaded; not used: more")


def test_the_file_is_named_where_nothing_fits(tmp_path: Path) -> None:
    save_file({"a": torch.ones(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UsageError, match=r"other\.safetensors: none of the weights fits this network"):
        start_from(made(1), tmp_path / "other.safetensors", partial=True)


def test_restored_with_its_options_and_weights() -> None:
    network = made(1, skip="nearest")
    table = {"kind": "compact", "scale": 2, "channels": 8, "blocks": 1, "skip": "nearest"}
    restored = restore_generator(table, network.state_dict())
    assert isinstance(restored, Compact)
    assert same(restored, network)
    assert not restored.skip.interpolates
    with pytest.raises(RuntimeError, match="Missing key"):
        restore_generator(table, {})
    with pytest.raises(UsageError, match=r"generator\.kind: there is no 'grand'\. Known: compact"):
        restore_generator({"kind": "grand"}, {})
