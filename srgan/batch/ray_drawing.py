"""Making pictures on a Ray cluster: what `srgan.batch.draw` does, in workers that each hold the models."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from srgan.batch.choice import ModelChoice
from srgan.batch.crew import Labour, spread
from srgan.batch.drawing import conduct_drawing, draw_file, prepare_folders
from srgan.batch.generation import Drawn, Generation, Wanted
from srgan.batch.job import Summary
from srgan.batch.ray_cluster import Cluster
from srgan.batch.request import Request, Unusable

__all__ = ["draw_on_ray"]


def draw_on_ray(
    requests: Sequence[Request | Unusable],
    outs: Sequence[Sequence[Path]],
    maker: ModelChoice,
    enlarger: ModelChoice | None,
    cluster: Cluster,
    *,
    on_result: Callable[[Drawn], None],
    say: Callable[[str], None],
    fail_fast: bool = False,
    **wishes: Any,  # noqa: ANN401
) -> Summary:
    """Make and write pictures on a cluster; what was interrupted is continued by doing it again.

    The folders of the pictures and the models' files must have the same paths on all machines.

    Args:
        requests: what is asked for, and lines that ask for nothing usable.
        outs: a file for every picture of every request; none for those lines.
        maker: what makes the pictures, settled.
        enlarger: what enlarges them, settled; None leaves them as they are.
        cluster: where.
        on_result: told of every picture, as soon as it is finished (without its pixels); paths are absolute.
        say: told what a person should know.
        fail_fast: stop at the first failure.
        wishes: further arguments of `Generation`.

    Raises:
        UsageError: no cluster, or it cannot hold the workers.
        ModelError: a model is another file on a worker's machine.
        OutputError: a file cannot be written.
    """
    outs = [[out.absolute() for out in files] for files in outs]

    def there(wanted: list[Wanted], stop: threading.Event) -> Generator[Drawn, None, None]:
        try:
            for _, drawn in spread(_Pictures(maker, enlarger, wishes), wanted, cluster, stop=stop, say=say):
                yield drawn
        finally:
            prepare_folders(outs)  # of workers that died

    prepare_folders(outs)
    return conduct_drawing(requests, outs, there, fail_fast=fail_fast, on_result=on_result, say=say)


@dataclass(frozen=True)
class _Pictures:
    """The craft of a worker that makes pictures."""

    maker: ModelChoice
    enlarger: ModelChoice | None
    wishes: dict[str, Any]

    @property
    def in_hand(self) -> int:
        """Pictures are made one by one, in milliseconds: so many that a worker need not wait for the next."""
        return 4

    def open(self) -> tuple[str, Labour[Wanted, Drawn]]:
        """Load the models."""
        model = self.maker.load()
        how = Generation(model, self.enlarger.load() if self.enlarger else None, **self.wishes)

        def labour(tasks: Iterator[tuple[int, Wanted]]) -> Iterator[tuple[int, Drawn]]:
            for number, wanted in tasks:
                yield number, replace(draw_file(wanted, how), pixels=None)

        return model.device_line, labour

    def lost(self, task: Wanted, message: str) -> Drawn:
        """A picture that is given up."""
        return Drawn(task.request, "failed", task.sample, "crashed", message)
