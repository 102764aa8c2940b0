"""A Triton model repository: its configuration is of Triton's schema, its models run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from google.protobuf import (  # type: ignore[import-untyped]
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
)

from export.triton_repository import Deployment, main, write
from srgan.errors import ModelError, UsageError
from srgan.runtime import load_model
from tests.runtime import translators
from tests.runtime.networks import described, network

# model_config.proto of the Triton server (NVIDIA, BSD-3-Clause), compiled, as tritonclient 2.73.0 has it.
SCHEMA = Path(__file__).with_name("triton_model_config.binpb")


def parsed(path: Path) -> Any:  # noqa: ANN401
    file = descriptor_pb2.FileDescriptorProto.FromString(SCHEMA.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    message = message_factory.GetMessageClass(pool.FindMessageTypeByName("inference.ModelConfig"))()
    return text_format.Parse(path.read_text(encoding="utf-8"), message)


def deployment(**changes: Any) -> Deployment:  # noqa: ANN401
    return Deployment("mine", 8, 2000, 2, "gpu", "none")._replace(**changes)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(described(2, unshuffle=2, minimum=12))
    return path


def test_the_configuration_is_of_the_schema(model: Path, tmp_path: Path) -> None:
    folder = write(model, tmp_path / "repository", deployment(accelerator="tensorrt"))
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == ["1", "1/model.onnx", "config.pbtxt"]
    config = parsed(folder / "config.pbtxt")
    assert (config.name, config.backend, config.max_batch_size) == ("mine", "onnxruntime", 8)
    (entry,), (result,) = config.input, config.output
    assert (entry.name, list(entry.dims), list(result.dims)) == ("input", [-1, -1, 3], [-1, -1, 3])
    assert entry.DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_number[entry.data_type].name == "TYPE_UINT8"
    assert list(config.dynamic_batching.preferred_batch_size) == [4, 8]
    assert config.dynamic_batching.max_queue_delay_microseconds == 2000
    (group,) = config.instance_group
    assert (group.count, group.Kind.Name(group.kind)) == (2, "KIND_GPU")
    (accelerator,) = config.optimization.execution_accelerators.gpu_execution_accelerator
    assert (accelerator.name, accelerator.parameters["precision_mode"]) == ("tensorrt", "FP32")
    assert list(config.model_warmup[0].inputs["input"].dims) == [64, 64, 3]
    facts = {key: value.string_value for key, value in config.parameters.items()}
    assert facts.items() >= {"srgan.scale": "2", "srgan.multiple_of": "2", "srgan.minimum": "12"}.items()


def test_the_model_gives_what_srgan_gives(model: Path, tmp_path: Path) -> None:
    folder = write(model, tmp_path / "repository", deployment())
    session = onnxruntime.InferenceSession(folder / "1/model.onnx", providers=["CPUExecutionProvider"])
    config = parsed(folder / "config.pbtxt")
    assert [(entry.name, entry.type) for entry in session.get_inputs()] == [(config.input[0].name, "tensor(uint8)")]
    assert [entry.name for entry in session.get_outputs()] == [config.output[0].name]
    pictures = np.random.default_rng(0).integers(0, 256, (2, 30, 24, 3), np.uint8)
    (results,) = session.run(["output"], {"input": pictures})
    upscaler = load_model(model, device="cpu", precision="fp32")
    for picture, result in zip(pictures, results, strict=True):
        assert np.abs(upscaler.upscale(picture).astype(int) - result).max() <= 1


def test_noise_is_an_input(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(translators.described(latent=4))
    wanted = deployment(device="cpu", accelerator="openvino", max_batch=1)
    config = parsed(write(path, tmp_path / "repository", wanted) / "config.pbtxt")
    assert [(entry.name, list(entry.dims)) for entry in config.input] == [("input", [-1, -1, 3]), ("noise", [4])]
    assert config.model_warmup[0].inputs.keys() == {"input", "noise"}
    assert list(config.dynamic_batching.preferred_batch_size) == [1]
    assert [one.name for one in config.optimization.execution_accelerators.cpu_execution_accelerator] == ["openvino"]


def test_what_is_refused(model: Path, tmp_path: Path) -> None:
    for accelerator, device in (("tensorrt", "cpu"), ("openvino", "gpu")):
        with pytest.raises(UsageError, match="does not run on the"):
            write(model, tmp_path / "r", deployment(accelerator=accelerator, device=device))
    foreign = tmp_path / "foreign.onnx"
    foreign.write_bytes(network(2))
    with pytest.raises(ModelError, match="says nothing about itself"):
        write(foreign, tmp_path / "r", deployment())
    assert not (tmp_path / "r").exists()


def test_names_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    metadata = load_model(described(2), device="cpu").metadata.model_copy(update={"licence": 'say "please"\n\\'})
    path.write_bytes(network(2, metadata=metadata))
    config = parsed(write(path, tmp_path / "r", deployment()) / "config.pbtxt")
    assert config.parameters["srgan.licence"].string_value == 'say "please"\n\\'


def test_it_runs_as_a_program(repository: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    program, absent = repository / "export/triton_repository.py", tmp_path / "absent.onnx"
    done = subprocess.run(
        [sys.executable, str(program), str(absent), "-o", str(tmp_path / "r")],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (6, "")
    assert "absent.onnx" in done.stderr
    assert main.name == "main"
