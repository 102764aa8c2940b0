"""What the stages do with one file; a failure of a file is a result, never an exception."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from srgan.batch.animating import animate, check_animation, is_animation
from srgan.batch.existing import Existing, Known
from srgan.batch.handing import BandQueue
from srgan.batch.inference import infer
from srgan.batch.job import Item, Job, Result
from srgan.batch.outcome import Outcome, Way, check_unchanged, digest_input, guard, stat_input
from srgan.batch.stage_times import StageTimes
from srgan.batch.stages import Budget
from srgan.batch.streaming import give, streams, write
from srgan.files import make_folder, sha256_file
from srgan.images import BANDED, Decoder, Format, check_output, save
from srgan.runtime import LARGE, Model

__all__ = ["Work"]

_IN_HAND = 768 * 1024 * 1024
_SMALL = 512 * 512
"""Pictures of so many pixels are read before anything else is decided, so that the decoding process is asked once."""


class Work:
    """The functions of the stages for one job."""

    def __init__(self, job: Job, model: Model, journals: Mapping[Path, Known], times: StageTimes | None = None) -> None:
        """Prepare.

        Args:
            job: what to do.
            model: what runs.
            journals: what is known of the outputs in each folder.
            times: told how long the stages work.
        """
        self._times = times or StageTimes()
        self.job = job
        self.model = model
        self._existing = Existing(job, model, journals)
        self._in_hand = Budget(_IN_HAND)

    @contextlib.contextmanager
    def decoder(self) -> Iterator[Callable[[Item], tuple[Way | None, Outcome | None]]]:
        """The decoding function for one thread, with a child process of its own, which ends with the block."""
        with Decoder(limits=self.job.limits, keep_gps=self.job.keep_gps) as decoder:
            yield partial(self.decode, decoder=decoder)

    def close(self) -> None:
        """End the child process that verified, if there was need for one."""
        self._existing.close()

    def decode(self, item: Item, decoder: Decoder) -> tuple[Way | None, Outcome | None]:
        """Check whether there is anything to do, and read the picture."""
        failures: list[Outcome] = []
        started = time.perf_counter()
        with self._times.at("decode"), guard(item, failures):
            way = Way(item, stat_input(item.found.path), "")
            skipped = None if self.job.overwrite else self._existing.judge(way, decoder)
            if skipped is not None:
                return None, skipped
            header, small = decoder.look(item.found.path, _SMALL)
            way.size = self.job.target.size(header.height, header.width, self.model.scale)
            check_output(way.size[1], way.size[0], item.format, self.job.limits)
            way.sha256 = way.sha256 or digest_input(item.found.path)
            way.animated = is_animation(self.job, header)
            if way.animated:
                check_animation(self.job, item, header, way.size)
                return way, None
            way.cost = _cost((header.height, header.width), way.size, item.format)
            waited = self._in_hand.take(way.cost)
            self._times.add("decode", -waited)
            try:
                way.picture = small or decoder.read(item.found.path)
                check_unchanged(item.found.path, way.before)
            except BaseException:
                self.drop(way)
                raise
            way.seconds = time.perf_counter() - started - waited
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
        item = way.item
        with self._times.network(model), guard(item, failures):
            make_folder(item.out.parent)
            if way.animated:
                notes = animate(item, self.job, model, way.size)
                check_unchanged(item.found.path, way.before)
                return None, self._done(way, notes, time.perf_counter() - started)
            assert way.picture is not None
            picture = way.picture
            # The header may have promised another size than the pixels have.
            way.size = self.job.target.size(picture.height, picture.width, model.scale)
            check_output(way.size[1], way.size[0], item.format, self.job.limits)
            if streams(self.job, item, model, picture, way.size):
                way.bands, way.model = BandQueue(), model
                way.seconds += time.perf_counter() - started
                return way, None
            way.picture = infer(picture, self.job, model, item.sample, scratch=item.out.parent)
            way.notes += way.picture.notes
            way.seconds += time.perf_counter() - started
            return way, None
        self.drop(way)
        return None, failures[0]

    def feed(self, way: Way) -> None:
        """Compute what `scale` has left to be computed while it is written."""
        if way.bands is None:
            return
        assert way.picture is not None
        assert way.model is not None
        failure: BaseException | None = None
        try:
            with self._times.network(way.model):
                way.notes += give(way.picture, way.item, way.model, way.bands)
        except BaseException as error:
            failure = error
        self._times.add("assemble", -way.bands.giver_waited)
        way.bands.end(failure)

    def encode(self, way: Way) -> Outcome:
        """Write the output."""
        failures: list[Outcome] = []
        started = time.perf_counter()
        item = way.item
        assert way.picture is not None
        try:
            with self._times.at("encode"), guard(item, failures):
                quality = self.job.quality
                if way.bands is None:
                    lost = save(way.picture, item.out, format=item.format, quality=quality)
                else:
                    lost = write(way.picture, item, self.model.scale, way.bands, quality)
                return self._done(way, lost, way.seconds + time.perf_counter() - started)
            return failures[0]
        finally:
            if way.bands is not None:
                self._times.add("encode", -way.bands.taker_waited)
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


def _cost(before: tuple[int, int], after: tuple[int, int], format: Format) -> int:
    """Bytes that a picture takes: three or four a pixel; 16-bit pictures twice that, which the queues' bound covers.

    A large result is written while it is computed, or kept in a file; unless its format wants it in one piece.
    """
    result = 4 * after[0] * after[1]
    return 4 * before[0] * before[1] + (min(result, 2 * LARGE) if format in BANDED else result)
