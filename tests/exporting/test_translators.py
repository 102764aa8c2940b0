"""Every generator of image-to-image translation exports, noise included, and the file does what the network does."""

from typing import Any

import numpy as np
import onnx
import pytest
import torch

from srgan.errors import ModelError
from srgan.exporting import check_parity, to_onnx
from srgan.runtime.model_file import read_model_file
from srgan.runtime.onnxruntime_session import OnnxRuntimeSession
from tests.networks.translators import small

CASES: list[tuple[str, dict[str, Any]]] = [
    ("resnet", {"blocks": 1, "downsamplings": 1, "latent": 3}),
    ("resnet", {"blocks": 1, "downsamplings": 1, "norm": "batch", "upsample": "transposed"}),
    ("spade", {"ups": 1}),
    ("spade", {"ups": 1, "palette": ["#ff0000", "#00ff00", "#0000ff"], "latent": 3}),
    ("unet", {"depth": 3, "dropout": True}),
    ("unet", {"depth": 3, "detail": 4}),
    ("unet", {"depth": 2, "latent": 3, "upsample": "transposed"}),
    # The smallest picture of this one is larger than those that the others are traced with.
    ("unet", {"depth": 6, "norm": "none", "width": 2}),
]


def axes(value: onnx.ValueInfoProto) -> list[str | int]:
    return [side.dim_param or side.dim_value for side in value.type.tensor_type.shape.dim]


@pytest.mark.parametrize(("kind", "options"), CASES, ids=str)
def test_the_file_does_what_the_network_does(kind: str, options: dict[str, Any]) -> None:
    network = small(kind, **options)
    # Statistics of a batch normalisation that has seen something.
    network.train()(*[torch.rand(2, 3, 64, 64), *([torch.randn(2, 3)] if network.latent else [])])
    model = to_onnx(network)
    report = check_parity(model.SerializeToString(), network, tolerance=2e-5)
    assert report["max_error"].keys() >= {"onnxruntime"}
    assert axes(model.graph.input[0]) == ["batch", 3, "height", "width"]
    assert axes(model.graph.output[0]) == ["batch", 3, "height", "width"]
    assert [value.name for value in model.graph.input] == ["input", "noise"][: 1 + bool(network.latent)]
    assert [value.name for value in model.graph.output] == ["output"]
    assert not {node.op_type for node in model.graph.node} & {"Dropout", "BatchNormalization", "RandomNormal"}
    if network.latent:
        assert axes(model.graph.input[1]) == ["batch", 3]
        session = OnnxRuntimeSession(read_model_file(model.SerializeToString()), "cpu", "fp32")
        picture = np.random.default_rng(0).random((1, 3, 64, 64), np.float32)
        first, second = (session.run(picture, np.full((1, 3), value, np.float32)) for value in (-1.0, 1.0))
        assert np.abs(first - second).mean() > 1e-3


def test_a_plain_picture_does_not_lose_digits() -> None:
    """Of its maps hardly anything is left to normalise but rounding errors."""
    network = small("unet", width=32, depth=7)
    assert network.minimum == 128
    errors = check_parity(to_onnx(network).SerializeToString(), network)["max_error"]
    assert max(shapes["1x3x1x1"] for shapes in errors.values()) <= 1.5e-5


def test_noise_is_part_of_the_comparison() -> None:
    network = small("unet", depth=2, latent=3)
    model = to_onnx(network)
    with torch.no_grad():
        network.styles[0].affine.weight.mul_(2.0)  # type: ignore[index, union-attr]
    with pytest.raises(ModelError, match=r"differs from the network by .* nothing was written"):
        check_parity(model.SerializeToString(), network)
