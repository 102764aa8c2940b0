"""Text encoder and generator as ONNX graphs, apart and as one: what a model file of text-to-image is made of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from torch import Tensor, nn
from torch.nn import functional as F

from srgan.networks import LATENT_GENERATORS, TEXT_ENCODERS, LatentGenerator, RecurrentTextEncoder

# The exporter's notes about parts of torch, and one about the weights that a GRU keeps a second list of.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning"),
    pytest.mark.filterwarnings("ignore:_check_is_size will be removed:FutureWarning"),
    pytest.mark.filterwarnings("ignore:The tensor attributes .*_flat_weights:UserWarning"),
]

TOKENS, LATENT, EMBEDDING = 12, 5, 8


def make(registry: Mapping[str, type[nn.Module]], kind: str, **options: Any) -> nn.Module:  # noqa: ANN401
    torch.manual_seed(0)
    network = registry[kind](**options).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            # Some layers start as zeros, which would hide what is before them.
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network


def encoder_of(kind: str) -> RecurrentTextEncoder:
    network = make(TEXT_ENCODERS, kind, width=6, hidden=4, embedding=EMBEDDING)
    assert isinstance(network, RecurrentTextEncoder)
    return network


def generator_of(kind: str, options: dict[str, Any]) -> LatentGenerator:
    network = make(LATENT_GENERATORS, kind, size=16, latent=LATENT, width=4, classes=EMBEDDING, text=6, **options)
    assert isinstance(network, LatentGenerator)
    return network


def exported(network: nn.Module, given: dict[str, Tensor], results: list[str]) -> onnx.ModelProto:
    free = torch.export.Dim.DYNAMIC
    program = torch.onnx.export(
        network,
        tuple(given.values()),
        input_names=list(given),
        output_names=results,
        opset_version=18,
        dynamic_shapes=tuple({0: free} for _ in given),
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    model: onnx.ModelProto = program.model_proto
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    return model


def texts(count: int) -> Tensor:
    """Random signs with padding behind, from a full text to a single sign."""
    tokens = torch.randint(1, 257, (count, TOKENS), generator=torch.Generator().manual_seed(count))
    lengths = torch.linspace(TOKENS, 1, count).long()
    return tokens * (torch.arange(TOKENS) < lengths[:, None])


def answers(model: onnx.ModelProto, **given: Tensor) -> list[NDArray[np.float32]]:
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    results: list[NDArray[np.float32]] = session.run(None, {name: value.numpy() for name, value in given.items()})
    return results


def merged(encoder: onnx.ModelProto, generator: onnx.ModelProto) -> onnx.ModelProto:
    """Tokens and noise to pictures; the states are left out."""
    # Inner names of the two graphs may be the same, those of inputs and outputs are not.
    front = onnx.compose.add_prefix(encoder, "encoder.", rename_inputs=False, rename_outputs=False)
    front.ir_version = generator.ir_version = max(front.ir_version, generator.ir_version)
    model = onnx.compose.merge_models(front, generator, io_map=[("sentence", "text")], outputs=["output"])
    onnx.checker.check_model(model, full_check=True)
    return model


@pytest.fixture(scope="module", params=TEXT_ENCODERS)
def reading(request: pytest.FixtureRequest) -> tuple[RecurrentTextEncoder, onnx.ModelProto]:
    """A text encoder and its graph."""
    encoder = encoder_of(request.param)
    return encoder, exported(encoder, {"tokens": texts(2)}, ["sentence", "states"])


def test_text_encoder(reading: tuple[RecurrentTextEncoder, onnx.ModelProto]) -> None:
    encoder, model = reading
    assert "Loop" not in {node.op_type for node in model.graph.node}
    for count in (1, 3, 8):
        with torch.inference_mode():
            expected = encoder(texts(count))
        for answer, true in zip(answers(model, tokens=texts(count)), expected, strict=True):
            assert np.abs(answer - true.numpy()).max() < 1e-5


@pytest.mark.parametrize(("kind", "options"), [("dcgan", {}), ("df_gan", {"augmentation": True})])
def test_generator_and_both_as_one(
    reading: tuple[RecurrentTextEncoder, onnx.ModelProto], kind: str, options: dict[str, Any]
) -> None:
    (encoder, front), generator = reading, generator_of(kind, options)
    example = F.normalize(torch.randn(2, EMBEDDING), dim=1)
    model = exported(generator, {"noise": generator.draw(2), "text": example}, ["output"])
    whole = merged(front, model)
    assert {value.name for value in whole.graph.input} == {"tokens", "noise"}
    assert [value.name for value in whole.graph.output] == ["output"]
    for count in (1, 3):
        noise, tokens = generator.draw(count), texts(count)
        with torch.inference_mode():
            text, _ = encoder(tokens)
            expected = generator(noise, text).numpy()
        assert expected.std() > 0.01
        for answer in (answers(model, noise=noise, text=text)[0], answers(whole, tokens=tokens, noise=noise)[0]):
            assert answer.shape == (count, 3, 16, 16)
            assert np.abs(answer - expected).max() < 1e-5
    # The text is seen.
    noise = generator.draw(1)
    first, second = (answers(whole, tokens=texts(count)[:1], noise=noise)[0] for count in (2, 3))
    assert np.abs(first - second).max() > 1e-4
