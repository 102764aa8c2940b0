"""What the stages do with one file; a failure of a file is a result, never an exception."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from srgan.batch.animating import animate, check_animation, is_animation
from srgan.batch.existing import Existing, Known
from srgan.batch.inference import infer
from srgan.batch.job import Item, Job, Result
from srgan.batch.outcome import Outcome, Way, check_unchanged, digest_input, guard, stat_input
from srgan.batch.stages import Budget
from srgan.files import make_folder, sha256_file
from srgan.images import Decoder, check_output, save
from srgan.runtime import Model

__all__ = ["Work"]

_IN_HAND = 768 * 1024 * 1024


class Work:
    """The functions of the stages for one job."""

    def __init__(self, job: Job, model: Model, journals: Mapping[Path, Known]) -> None:
        """Prepare.

        Args:
            job: what to do.
            model: what runs.
            journals: what is known of the outputs in each folder.
        """
        self.job = job
        self.model = model
        self._existing = Existing(job, model, journals)
        self._in_hand = Budget(_IN_HAND)
        self._decoders: list[Decoder] = []
        self._lock = threading.Lock()

    def decoder(self) -> Callable[[Item], tuple[Way | None, Outcome | None]]:
        """The decoding function for one thread, with a child process of its own."""
        decoder = Decoder(limits=self.job.limits, keep_gps=self.job.keep_gps)
        with self._lock:
            self._decoders.append(decoder)
        return lambda item: self.decode(item, decoder)

    def close(self) -> None:
        """End the child processes."""
        for decoder in self._decoders:
            decoder.close()
        self._existing.close()

    def decode(self, item: Item, decoder: Decoder) -> tuple[Way | None, Outcome | None]:
        """Check whether there is anything to do, and read the picture."""
        failures: list[Outcome] = []
        started = time.perf_counter()
        with guard(item, failures):
            way = Way(item, stat_input(item.found.path), "")
            skipped = None if self.job.overwrite else self._existing.judge(way, decoder)
            if skipped is not None:
                return None, skipped
            header = decoder.probe(item.found.path)
            way.size = self.job.target.size(header.height, header.width, self.model.scale)
            check_output(way.size[1], way.size[0], item.format, self.job.limits)
            way.sha256 = way.sha256 or digest_input(item.found.path)
            way.animated = is_animation(self.job, header)
            if way.animated:
                check_animation(self.job, item, header, way.size)
                return way, None
            # Three or four bytes a pixel; 16-bit pictures take twice that, which the queues' bound covers.
            way.cost = 4 * (header.height * header.width + way.size[0] * way.size[1])
            self._in_hand.take(way.cost)
            try:
                way.picture = decoder.read(item.found.path)
                check_unchanged(item.found.path, way.before)
            except BaseException:
                self.drop(way)
                raise
            way.seconds = time.perf_counter() - started
            return way, None
        return None, failures[0]

    def foresee(self, item: Item, decoder: Decoder) -> Result:
        """What would become of a file; nothing is written."""
        failures: list[Outcome] = []
        with guard(item, failures):
            skipped = (
                None
                if self.job.overwrite
                else self._existing.judge(Way(item, stat_input(item.found.path), ""), decoder)
            )
            if skipped is not None:
                return skipped.result
            header = decoder.probe(item.found.path)
            height, width = self.job.target.size(header.height, header.width, self.model.scale)
            check_output(width, height, item.format, self.job.limits)
            if is_animation(self.job, header):
                check_animation(self.job, item, header, (height, width))
            return Result(item.found.path, "planned", None, "", item.out, item.format, width, height)
        return failures[0].result

    def scalers(self) -> list[Callable[[Way], tuple[Way | None, Outcome | None]]]:
        """The function that runs the network, for every device."""
        return [partial(self._scale, model) for model in self.model.team]

    def _scale(self, model: Model, way: Way) -> tuple[Way | None, Outcome | None]:
        failures: list[Outcome] = []
        started = time.perf_counter()
        with guard(way.item, failures):
            make_folder(way.item.out.parent)
            if way.animated:
                notes = animate(way.item, self.job, model, way.size)
                check_unchanged(way.item.found.path, way.before)
                return None, self._done(way, notes, time.perf_counter() - started)
            assert way.picture is not None
            picture = way.picture
            # The header may have promised another size than the pixels have.
            way.size = self.job.target.size(picture.height, picture.width, model.scale)
            check_output(way.size[1], way.size[0], way.item.format, self.job.limits)
            way.picture = infer(picture, self.job, model, way.item.sample, scratch=way.item.out.parent)
            way.notes += way.picture.notes
            way.seconds += time.perf_counter() - started
            return way, None
        self.drop(way)
        return None, failures[0]

    def encode(self, way: Way) -> Outcome:
        """Write the output."""
        failures: list[Outcome] = []
        started = time.perf_counter()
        item = way.item
        assert way.picture is not None
        try:
            with guard(item, failures):
                quality = self.job.quality
                lost = save(way.picture, item.out, format=item.format, quality=quality)
                return self._done(way, lost, way.seconds + time.perf_counter() - started)
            return failures[0]
        finally:
            self.drop(way)

    def _done(self, way: Way, notes: tuple[str, ...], seconds: float) -> Outcome:
        """The outcome of an output that is in place."""
        item = way.item
        after, digest = item.out.stat(), sha256_file(item.out)
        message = "; ".join(dict.fromkeys((*way.notes, *notes)))
        height, width = way.size
        took = round(1000 * seconds)
        result = Result(item.found.path, "done", None, message, item.out, item.format, width, height, took, digest)
        return Outcome(result, item, self._existing.entry(way, after, digest))

    def drop(self, way: Way) -> None:
        """Give back the memory of a picture."""
        way.picture = None
        cost, way.cost = way.cost, 0
        self._in_hand.give(cost)
