"""The workers: each takes an order from the line and carries it out, from the file that came to the file that goes."""

import contextlib
import logging
import threading
import time

import numpy as np

from srgan.batch import Budget
from srgan.errors import PictureError
from srgan.images import Codec, Format, Picture, check_output, format_of
from srgan.runtime import Model, enlarge, passes
from srgan.serving.failures import RequestError, request_error_of
from srgan.serving.line import Line
from srgan.serving.options import GenerateOptions, TranslateOptions, UpscaleOptions
from srgan.serving.order import CURRENT, Answer, Order
from srgan.serving.settings import Settings

__all__ = ["Workers"]

_LARGE_PIXELS = 2_000_000  # that the network goes through: some seconds on a CPU
_LOG = logging.getLogger("srgan.serving")


class Workers:
    """Threads that decode and encode (each in a child process of its own) and compute (through the loop)."""

    def __init__(self, line: Line, settings: Settings) -> None:
        """Prepare.

        Args:
            line: where the orders come from.
            settings: limits, and how many workers.
        """
        self._line = line
        self._settings = settings
        self._memory = Budget(settings.memory_bytes)
        self._codecs = [Codec(limits=settings.limits) for _ in range(settings.workers)]
        self._threads = [
            threading.Thread(target=self._work, args=(codec,), name=f"worker-{index}", daemon=True)
            for index, codec in enumerate(self._codecs)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> bool:
        """Answer what still waits with 503, and end the children when the threads are done with them.

        Args:
            seconds: to wait for the threads.

        Returns:
            Whether all of them have ended.
        """
        for order in self._line.close():
            self._fail(order, RequestError(503, "draining", "the server is shutting down", retry_after=5))
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        for thread, codec in zip(self._threads, self._codecs, strict=True):
            if not thread.is_alive():
                codec.close()
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self, codec: Codec) -> None:
        with contextlib.suppress(Exception):  # starts the child, so that the first picture need not wait for it
            codec.write(Picture(np.zeros((1, 1, 3), np.uint8)), "PNG", seconds=60)
        while (order := self._line.take()) is not None:
            started = time.perf_counter()
            CURRENT.set(order)
            try:
                answer = self._carry_out(order, codec, started)
            except _PostponedError:
                continue
            except BaseException as error:
                self._fail(order, error)
            else:
                order.enter("done")
                order.answer.set_result(answer)
            finally:
                CURRENT.set(None)
            self._memory.give(order.cost)
            order.cost, order.data = 0, b""
            self._line.done(order, time.perf_counter() - started)
            del order

    def _fail(self, order: Order, error: BaseException) -> None:
        failure = request_error_of(error)
        if failure is None:
            _LOG.error("an order failed", exc_info=error, extra={"event": "bug", "request_id": order.request_id})
            failure = RequestError(500, "internal", "this is a bug; the request id helps to find it")
        order.enter("cancelled" if failure.status == 499 else "failed")
        order.answer.set_exception(failure)

    def _carry_out(self, order: Order, codec: Codec, started: float) -> Answer:
        order.check()
        waited = round(1000 * (started - order.accepted))
        picture, pixels, width = None, 0, 0
        if not isinstance(order.options, GenerateOptions):
            order.enter("decoding")
            picture = self._decode(order, codec)
            pixels, width = picture.width * picture.height, picture.width
        order.enter("computing")
        result = self._compute(order, picture)
        del picture
        order.check()
        order.enter("encoding")
        format = _format(order, result.info.format)
        data, lost = _encode(order, codec, result, format)
        session = order.model.sampler.engine if order.model.sampler else order.model.session
        return Answer(
            data=data,
            format=format,
            width=result.width,
            height=result.height,
            pixels=pixels,
            scale=result.width / width if width else 1.0,
            device=session.device if session else "CPU",
            precision=order.precision or (session.precision if session else "fp64"),
            milliseconds=round(1000 * (time.perf_counter() - started)),
            waited=waited,
            notes=(*result.notes, *lost),
        )

    def _decode(self, order: Order, codec: Codec) -> Picture:
        """Read the header, make sure of room, of the limits and of a turn, and then read the picture.

        Raises:
            PictureError: no picture, or too large.
            _PostponedError: it is large, and has to wait.
        """
        if not order.large:
            header = codec.probe(order.data)
            work = self._foresee(order, header.height, header.width, header.format)
            order.expect(work)
            if work > _LARGE_PIXELS and self._line.stand_aside(order):
                order.enter("waiting")
                raise _PostponedError
        self._memory.take(order.wanted)
        order.cost = order.wanted
        order.check()
        picture = codec.read(order.data)
        order.data = b""
        # The header may have promised another size than the pixels have.
        self._foresee(order, picture.height, picture.width, picture.info.format)
        return picture

    def _foresee(self, order: Order, height: int, width: int, format: Format) -> float:
        """Check the size of the result; say what the order will cost in memory, and in pixels for the network."""
        rows, columns = _size(order, height, width)
        check_output(columns, rows, _format(order, format), self._settings.limits)
        # Three or four bytes a pixel, for the picture, for its result (which lies on disk when it is large), and for
        # the same again in the child that writes it.
        order.wanted = 4 * (height * width + 2 * rows * columns)
        options = order.options
        if not isinstance(options, UpscaleOptions):
            return rows * columns
        factor, strength = min(rows / height, columns / width), options.strength
        models = [order.model] if strength > 0 else []
        if strength < 1:
            order.wanted += 4 * rows * columns * (1 + (strength > 0))  # the other result, and the blend of both
            if order.model.counterpart is not None:
                models.append(order.model.counterpart.model())
        return float(height * width * sum(_work(model, factor) for model in models))

    def _compute(self, order: Order, picture: Picture | None) -> Picture:
        options, model = order.options, order.model
        if isinstance(options, GenerateOptions):
            made = model.generate(
                options.text,
                label=options.label,
                first=options.sample,
                seed=options.seed,
                truncation=options.truncation,
            )
            return Picture(made[0])
        assert picture is not None
        if isinstance(options, TranslateOptions):
            return model.translate(picture, size=options.size, seed=options.seed, sample=options.sample)
        return enlarge(model, picture, finish=options.finish, size=_size(order, picture.height, picture.width))


def _work(model: Model, factor: float) -> int:
    """How often the network goes through as many pixels as the picture has."""
    count = passes(factor, model.scale) if model.session else 0
    return int(sum(model.scale ** (2 * index) for index in range(count)))


def _encode(order: Order, codec: Codec, result: Picture, format: Format) -> tuple[bytes, tuple[str, ...]]:
    """The file, and what its format lost.

    Raises:
        PictureError: it cannot be written.
        RequestError: 504: that takes too long.
    """
    try:
        return codec.write(result, format, quality=order.options.quality, seconds=order.seconds_left)
    except PictureError as error:
        if error.code == "timeout":
            order.check()
        raise


class _PostponedError(Exception):
    """The order waits in the line of the large ones; this worker goes on with another."""


def _size(order: Order, height: int, width: int) -> tuple[int, int]:
    """Height and width of the result."""
    options = order.options
    if isinstance(options, UpscaleOptions):
        return options.target.size(height, width, order.model.scale)
    if isinstance(options, TranslateOptions) and options.size is not None:
        factor = options.size / max(height, width)
        return max(1, round(height * factor)), max(1, round(width * factor))
    return height, width


def _format(order: Order, own: Format) -> Format:
    """Of the result."""
    return (format_of(order.options.format) if order.options.format else None) or own
