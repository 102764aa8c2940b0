"""Sentence encoders of other people, from ONNX files."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError
from srgan.files import external_tensor
from srgan.text.description import TextDescription
from srgan.text.file_tokenizer import FileTokenizer

if TYPE_CHECKING:
    import onnx

__all__ = ["SentenceEncoder"]

_BATCH = 64
_TOKENS = "tokens"
_SENTENCE = "sentence"
# What exporters of transformers call their inputs, and what each gets.
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class SentenceEncoder:
    """A frozen sentence encoder of somebody else, such as MiniLM: an ONNX file and its tokenizer.

    The file takes ``input_ids`` ``(batch, T)``, and perhaps ``attention_mask`` and ``token_type_ids``. Of its outputs
    ``sentence_embedding`` is taken, or else the first one: a vector a text, ``(batch, D)``, or a state a token,
    ``(batch, T, D)``, of which those of the text are averaged (Reimers and Gurevych 2019, arXiv 1908.10084). Vectors
    are brought to length 1.

    Args:
        file: the ONNX file, without external data.
        tokenizer: the one that belongs to it.

    Attributes:
        file: as given.
        tokenizer: as given.
        text: what a model file says about both.
        graph: the same as one ONNX graph from ``tokens`` ``(batch, T)`` int64 to ``sentence`` ``(batch, D)`` float32.
        embedding: D.

    Raises:
        ModelError: the file cannot be read, is no such encoder, or cannot run.
    """

    def __init__(self, file: Path, tokenizer: FileTokenizer) -> None:
        import onnxruntime

        self.file, self.tokenizer = file, tokenizer
        self.graph = _wrapped(_read(file), file, padding=tokenizer.padding)
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                self.graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
            found = self.read(tokenizer(["?", "a text"]))
        except Exception as error:  # the runtime's exceptions have no common ancestor
            raise ModelError(f"the sentence encoder {file} cannot run: {_short(error)}") from None
        if found.ndim != 2 or found.shape[0] != 2 or not np.isfinite(found).all():
            raise ModelError(f"{file} is no sentence encoder: of two texts it makes {found.shape}")
        self.embedding = int(found.shape[1])
        self.text = TextDescription.of(tokenizer, file)

    def read(self, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Sentences of tokens ``(N, T)``, ``(N, D)`` float32."""
        parts = [
            self._session.run([_SENTENCE], {_TOKENS: tokens[start : start + _BATCH]})[0]
            for start in range(0, len(tokens), _BATCH)
        ]
        return np.concatenate(parts)

    def sentences(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of prepared texts, ``(N, D)`` float32, each of length 1."""
        return self.read(self.tokenizer(texts))


def _read(file: Path) -> "onnx.ModelProto":
    import onnx

    try:
        content = file.read_bytes()
    except OSError as error:
        raise ModelError(f"the sentence encoder {file} cannot be read: {error.strerror}") from None
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf raises its own types, which differ between versions
        raise ModelError(f"{file} is not an ONNX file") from error
    if external_tensor(model) is not None:
        raise ModelError(f"{file} keeps its weights in another file; only single-file models are accepted")
    return model


def _wrapped(model: "onnx.ModelProto", file: Path, *, padding: int) -> "onnx.ModelProto":
    """The encoder behind what it needs of the tokens, and in front of what makes one vector of its output."""
    from onnx import TensorProto, helper, numpy_helper

    stored = {tensor.name for tensor in model.graph.initializer}
    names = [entry.name for entry in model.graph.input if entry.name not in stored]
    if "input_ids" not in names or not set(names) <= set(_INPUTS) or not model.graph.output:
        raise ModelError(
            f"{file} is no sentence encoder: it must take {', '.join(_INPUTS[:1])} and perhaps "
            f"{' and '.join(_INPUTS[1:])}, and takes {', '.join(names) or 'nothing'}"
        )
    outputs = {entry.name: entry for entry in model.graph.output}
    output = outputs.get("sentence_embedding", model.graph.output[0])
    states = len(output.type.tensor_type.shape.dim) == 3

    constants = {"padding": [padding], "row": [0, 1, -1], "flat": [0, -1]}
    before = [
        helper.make_node("Identity", [_TOKENS], ["input_ids"]),
        helper.make_node("Equal", [_TOKENS, "reader.padding"], ["reader.absent"]),
        helper.make_node("Not", ["reader.absent"], ["reader.present"]),
        helper.make_node("Cast", ["reader.present"], ["attention_mask"], to=TensorProto.INT64),
        helper.make_node("Sub", [_TOKENS, _TOKENS], ["token_type_ids"]),
    ]
    # The sum over the text has the direction of the mean, and the length does not stay.
    pooled = [
        helper.make_node("Cast", ["reader.present"], ["reader.weights"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["reader.weights", "reader.row"], ["reader.weights_row"]),
        helper.make_node("MatMul", ["reader.weights_row", output.name], ["reader.sum"]),
        helper.make_node("Reshape", ["reader.sum", "reader.flat"], ["reader.pooled"]),
    ]
    after = [
        *(pooled if states else []),
        helper.make_node("LpNormalization", ["reader.pooled" if states else output.name], [_SENTENCE], axis=-1, p=2),
    ]
    graph = helper.make_graph(
        [*before, *model.graph.node, *after],
        "sentence_encoder",
        [helper.make_tensor_value_info(_TOKENS, TensorProto.INT64, ["batch", "length"])],
        [helper.make_tensor_value_info(_SENTENCE, TensorProto.FLOAT, ["batch", None])],
        [
            *model.graph.initializer,
            *(numpy_helper.from_array(np.array(value), f"reader.{name}") for name, value in constants.items()),
        ],
    )
    wrapped = helper.make_model(graph, opset_imports=list(model.opset_import), functions=list(model.functions))
    wrapped.ir_version = model.ir_version
    return wrapped


def _short(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error))[:200]
