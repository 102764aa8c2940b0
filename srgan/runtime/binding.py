"""Buffers that stay on a device: a tile is copied in and its result out, and nothing is allocated for the next one.

Only with buffers that stay in place can a GPU replay a recorded graph of its work instead of being told it again.
"""

import itertools
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

__all__ = ["Bindings"]

_MOST = 4
"""Shapes that keep buffers: those of the tiles of large pictures, and of small ones that come in great number."""

_REMEMBERED = 1024
_GRAPH = "gpu_graph_id"
_NO_GRAPH = "-1"

_Feed = Mapping[str, NDArray[Any]]


class Bindings:
    """Runs a session of ONNX Runtime; from the second time on that a shape comes, through buffers on the device.

    Buffers (and a recorded graph) are used for a shape when they have twice given what an ordinary run gives of the
    same numbers, which is looked at once. Whatever fails on the way there means only that they are not used.
    """

    def __init__(self, session: Any, device: str, number: int = 0, *, graphs: bool = False) -> None:  # noqa: ANN401
        """Nothing is allocated yet.

        Args:
            session: of ONNX Runtime.
            device: ``"cuda"``, or ``"cpu"``.
            number: of the device.
            graphs: the session records graphs.
        """
        self._session, self._where, self._graphs = session, (device, number), graphs
        self._seen: set[Any] = set()
        self._refused: set[Any] = set()
        self._bound: dict[Any, _Bound] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    @property
    def bound(self) -> int:
        """How many shapes have buffers."""
        return len(self._bound)

    def run(self, outputs: Sequence[str], feed: _Feed) -> list[NDArray[Any]]:
        """The outputs of a feed, as arrays that the caller owns; one thread at a time."""
        key = tuple((name, given.shape, given.dtype.str) for name, given in feed.items())
        with self._lock:
            if key in self._bound:
                return self._bound[key].run(feed)
            results: list[NDArray[Any]] = self._session.run(list(outputs), dict(feed), self._options(_NO_GRAPH))
            if key in self._seen and key not in self._refused and self.bound < _MOST:
                self._bind(key, outputs, feed, results)
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen.add(key)
            return results

    def _bind(self, key: Any, outputs: Sequence[str], feed: _Feed, results: list[NDArray[Any]]) -> None:  # noqa: ANN401
        try:
            options = self._options(str(next(self._numbers)))
            bound = _Bound(self._session, self._where, feed, dict(zip(outputs, results, strict=True)), options)
            runs = [bound.run(feed) for _ in range(2)]  # the first one is recorded, the second one replayed
        except Exception:  # ONNX Runtime's exceptions have no common type that it exports
            self._refused.add(key)
            return
        if all(np.array_equal(one, other) for run in runs for one, other in zip(run, results, strict=True)):
            self._bound[key] = bound
        else:
            self._refused.add(key)

    def _options(self, graph: str) -> Any:  # noqa: ANN401
        if not self._graphs:
            return None
        options = onnxruntime.RunOptions()
        options.add_run_config_entry(_GRAPH, graph)
        return options


class _Bound:
    """The buffers of one shape."""

    def __init__(
        self,
        session: Any,  # noqa: ANN401
        where: tuple[str, int],
        feed: _Feed,
        results: Mapping[str, NDArray[Any]],
        options: Any,  # noqa: ANN401
    ) -> None:
        self._session, self._options = session, options
        self._binding = session.io_binding()
        self._inputs = {name: onnxruntime.OrtValue.ortvalue_from_numpy(given, *where) for name, given in feed.items()}
        self._outputs = {
            name: onnxruntime.OrtValue.ortvalue_from_shape_and_type(list(made.shape), made.dtype.type, *where)
            for name, made in results.items()
        }
        for name, value in self._inputs.items():
            self._binding.bind_ortvalue_input(name, value)
        for name, value in self._outputs.items():
            self._binding.bind_ortvalue_output(name, value)

    def run(self, feed: _Feed) -> list[NDArray[Any]]:
        for name, value in self._inputs.items():
            value.update_inplace(feed[name])
        self._session.run_with_iobinding(self._binding, self._options)
        return [np.array(value.numpy()) for value in self._outputs.values()]
