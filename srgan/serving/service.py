"""What stands behind the routes: models, line, workers, jobs, and whether the server is going away."""

import logging

from srgan.runtime import Command
from srgan.serving.failures import RequestError
from srgan.serving.inference import InferenceLoop
from srgan.serving.jobs import Jobs
from srgan.serving.line import Line
from srgan.serving.metrics import Metrics
from srgan.serving.offer import Offer
from srgan.serving.options import GenerateOptions, TranslateOptions, UpscaleOptions
from srgan.serving.order import Order, tell_when_done
from srgan.serving.settings import Settings
from srgan.serving.workers import Workers

__all__ = ["Service"]

_LOG = logging.getLogger("srgan.serving")
_LAST_SECONDS = 1.0


class Service:
    """The parts of a server that outlive a request.

    Attributes:
        settings: how it is run.
        offer: the models.
        line: the orders that are accepted.
        jobs: the asynchronous ones.
        metrics: the counters.
        draining: whether it takes leave: nothing new is accepted.
        uploading: bytes of bodies that are on their way in.
        ended: after `stop`: whether no thread computes any more.
    """

    def __init__(self, settings: Settings, offer: Offer, loop: InferenceLoop) -> None:
        """Combine the parts; nothing runs before `start`."""
        self.settings = settings
        self.offer = offer
        self.metrics = Metrics()
        self.line = Line(places=settings.queue, job_places=settings.jobs, workers=settings.workers)
        self.jobs = Jobs(settings)
        self.draining = False
        self.uploading = 0
        self.ended = False
        self._loop = loop
        self._workers = Workers(self.line, settings)
        self._started = False
        metrics = self.metrics
        metrics.watch("srgan_queue", "Pictures accepted and not yet answered, jobs not counted.", self.line.taken)
        metrics.watch("srgan_queue_waiting", "Pictures and jobs that are not in hand yet.", lambda: self.line.waiting)
        metrics.watch("srgan_queue_limit", "Pictures that are accepted at most.", lambda: settings.queue)
        metrics.watch("srgan_jobs", "Asynchronous jobs that are kept.", lambda: len(self.jobs))
        metrics.watch("srgan_uploading_bytes", "Of bodies on their way in.", lambda: self.uploading)
        metrics.watch("srgan_ready", "Whether pictures are accepted.", lambda: self.problem is None)
        for card in offer.cards:
            metrics.models.labels(card.name, card.command, card.device, card.precision).set(1)

    def start(self) -> None:
        """Start the threads."""
        self._loop.start()
        self._workers.start()
        self._started = True

    def stop(self) -> None:
        """End the threads; what is still in hand is given up, and `ended` tells whether some of it goes on."""
        self.draining = True
        self.jobs.clear()
        ended = self._workers.stop(_LAST_SECONDS) if self._started else True
        self._loop.stop()
        self.ended = self._loop.join(_LAST_SECONDS) and ended

    @property
    def problem(self) -> str | None:
        """Why no picture is accepted at the moment, in a word; None when it is."""
        if not self._started:
            return "starting"
        if self.draining:
            return "draining"
        return "queue_full" if self.line.is_full() else None

    def check(self, *, job: bool = False) -> None:
        """Refuse at once what would be refused after its body has come in.

        Raises:
            RequestError: 429 or 503.
        """
        if self.draining or not self._started:
            raise RequestError(503, "draining", "the server is shutting down; try again", retry_after=5)
        self.line.check(job=job)

    def accept(
        self,
        command: Command,
        options: UpscaleOptions | TranslateOptions | GenerateOptions,
        data: bytes = b"",
        *,
        request_id: str,
        job: bool = False,
    ) -> Order:
        """Put an order in the line.

        Raises:
            RequestError: 404: no such model; 429: the line is full; 503: the server is shutting down; 400: no data.
        """
        scale = options.scale if isinstance(options, UpscaleOptions) else None
        model = self.offer.choose(command, options.model, scale)
        if command != "generate" and not data:
            raise RequestError(400, "empty", "the request has no picture")
        self.check(job=job)
        seconds = self.settings.job_seconds if job else self.settings.compute_seconds
        order = Order(command, model, options, data, seconds=seconds, request_id=request_id)
        self.line.put(order, job=job)
        tell_when_done(order.answer, order, self.metrics.finished)
        return order
