"""Asynchronous jobs: kept in memory until they are fetched and deleted, or for some minutes."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

from srgan.runtime import Command
from srgan.serving.failures import RequestError
from srgan.serving.order import Order, Stage, tell_when_done
from srgan.serving.settings import Settings

__all__ = ["Job", "JobState", "Jobs"]


class JobState(BaseModel):
    """How far a job is."""

    id: str = Field(examples=["k3hV0Zr1m1yYbq3uXo0v9A"])
    command: Command
    model: str = Field(examples=["x4-fidelity"])
    status: Literal["waiting", "decoding", "computing", "encoding", "done", "failed", "cancelled"]
    progress: float = Field(ge=0, le=1, description="Of the network's work.", examples=[0.42])
    milliseconds: int = Field(description="Since it was accepted, until it ended.")
    code: str | None = Field(None, description="Why it failed.")
    message: str | None = Field(None, description="The same in words.")


@dataclass(eq=False)
class Job:
    """One of them."""

    id: str
    order: Order
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    fetched: bool = False

    @property
    def state(self) -> JobState:
        """What clients are told."""
        order = self.order
        error = order.answer.exception() if order.answer.done() else None
        stage: Stage = order.stage
        until = self.ended or time.monotonic()
        return JobState(
            id=self.id,
            command=order.command,
            model=order.model.name,
            status=stage,
            progress=order.progress,
            milliseconds=round(1000 * (until - self.began)),
            code=getattr(error, "code", None),
            message=getattr(error, "message", None),
        )

    @property
    def size(self) -> int:
        """Bytes of the result."""
        finished = self.order.answer.done() and self.order.answer.exception() is None
        return len(self.order.answer.result().data) if finished else 0


class Jobs:
    """The jobs by their id, which nobody can guess."""

    def __init__(self, settings: Settings) -> None:
        """Start without any; `settings` say how many are kept, and how long."""
        self._settings = settings
        self._jobs: dict[str, Job] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def unfetched(self) -> bool:
        """Whether a result waits to be fetched."""
        return any(job.size and not job.fetched for job in self._jobs.values())

    def check(self) -> None:
        """Make sure that there is room for one more.

        Raises:
            RequestError: 429.
        """
        self._sweep()
        if len(self._jobs) >= self._settings.jobs:
            raise RequestError(429, "queue_full", "too many jobs are kept; delete some or try again", retry_after=5)

    def add(self, order: Order) -> Job:
        """Keep an order that was accepted."""
        job = Job(secrets.token_urlsafe(16), order)
        self._jobs[job.id] = job
        tell_when_done(order.answer, job, _end)
        return job

    def find(self, id: str) -> Job:
        """The job of that id.

        Raises:
            RequestError: 404.
        """
        self._sweep()
        if id not in self._jobs:
            raise RequestError(404, "no_job", "there is no such job; results are kept for some minutes only")
        return self._jobs[id]

    def delete(self, id: str) -> None:
        """Give up a job, and forget its result.

        Raises:
            RequestError: 404.
        """
        self.find(id).order.cancel()
        del self._jobs[id]

    def clear(self) -> None:
        """Give up all of them."""
        for job in self._jobs.values():
            job.order.cancel()
        self._jobs.clear()

    def _sweep(self) -> None:
        """Forget what was kept long enough, and the oldest results when they take too much memory."""
        now = time.monotonic()
        ended = sorted((job for job in self._jobs.values() if job.ended is not None), key=lambda job: job.ended or 0.0)
        held = sum(job.size for job in ended)
        for job in ended:
            if now - (job.ended or now) > self._settings.keep_seconds or held > self._settings.memory_bytes:
                held -= job.size
                del self._jobs[job.id]


def _end(job: Job) -> None:
    job.ended = time.monotonic()
