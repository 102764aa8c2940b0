"""Every generator, exported and run in tiles, gives the picture that it gives in one piece."""

import numpy as np
import pytest
import torch

from srgan.exporting import to_onnx
from srgan.networks import receptive_field
from srgan.runtime import ModelMetadata, load_model
from tests.networks.enlargers import ENLARGERS, small_enlarger

LEVEL = 1 / 255


def model_file(kind: str, scale: int) -> bytes:
    network = small_enlarger(kind, scale)
    # Large weights, so that what lies at the rim of the receptive field shows.
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.5)
    model = to_onnx(network)
    metadata = ModelMetadata(name="tiles", scale=scale, receptive_field=receptive_field(network))
    for key, value in metadata.to_props().items():
        model.metadata_props.add(key=key, value=value)
    return bytes(model.SerializeToString())


@pytest.mark.parametrize("kind", ENLARGERS)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_tiled_equals_whole(kind: str, scale: int) -> None:
    content = model_file(kind, scale)
    whole = load_model(content, device="cpu", precision="fp32", tile=4096)
    random = np.random.default_rng(5)
    for height, width in ((37, 53), (64, 64), (1, 90), (71, 5)):
        picture = random.random((height, width, 3), np.float32)
        assert whole.session is not None
        batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
        expected = whole.session.run(batch)[0].transpose(1, 2, 0)
        for tile in (7, 16, 33):
            result = load_model(content, device="cpu", precision="fp32", tile=tile).upscale(picture)
            assert result.shape == expected.shape
            assert np.abs(result - np.clip(expected, 0, 1)).max() <= 0.01 * LEVEL, (height, width, tile)
