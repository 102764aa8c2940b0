"""Models of somebody else whose pictures lie or count in another way: found by running them, brought into our form."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from srgan.runtime.graph import Graph
from srgan.runtime.onnx_file import FLOAT, FLOAT16, UINT8, OnnxFile, OnnxInput

__all__ = ["Form", "find_form", "in_our_form"]

_SIDES = (64, 256)
_CLOSE = 0.1
"""Mean difference from the picture, on the scale [0, 1], up to which a result may be that picture, enlarged."""

_BEYOND = 3.0

_Run = Callable[[NDArray[np.float32], tuple[float, float]], NDArray[np.float32] | None]

_NUMBERS = {FLOAT: np.float32, FLOAT16: np.float16, UINT8: np.uint8}
_FATAL_ONLY = 4


@dataclass(frozen=True)
class Form:
    """How a network takes and gives pictures; the fields' defaults are our own form.

    Attributes:
        last: the input's channels come last, ``(batch, height, width, 3)``.
        last_out: likewise of the output.
        takes: values of black and white in the input.
        gives: likewise in the output.
        kind: type of the input's numbers, as ONNX counts them.
    """

    last: bool = False
    last_out: bool = False
    takes: tuple[float, float] = (0, 1)
    gives: tuple[float, float] = (0, 1)
    kind: int = FLOAT

    @property
    def ours(self) -> bool:
        """Whether it is the form that the runtime works with."""
        return self.kind in (FLOAT, FLOAT16) and replace(self, kind=FLOAT) == Form()

    @property
    def words(self) -> str:
        """For people: ``"channels last, values 0 to 255"``."""
        lie = {
            (False, False): "channels first",
            (True, True): "channels last",
            (True, False): "channels last in, first out",
            (False, True): "channels first in, last out",
        }[self.last, self.last_out]
        taken, given = (f"{low:g} to {high:g}" for low, high in (self.takes, self.gives))
        return f"{lie}, values {taken}" + ("" if taken == given else f" in, {given} out")


_FORMS = (
    ((0, 1), (0, 1)),
    ((0, 255), (0, 255)),
    ((0, 1), (0, 255)),
    ((0, 255), (0, 1)),
)


def find_form(file: OnnxFile) -> Form:
    """How a network of somebody else takes and gives pictures, as running it on the CPU shows.

    A network that enlarges or restores gives a picture much like the one it got; of the ways to count, the one that
    does is taken, and ours where none does. What cannot be run has our form, so that what is wrong with it is told
    where it is to be used.
    """
    pictures = [entry for entry in file.inputs if len(entry.shape) == 4]
    if len(pictures) != 1 or len(file.inputs) != 1 or pictures[0].kind not in _NUMBERS:
        return Form()
    last = pictures[0].shape[3] == 3 and pictures[0].shape[1] != 3
    run = _session(file, pictures[0], last=last)
    for side in _SIDES if run is not None else ():
        assert run is not None
        picture = _picture(pictures[0], side, last=last)
        tried: list[tuple[float, Form]] = []
        for takes, gives in _FORMS:
            found = None if pictures[0].kind == UINT8 and takes != (0, 255) else run(picture, takes)
            if found is None:
                continue
            last_out = found.shape[3] == 3 and found.shape[1] != 3
            result = (found.transpose(0, 3, 1, 2) if last_out else found) - gives[0]
            error = _difference(result / (gives[1] - gives[0]), picture)
            tried.append((error, Form(last, last_out, takes, gives, pictures[0].kind)))
            if tried[0][0] <= _CLOSE:
                break
        if tried:
            best = _choice(tried)
            return replace(best, takes=(-1, 1), gives=(-1, 1)) if best.takes[1] == 1 and _signed(run, picture) else best
    return Form()


def _signed(run: _Run, picture: NDArray[np.float32]) -> bool:
    """Whether a network ends at -1 and 1: what is beyond black and white shows it, as most of these end in a tangent.

    Within that range it does not show: what enlarges pictures in [-1, 1] enlarges those in [0, 1] nearly as well.
    """
    results = [run(np.full_like(picture, value), (0, 1)) for value in (-_BEYOND, _BEYOND)]
    ends = [np.nan if found is None else float(found.mean()) for found in results]
    return -1.2 < ends[0] < -0.8 and 0.8 < ends[1] < 1.2


def _choice(tried: list[tuple[float, Form]]) -> Form:
    """The form of the least difference; the first one where that tells nothing."""
    first, (least, best) = tried[0], min(tried, key=lambda one: one[0])
    return best if least <= _CLOSE < first[0] else first[1]


def in_our_form(file: OnnxFile, form: Form) -> OnnxFile:
    """The file with what turns our pictures into its own, and its results into ours; the checksum stays the file's."""
    if form.ours:
        return file
    model = onnx.load_model_from_string(file.content)
    graph = Graph(model)
    inner, outer = file.inputs[0].name, file.outputs[0]
    before, after = _before(graph, form, inner), _after(graph, form, outer)
    graph.nodes = [*before, *graph.nodes, *after]
    graph.finish()
    entry = next(value for value in model.graph.input if value.name == inner)
    batch, *sides = file.inputs[0].shape
    sides = sides[:2] if form.last else sides[1:]
    named = [side or word for side, word in zip(sides, ("height", "width"), strict=True)]
    shape = [batch or "batch", 3, *named]
    entry.CopyFrom(helper.make_tensor_value_info(before[0].input[0], TensorProto.FLOAT, shape))
    del model.graph.output[:]
    made = after[-1].output[0]
    model.graph.output.append(helper.make_tensor_value_info(made, TensorProto.FLOAT, ["batch", 3, "rows", "columns"]))
    taken = OnnxInput(before[0].input[0], FLOAT, (batch, 3, *sides))
    return replace(file, content=bytes(model.SerializeToString()), inputs=(taken,), outputs=(made,))


