"""What Prometheus may know; labels are routes, models and codes, whose number is bounded."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from srgan.serving.order import Answer, Order

__all__ = ["CONTENT_TYPE", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "srgan_requests",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "srgan_request_seconds", "Until the answer was sent.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.pictures = Counter(
            "srgan_pictures", "Pictures by command, model and what became of them.", ["command", "model", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.pixels = Counter("srgan_pixels", "Pixels in and out.", ["direction", "model"], registry=self.registry)
        self.compute = Histogram(
            "srgan_picture_seconds", "From a picture's turn to its end, waiting not counted.", ["model"],
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self.fallbacks = Counter(
            "srgan_precision_fallbacks", "Pictures computed in another precision than the usual one.", ["model"],
            registry=self.registry,
        )  # fmt: skip
        self.models = Gauge(
            "srgan_model_info", "Always 1: what runs where.", ["model", "command", "device", "precision"],
            registry=self.registry,
        )  # fmt: skip
        ProcessCollector(registry=self.registry)

    def watch(self, name: str, text: str, value: Callable[[], float]) -> None:
        """A gauge that is asked when it is read."""
        Gauge(name, text, registry=self.registry).set_function(value)

    def finished(self, order: Order) -> None:
        """Count an order that has ended."""
        name = order.model.name
        error = order.answer.exception()
        outcome = "done" if error is None else str(getattr(error, "code", "internal"))
        self.pictures.labels(order.command, name, outcome).inc()
        if error is not None:
            return
        answer: Answer = order.answer.result()
        self.pixels.labels("in", name).inc(answer.pixels)
        self.pixels.labels("out", name).inc(answer.width * answer.height)
        self.compute.labels(name).observe(answer.milliseconds / 1000)
        backend = order.model.sampler.engine if order.model.sampler else order.model.session
        if backend is not None and answer.precision != backend.precision:
            self.fallbacks.labels(name).inc()

    def render(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)
