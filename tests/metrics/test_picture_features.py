"""What pictures are compared by."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import vgg

from srgan.metrics import PictureFeatures


def pictures(count: int, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8)


def test_pixels_are_means_of_cells() -> None:
    some = pictures(70, 16)  # more than a chunk
    features = PictureFeatures("pixels")
    found = features(some)
    assert found.shape == (70, 192)
    assert found.dtype == np.dtype(np.float32)
    cells = some.reshape(70, 8, 2, 8, 2, 3).mean(axis=(2, 4)).transpose(0, 3, 1, 2) / 255
    assert np.allclose(found, cells.reshape(70, -1), atol=1e-6)
    assert features.protocol == "means of 8x8 cells of the RGB pixels"


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights of VGG-19: only its structure is tested."""
    torch.manual_seed(0)
    state = vgg.make_layers(vgg.cfgs["E"]).state_dict()
    save_file({f"features.{name}": tensor for name, tensor in state.items()}, tmp_path / "w.safetensors")
    monkeypatch.setenv("SRGAN_VGG19_WEIGHTS", str(tmp_path / "w.safetensors"))


@pytest.mark.usefixtures("weights")
def test_vgg19() -> None:
    features = PictureFeatures("vgg19")
    some = pictures(2, 64)
    found = features(some)
    assert found.shape == (2, 512)
    assert found.dtype == np.dtype(np.float32)
    assert not np.allclose(found[0], found[1])
    assert np.allclose((found**2).mean(axis=1), 1.0, atol=1e-5)  # products over the width are cosines
    assert np.allclose(features(some[1:]), found[1:], atol=1e-5)
    # Pictures of any size are brought to one: what is flat stays what it is.
    flat = [features(np.full((1, side, side, 3), 90, np.uint8)) for side in (64, 32, 100)]
    assert np.allclose(flat[1], flat[0], atol=1e-5)
    assert np.allclose(flat[2], flat[0], atol=1e-5)
    assert "VGG-19" in features.protocol
    assert "64x64" in features.protocol
