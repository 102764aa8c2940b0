from typing import Any

import pytest

from srgan.errors import ModelError
from srgan.runtime import (
    Command,
    GeneratorFile,
    ModelFile,
    ModelMetadata,
    load_model,
    read_file,
    read_generator_file,
    read_model_file,
)
from tests.runtime import translators
from tests.runtime.makers import LATENT, SIZE, TOKENS, Kind, described, facts, maker
from tests.runtime.networks import network


@pytest.mark.parametrize(
    ("kind", "asked", "length"), [("text", "tokens", TOKENS), ("class", "label", None), ("noise", None, None)]
)
def test_what_it_takes(kind: Kind, asked: str | None, length: int | None) -> None:
    content = described(kind)
    file = read_generator_file(content)
    assert (file.asked, file.length, file.size, file.output) == (asked, length, SIZE, "output")
    assert file.metadata == facts(kind)
    assert read_file(content) == file


def test_texts_of_any_length() -> None:
    file = read_generator_file(maker(metadata=facts(), tokens="length"))
    assert file.length is None


def test_files_are_told_apart() -> None:
    assert isinstance(read_file(network(2)), ModelFile)
    assert isinstance(read_file(described()), GeneratorFile)
    with pytest.raises(ModelError, match=r"is for text_to_image.*use srgan generate"):
        read_model_file(described())
    with pytest.raises(ModelError, match=r"is for paired_translation: use srgan translate"):
        read_generator_file(translators.described())
    with pytest.raises(ModelError, match="does not say what it is for"):
        read_generator_file(maker("noise"))
    # Without metadata nothing tells what such inputs mean.
    with pytest.raises(ModelError, match="does not take RGB pictures"):
        read_file(maker())


@pytest.mark.parametrize("command", ["upscale", "translate"])
@pytest.mark.parametrize("kind", ["text", "class", "noise"])
def test_other_commands_refuse_it(kind: Kind, command: Command) -> None:
    with pytest.raises(ModelError, match="use srgan generate"):
        load_model(described(kind), command=command)


@pytest.mark.parametrize(
    ("kind", "options", "fields", "words"),
    [
        ("text", {"batch": 1}, {}, r"the input noise must be float32 \(free, 6\), and is float32 \(1, 6\)"),
        ("class", {"batch": 2}, {}, r"noise must be .* and is float32 \(2, 6\)"),
        ("text", {"half": True}, {}, r"noise must be float32 .* and is of another type"),
        ("text", {"noise": "z"}, {}, "needs tokens and noise as input, and has tokens, z"),
        ("text", {}, {"latent": 7}, r"noise must be float32 \(free, 7\), and is float32 \(free, 6\)"),
        ("text", {}, {"latent": 0}, r"noise must be float32 \(free, 0\)"),
        ("text", {}, {"text": None}, "is for text_to_image, and its metadata tell of no texts"),
        ("text", {}, {"classes": ("a",)}, "tell of texts and classes"),
        ("text", {}, {"task": "generation"}, "is for generation, and its metadata tell of texts"),
        ("class", {}, {"classes": ()}, "needs noise as input, and has label, noise"),
        ("noise", {}, {"classes": ("a",)}, "needs label and noise as input, and has noise"),
        ("noise", {}, {"size": None}, "must tell the size of its pictures"),
        ("noise", {}, {"scale": 2}, "have a scale of 1"),
    ],
)
def test_inputs_and_metadata_must_agree(
    kind: Kind, options: dict[str, Any], fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ModelError, match=words):
        read_generator_file(maker(kind, facts(kind, **fields), **options))


def test_a_label_that_is_no_number_of_a_class() -> None:
    import onnx

    model = onnx.load_from_string(described("class"))
    model.graph.input[0].type.tensor_type.elem_type = onnx.TensorProto.INT32
    with pytest.raises(ModelError, match=r"label must be int64 \(free\), and is of another type"):
        read_generator_file(model.SerializeToString())


def test_the_metadata_survive_the_file() -> None:
    metadata = facts(prior="uniform")
    assert ModelMetadata.from_props(metadata.to_props()) == metadata
    assert metadata.latent == LATENT