def _before(graph: Graph, form: Form, inner: str) -> list[onnx.NodeProto]:
    low, high = form.takes
    steps: list[tuple[str, list[str], dict[str, Any]]] = [
        ("Mul", [_number(graph, "form.range", high - low)], {}),
        # A cast to whole numbers cuts off.
        ("Add", [_number(graph, "form.low", low + (0.5 if form.kind == UINT8 else 0))], {}),
    ]
    if form.kind != FLOAT:
        steps.append(("Cast", [], {"to": form.kind}))
    if form.last:
        steps.append(("Transpose", [], {"perm": [0, 2, 3, 1]}))
    return _chain(graph, "form.in", steps, last=inner)


def _after(graph: Graph, form: Form, outer: str) -> list[onnx.NodeProto]:
    low, high = form.gives
    steps: list[tuple[str, list[str], dict[str, Any]]] = [("Cast", [], {"to": TensorProto.FLOAT})]
    if form.last_out:
        steps.append(("Transpose", [], {"perm": [0, 3, 1, 2]}))
    steps += [
        ("Sub", [_number(graph, "form.low_out", low)], {}),
        ("Div", [_number(graph, "form.range_out", high - low)], {}),
    ]
    return _chain(graph, "form.out", steps, first=outer)


def _chain(
    graph: Graph,
    hint: str,
    steps: list[tuple[str, list[str], dict[str, Any]]],
    *,
    first: str | None = None,
    last: str | None = None,
) -> list[onnx.NodeProto]:
    """Nodes one behind the other."""
    names = [first or graph.fresh(hint), *(graph.fresh(f"{hint}.{place}") for place in range(len(steps)))]
    names[-1] = last or names[-1]
    return [
        helper.make_node(kind, [names[place], *more], [names[place + 1]], **options)
        for place, (kind, more, options) in enumerate(steps)
    ]


def _number(graph: Graph, hint: str, value: float) -> str:
    return graph.store(hint, np.array(value, np.float32))


def _session(file: OnnxFile, entry: OnnxInput, *, last: bool) -> _Run | None:
    """What runs the network on a picture in [0, 1], counted as asked; None for what cannot be run or is no picture."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = _FATAL_ONLY
    try:
        session = onnxruntime.InferenceSession(file.content, options, providers=["CPUExecutionProvider"])
    except Exception:  # ONNX Runtime's exceptions have no common type that it exports
        return None

    def run(picture: NDArray[np.float32], takes: tuple[float, float]) -> NDArray[np.float32] | None:
        values = takes[0] + (takes[1] - takes[0]) * picture
        values = np.rint(values) if entry.kind == UINT8 else values
        fed = np.ascontiguousarray(values.transpose(0, 2, 3, 1) if last else values, _NUMBERS[entry.kind])
        try:
            result = np.asarray(session.run([file.outputs[0]], {entry.name: fed})[0], np.float32)
        except Exception:  # likewise
            return None
        return result if result.ndim == 4 and 3 in (result.shape[1], result.shape[3]) else None

    return run


def _picture(entry: OnnxInput, side: int, *, last: bool) -> NDArray[np.float32]:
    """Waves of different lengths in each colour, ``(1, 3, side, side)`` or of the only sides that the file allows."""
    height, width = (entry.shape[1:3] if last else entry.shape[2:4]) if None not in entry.shape[1:] else (side, side)
    rows, columns = np.mgrid[: height or side, : width or side].astype(np.float32)
    waves = [0.5 + 0.4 * np.sin(rows / period) * np.cos(columns / (period + 3)) for period in (7, 10, 16)]
    return np.stack(waves)[None].astype(np.float32)


def _difference(result: NDArray[Any], picture: NDArray[np.float32]) -> float:
    """Mean difference of a result, reduced to the picture's size, from the picture; infinite where it does not fit."""
    height, width = picture.shape[2:]
    scale = result.shape[2] // height
    if scale < 1 or result.shape != (1, 3, height * scale, width * scale):
        return np.inf
    reduced = result.reshape(1, 3, height, scale, width, scale).mean(axis=(3, 5))
    error = float(np.abs(reduced - picture).mean())
    return error if np.isfinite(error) else np.inf
