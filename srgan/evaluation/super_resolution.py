"""Super-resolution models on sets of pictures, by the protocol of the literature."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from srgan.evaluation.benchmark_set import BenchmarkSet
from srgan.evaluation.contenders import Contender
from srgan.evaluation.picture_score import PictureScore, metric_protocol, score_picture
from srgan.evaluation.super_resolution_row import Row
from srgan.metrics import LpipsMetric

__all__ = ["evaluate_contenders"]


def evaluate_contenders(
    contenders: Sequence[Contender],
    pictures: BenchmarkSet,
    *,
    lpips: LpipsMetric | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Enlarge the small pictures of a set with the real upscaling path and compare with the full ones.

    The 8-bit result and the full picture are compared on BT.601 luma (16 to 235) and on RGB, both without a border of
    `scale` pixels. The grid index needs pictures of ``10 * scale + 1`` pixels a side, and MS-SSIM 176 inside the
    border; smaller ones are left out of the means, and the protocol says how many were measured.

    Args:
        contenders: at least one, of different names.
        pictures: of the set.
        lpips: also measure this, on whole 8-bit RGB pictures.
        jobs: threads that measure while the next picture is enlarged.
        progress: called with (done, all) results.

    Raises:
        UsageError: a picture cannot be used.
        PictureError: memory does not suffice to enlarge one.
    """
    scores: list[list[PictureScore]] = [[] for _ in contenders]
    learned = None if lpips is None else lpips.protocol
    total, done = len(pictures) * len(contenders), 0
    with ThreadPoolExecutor(jobs) as pool:
        waiting: deque[tuple[int, Future[PictureScore]]] = deque()
        for picture in pictures:
            for place, contender in enumerate(contenders):
                fake = contender.make(picture.place, picture.small, picture.real.shape[:2])
                waiting.append((place, pool.submit(score_picture, picture, fake, scale=pictures.scale, lpips=lpips)))
                # No more pictures in memory than there are threads to measure them.
                while len(waiting) > jobs:
                    done = _collect(waiting, scores, done, total, progress)
        while waiting:
            done = _collect(waiting, scores, done, total, progress)
    return [
        Row(
            model=contender.name,
            dataset=pictures.name,
            scale=pictures.scale,
            images=len(own),
            protocol={**pictures.protocol, **metric_protocol(own, pictures.scale, learned)},
            device=contender.device,
            pictures=tuple(own),
        )
        for contender, own in zip(contenders, scores, strict=True)
    ]


def _collect(
    waiting: "deque[tuple[int, Future[PictureScore]]]",
    scores: list[list[PictureScore]],
    done: int,
    total: int,
    progress: Callable[[int, int], None] | None,
) -> int:
    place, future = waiting.popleft()
    scores[place].append(future.result())
    if progress is not None:
        progress(done + 1, total)
    return done + 1
