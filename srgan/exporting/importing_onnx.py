"""ONNX files that others exported, as model files of ours: what running them shows is written into them."""

from pathlib import Path

import numpy as np
import onnx
import onnx.version_converter
from numpy.typing import NDArray

from srgan.errors import ModelError, UsageError
from srgan.exporting.execution import compute
from srgan.exporting.finishing import Wish, finish
from srgan.exporting.graph import OPSET
from srgan.exporting.importing import ImportReport
from srgan.exporting.labelling import stamp
from srgan.exporting.parity import check_pictures
from srgan.exporting.target import StoredPrecision, Target
from srgan.runtime import ModelMetadata, Session, load_model
from srgan.runtime.foreign import exact_halo
from srgan.runtime.foreign_form import find_form, in_our_form
from srgan.runtime.model_file import model_file_of
from srgan.runtime.onnx_file import read_onnx_file

__all__ = ["import_onnx"]

_SMALLEST = (1, 2, 4, 8, 16, 32, 64)


def import_onnx(
    source: Path,
    output: Path,
    *,
    name: str | None = None,
    licence: str = "unknown",
    precision: StoredPrecision | None = None,
    target: Target | None = None,
    calibration: Path | None = None,
) -> ImportReport:
    """Make a model file of ours of an ONNX file of somebody else; the new one is compared with it.

    Layout, range, scale, the sides that it takes and how far it looks are found by running it.

    Args:
        source: a network with one picture as input and one as output, of free sides.
        output: as for `import_model`, like all that follows.
        name: likewise.
        licence: likewise.
        precision: likewise.
        target: likewise.
        calibration: likewise.

    Raises:
        UsageError: it describes itself already, or runs on pictures of one size only.
        ModelError: it is refused, or the result disagrees with it.
    """
    wish = Wish.of(output, precision, target, calibration)
    file = read_onnx_file(source)
    if file.metadata is not None:
        raise UsageError(f"{source} describes itself already; srgan export makes other files of it")
    form = find_form(file)
    ours = model_file_of(in_our_form(file, form))
    if ours.fixed is not None or ours.latent:
        raise UsageError(f"{source} takes noise or pictures of one size only; --model {source} runs it as it is")
    loaded = load_model(source, device="cpu", precision="fp32")
    assert loaded.session is not None
    found = loaded.metadata
    metadata = ModelMetadata(
        name=name or source.stem,
        task="super_resolution" if found.scale > 1 else "unknown",
        scale=found.scale,
        receptive_field=exact_halo(loaded.session, found.scale, found.multiple_of),
        multiple_of=found.multiple_of,
        minimum=_minimum(loaded.session, found),
        licence=licence,
        training_run=f'{{"imported": "sha256:{file.sha256}"}}',
    )
    before = onnx.load_model_from_string(ours.content)
    model = _ours(before, ours.input, ours.output, metadata.scale)
    stamp(model, metadata)

    def expected(picture: NDArray[np.float32], _: object) -> NDArray[np.float32]:
        result: NDArray[np.float32] = compute(before, [{ours.input: picture}], [ours.output])[0][0]
        return result

    parity = check_pictures(model.SerializeToString(), expected, metadata)
    return ImportReport(output, finish(model, metadata, {**parity, "found": form.words}, wish))


def _minimum(session: Session, found: ModelMetadata) -> int:
    """The smallest side that the network takes."""
    for count in _SMALLEST:
        side = count * found.multiple_of
        try:
            shape = session.run(np.full((1, 3, side, side), 0.5, np.float32)).shape
        except ModelError:
            continue
        if shape == (1, 3, side * found.scale, side * found.scale):
            return side
    return _SMALLEST[-1] * found.multiple_of


def _ours(model: onnx.ModelProto, taken: str, given: str, scale: int) -> onnx.ModelProto:
    """The graph with our names, axes and opset."""
    result: onnx.ModelProto = onnx.ModelProto.FromString(model.SerializeToString())
    others = {name for node in result.graph.node for name in (*node.input, *node.output)}
    names = {taken: "input", given: "output"}
    for own in ("input", "output"):
        if own in others and own not in names:
            names[own] = f"{own}.inner"
    for node in result.graph.node:
        for part in (node.input, node.output):
            for place, one in enumerate(part):
                part[place] = names.get(one, one)
    for tensor in result.graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    suffix = "" if scale == 1 else f"*{scale}"
    for entry, own, sides in (
        (next(entry for entry in result.graph.input if entry.name == taken), "input", ("height", "width")),
        (result.graph.output[0], "output", (f"height{suffix}", f"width{suffix}")),
    ):
        entry.CopyFrom(onnx.helper.make_tensor_value_info(own, onnx.TensorProto.FLOAT, ["batch", 3, *sides]))
    del result.graph.output[1:]
    del result.graph.value_info[:]
    if max((one.version for one in result.opset_import if one.domain in ("", "ai.onnx")), default=1) < OPSET:
        try:
            result = onnx.version_converter.convert_version(result, OPSET)
        except Exception as error:  # of the converter, which has its own types
            raise ModelError(f"the graph cannot be had in opset {OPSET}: {str(error)[:300]}") from error
    return result
