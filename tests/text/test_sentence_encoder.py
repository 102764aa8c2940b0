"""Sentence encoders of other people."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from srgan.errors import ModelError
from srgan.text import FileTokenizer, SentenceEncoder
from tests.text.tokenizer_files import WORDS, word_file

TABLE = np.random.default_rng(0).standard_normal((len(WORDS), 5)).astype(np.float32)


def encoder_file(path: Path, *, pooled: bool = False, names: tuple[str, ...] = ("input_ids", "attention_mask")) -> Path:
    """The vector of each word, or of a text the sum over its words; the inputs beside the words change nothing."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["last_hidden_state"])]
    outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "length", 5])]
    if "attention_mask" in names:
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "two"], ["column"]),
            helper.make_node("Mul", ["last_hidden_state", "column"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "one"], ["sentence_embedding"], keepdims=0),
        ]
        if pooled:
            outputs.append(helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", 5]))
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    stored = [numpy_helper.from_array(TABLE, "table")]
    stored += [numpy_helper.from_array(np.array([value]), name) for name, value in (("one", 1), ("two", 2))]
    graph = helper.make_graph(nodes, "words", inputs, outputs, stored)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), path)
    return path


@pytest.fixture
def tokenizer(tmp_path: Path) -> FileTokenizer:
    return FileTokenizer(word_file(tmp_path / "tokenizer.json"), 6)


@pytest.mark.parametrize("pooled", [False, True])
def test_sentences_are_means_over_the_text(tmp_path: Path, tokenizer: FileTokenizer, pooled: bool) -> None:
    names = ("input_ids", "attention_mask", "token_type_ids")[: 3 - pooled]
    encoder = SentenceEncoder(encoder_file(tmp_path / "encoder.onnx", pooled=pooled, names=names), tokenizer)
    texts = ["a red apple", "red", ""]
    expected = np.stack([TABLE[row[row > 0]].mean(0) for row in tokenizer(texts)])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert np.abs(encoder.sentences(texts) - expected).max() < 1e-6
    assert encoder.embedding == 5
    assert encoder.sentences(["red"] * 70).shape == (70, 5)
    onnx.checker.check_model(encoder.graph, full_check=True)
    encoder.text.refuse_another(tmp_path / "encoder.onnx")


def test_weights_in_another_file_are_refused_wherever_they_stand(tmp_path: Path, tokenizer: FileTokenizer) -> None:
    path = encoder_file(tmp_path / "encoder.onnx")
    model = onnx.load(path)
    hidden = TensorProto(name="hidden", data_type=1, dims=[1], data_location=TensorProto.EXTERNAL)
    entry = hidden.external_data.add()
    entry.key, entry.value = "location", "/etc/hostname"
    model.graph.node.append(helper.make_node("Constant", [], ["unused"], value=hidden))
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="another file"):
        SentenceEncoder(path, tokenizer)


def test_what_is_no_encoder_is_refused(tmp_path: Path, tokenizer: FileTokenizer) -> None:
    other = encoder_file(tmp_path / "other.onnx", names=("input_ids", "pixel_values"))
    with pytest.raises(ModelError, match="takes input_ids, pixel_values"):
        SentenceEncoder(other, tokenizer)
    (tmp_path / "text.onnx").write_text("no model")
    with pytest.raises(ModelError, match=r"text\.onnx is not an ONNX file"):
        SentenceEncoder(tmp_path / "text.onnx", tokenizer)
    with pytest.raises(ModelError, match="cannot be read"):
        SentenceEncoder(tmp_path / "absent.onnx", tokenizer)
    model = onnx.load(encoder_file(tmp_path / "few.onnx"))
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(TABLE[:3], "table"))
    onnx.save(model, tmp_path / "few.onnx")
    with pytest.raises(ModelError, match=r"few\.onnx cannot run"):
        SentenceEncoder(tmp_path / "few.onnx", FileTokenizer(word_file(tmp_path / "t.json"), 6))
