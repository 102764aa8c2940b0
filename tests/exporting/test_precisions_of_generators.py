"""Every registered generator, exported in every precision."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan.exporting import Target, to_onnx
from srgan.exporting.examples import SHAPES, example_picture
from srgan.exporting.labelling import stamp
from srgan.exporting.precision import lower
from srgan.networks import GENERATORS, Generator
from srgan.runtime import ModelMetadata
from tests.networks.enlargers import small_enlarger
from tests.networks.translators import TRANSLATORS, small


def generator(kind: str) -> Generator:
    return small(kind, latent=0) if kind in TRANSLATORS else small_enlarger(kind, scale=2)


@pytest.mark.parametrize("kind", sorted(set(GENERATORS) - {"foreign"}))
def test_every_generator_in_every_precision(kind: str, tmp_path: Path) -> None:
    network = generator(kind)
    task = "paired_translation" if kind in TRANSLATORS else "super_resolution"
    metadata = ModelMetadata(
        name=kind,
        task=task,
        architecture=kind,
        scale=network.scale,
        multiple_of=network.multiple_of,
        minimum=network.minimum,
    )
    model = to_onnx(network)
    stamp(model, metadata)
    for number in range(2):
        picture = example_picture(1, 80, 72 + number)[0].transpose(1, 2, 0)
        Image.fromarray(np.rint(255 * picture).astype(np.uint8)).save(tmp_path / f"{number}.png")
    for precision, least in (("fp16", 50), ("bf16", 45)):
        parity = lower(model, metadata, precision, Target()).metadata.parity  # type: ignore[arg-type]
        runs = parity["psnr"].values()  # type: ignore[union-attr]
        assert min(min(shapes.values()) for shapes in runs) >= least  # type: ignore[union-attr]
        assert all(len(shapes) == len(SHAPES) for shapes in runs)  # type: ignore[arg-type]
    measured = lower(model, metadata, "int8", Target(), tmp_path).metadata.parity["task_psnr"]
    assert isinstance(measured, dict)
    if task == "super_resolution":
        assert measured["fp32"] - measured["int8"] <= 0.3  # type: ignore[operator]
    else:
        assert measured["agreement"] >= 40  # type: ignore[operator]
