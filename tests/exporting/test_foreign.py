"""A model that was trained from a foreign network is exported without the file it began with."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from spandrel.architectures.Compact import Compact

from srgan.exporting import export_model
from srgan.networks import Foreign
from srgan.runtime import load_model
from srgan.training import Checkpoint, save_checkpoint


def test_export_needs_no_original(tmp_path: Path) -> None:
    torch.manual_seed(0)
    original = tmp_path / "net.safetensors"
    save_file(Compact(num_feat=8, num_conv=1, upscale=2).state_dict(), original)
    generator = Foreign(weights=original)
    original.unlink()
    with torch.no_grad():
        generator.network.body[0].weight.mul_(0.5)  # type: ignore[index, union-attr]
    described = {
        "generator": {"kind": "foreign", "weights": str(original)},
        "name": "tuned",
        "task": "super_resolution",
        "scale": 2,
        "receptive_field": 3,
        "multiple_of": 1,
        "minimum": 1,
        "licence": "BSD-3-Clause",
        "training_run": "{}",
        "training_run_hash": "ab",
    }
    save_checkpoint(tmp_path / "checkpoints", Checkpoint(1, generator.state_dict(), described, {}, {}), keep=1)
    report = export_model(tmp_path, tmp_path / "tuned.onnx")
    assert (report.metadata.architecture, report.metadata.scale) == ("foreign", 2)
    picture = np.random.default_rng(1).random((1, 3, 12, 10), np.float32)
    session = load_model(tmp_path / "tuned.onnx", device="cpu", precision="fp32").session
    assert session is not None
    with torch.no_grad():
        expected = generator.eval()(torch.from_numpy(picture)).numpy()
    assert np.abs(session.run(picture) - expected).max() < 1e-4
