"""Graphs in int8 (static, quantise-dequantise pairs), with the layers in float32 that need it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import onnx

from srgan.errors import ModelError
from srgan.exporting.calibration import Calibration
from srgan.exporting.execution import Feed, compute, name_nodes
from srgan.exporting.fallback import fewest_kept
from srgan.metrics import psnr

__all__ = ["AGREEMENT", "Activations", "Quantised", "find_quantised"]

Activations = Literal["uint8", "int8"]
"""Type of what layers hand on; the weights are int8 by channel, symmetric."""

AGREEMENT = 40.0
"""Least PSNR to float32 where no true results are known, dB: for a model that reaches 30 dB itself, errors of that size
cost 0.4 dB."""

_LAYERS = ("Conv", "ConvTranspose", "MatMul", "Gemm")


class Quantised(NamedTuple):
    """A graph in int8.

    Attributes:
        model: takes and gives float32.
        kept: names of the layers in float32.
        measured: ``fp32`` and ``int8``: PSNR against the true pictures, or ``agreement``: PSNR between the two, dB.
    """

    model: onnx.ModelProto
    kept: list[str]
    measured: dict[str, float]


def find_quantised(
    model: onnx.ModelProto, calibration: Calibration, *, activations: Activations = "uint8", allowed: float = 0.3
) -> Quantised:
    """Quantise a graph; layers keep float32, the most harmful first, until the loss of PSNR is allowed.

    Args:
        model: in float32.
        calibration: pictures to measure ranges on, and to judge by.
        activations: type of what layers hand on.
        allowed: loss of PSNR, dB.

    Raises:
        ModelError: no layer at all can be in int8.
    """
    named = onnx.ModelProto.FromString(model.SerializeToString())
    name_nodes(named)
    layers = [node.name for node in named.graph.node if node.op_type in _LAYERS]
    if not layers:
        raise ModelError("the network has no layer that could be in int8; export it with --precision fp32")
    with tempfile.TemporaryDirectory(prefix="srgan-") as folder:
        trial = _Trial(named, calibration, activations, Path(folder))

        def suffices(kept: list[str]) -> bool:
            return len(kept) < len(layers) and trial.loss([name for name in layers if name not in kept]) <= allowed

        kept: list[str] | None = []
        if not suffices([]):
            harm = {name: trial.loss([name]) for name in layers}
            order = sorted(layers, key=lambda name: -harm[name])
            kept = fewest_kept(order[:-1], suffices)
        if kept is None:
            raise ModelError(
                f"int8 costs more than {allowed:g} dB of PSNR on the calibration's pictures even in a single layer; "
                "export it with --precision fp32 or bf16. Nothing was written"
            )
        chosen = [name for name in layers if name not in kept]
        result, measured = trial.quantise(chosen), trial.measured(chosen)
    return Quantised(result, [name for name in layers if name in kept], measured)


class _Trial:
    """Quantises some layers of a graph and measures what that costs; ranges are measured once."""

    def __init__(
        self, model: onnx.ModelProto, calibration: Calibration, activations: Activations, folder: Path
    ) -> None:
        self._model, self._calibration, self._activations, self._folder = model, calibration, activations, folder
        self._exact = [results[0] for results in compute(model, calibration.judged)]

    def loss(self, layers: list[str]) -> float:
        """What it costs to have these layers in int8, dB; infinite when some result is not finite."""
        measured = self.measured(layers)
        if "agreement" in measured:
            return 0.0 if measured["agreement"] >= AGREEMENT else AGREEMENT - measured["agreement"] + 1.0
        return measured["fp32"] - measured["int8"]

    def measured(self, layers: list[str]) -> dict[str, float]:
        """PSNR with these layers in int8, see `Quantised`."""
        results = [results[0] for results in compute(self.quantise(layers), self._calibration.judged)]
        if not all(np.isfinite(result).all() for result in results):
            return {"agreement": float("-inf")}
        if not self._calibration.truths:
            each = [psnr(one, true, peak=1.0) for one, true in zip(results, self._exact, strict=True)]
            return {"agreement": min(each)}
        return {"fp32": self._calibration.quality(self._exact), "int8": self._calibration.quality(results)}

    def quantise(self, layers: list[str]) -> onnx.ModelProto:
        """The graph with these layers in int8."""
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

        source = onnx.ModelProto.FromString(self._model.SerializeToString())
        del source.metadata_props[:]
        source.metadata_props.add(
            key="onnx.quant.pre_process", value="onnxruntime.quant"
        )  # else it advises to preprocess
        output = self._folder / "quantised.onnx"
        signed = self._activations == "int8"
        quantize_static(
            source,
            str(output),
            _Reader(self._calibration.ranges),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_LAYERS),
            nodes_to_quantize=layers,
            per_channel=True,
            activation_type=QuantType.QInt8 if signed else QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={"ActivationSymmetric": signed, "WeightSymmetric": True},
            calibration_cache_path=str(self._folder / "ranges.json"),
        )
        result = onnx.load(output)
        del result.metadata_props[:]
        del result.graph.value_info[:]
        return result


class _Reader:
    """Inputs one after the other, as ONNX Runtime's calibration asks for them."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._feeds = iter(feeds)

    def get_next(self) -> Feed | None:
        """The next inputs, None at the end."""
        return next(self._feeds, None)
