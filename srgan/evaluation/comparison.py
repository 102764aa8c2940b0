"""Several models on the same pictures, for people to look at."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.errors import PictureError, UsageError
from srgan.evaluation.benchmark_set import BenchmarkSet
from srgan.evaluation.contenders import Contender
from srgan.evaluation.picture_score import PictureScore, metric_protocol, score_picture
from srgan.images import list_pictures, read
from srgan.metrics import LpipsMetric, consistency
from srgan.reports import ComparedPicture, Comparison

__all__ = ["SmallPictures", "compare_contenders"]

Pixels = NDArray[np.uint8]

_SHOWN = ("psnr_y", "ssim_y", "lpips", "grid", "consistency")


class SmallPictures:
    """Pictures to enlarge of which nobody knows the full ones.

    Args:
        inputs: files, and folders with their sub-folders.
        scale: of the enlargement.

    Raises:
        UsageError: one is not there, or a folder holds no picture.
    """

    def __init__(self, inputs: Sequence[Path], *, scale: int) -> None:
        self.scale = scale
        self._paths: list[tuple[Path, str]] = []
        for path in inputs:
            if path.is_file():
                self._paths.append((path, path.stem))
            else:
                found = list_pictures(path)
                self._paths += [(each, each.relative_to(path).with_suffix("").as_posix()) for each in found]
        if not self._paths:
            raise UsageError("which pictures? Name files or folders")

    def __len__(self) -> int:
        return len(self._paths)

    def __iter__(self) -> Iterator[tuple[str, str, Pixels]]:
        """Name, place and pixels ``(H, W, 3)`` of each.

        Raises:
            UsageError: one cannot be read, or has 16 bits.
        """
        for path, place in self._paths:
            try:
                pixels = read(path).rgb
            except PictureError as error:
                raise UsageError(f"{path}: {error}") from error
            if pixels.dtype != np.uint8:
                raise UsageError(f"{path} has 16 bits a sample; pictures of 8 bits are compared")
            yield path.name, place, np.ascontiguousarray(pixels, np.uint8)


def compare_contenders(
    contenders: Sequence[Contender],
    pictures: BenchmarkSet | SmallPictures,
    page: Comparison,
    *,
    title: str,
    lpips: LpipsMetric | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Enlarge all pictures with all contenders, and write the page about it.

    Where the full pictures are known, the figures of `srgan.evaluation.score_picture` stand beside the results; else
    only the consistency with the small ones.

    Args:
        contenders: at least one, of different names.
        pictures: at least one; one-channel files are shown and measured as RGB.
        page: an empty one, of which the caller has chosen the place.
        title: of the page.
        lpips: also measure this, where the full pictures are known.
        jobs: threads that measure.
        progress: called with (done, all) pictures.

    Returns:
        The page.

    Raises:
        UsageError: a picture cannot be used.
        PictureError: memory does not suffice to enlarge one.
        OutputError: the page cannot be written.
    """
    scores: dict[str, list[PictureScore]] = {contender.name: [] for contender in contenders}
    consistent: dict[str, list[float]] = {contender.name: [] for contender in contenders}
    with ThreadPoolExecutor(jobs) as pool:
        for done, compared in enumerate(_made(contenders, pictures, lpips, scores, pool), start=1):
            for name, figures in compared.scores.items():
                value = figures["consistency"]
                assert value is not None
                consistent[name].append(value)
            page.add(compared)
            if progress is not None:
                progress(done, len(pictures))
    means: dict[str, dict[str, float | None]] = {
        name: {"consistency": float(np.mean(values))} for name, values in consistent.items()
    }
    notes = [f"Enlarged {pictures.scale} times. {_devices(contenders)}."]
    if isinstance(pictures, BenchmarkSet):
        means = {name: {metric: _mean(own, metric) for metric in _SHOWN} for name, own in scores.items()}
        learned = None if lpips is None else lpips.protocol
        words = metric_protocol(scores[contenders[0].name], pictures.scale, learned)
        told = [*pictures.protocol.values(), *(words[metric] for metric in _SHOWN if metric in words)]
        notes.append(f"Protocol: {'; '.join(told)}.")
    else:
        notes.append("Consistency: PSNR of RGB between the small picture and the result reduced by MATLAB bicubic.")
    return page.write(title, means=means, notes=notes)


def _made(
    contenders: Sequence[Contender],
    pictures: BenchmarkSet | SmallPictures,
    lpips: LpipsMetric | None,
    scores: dict[str, list[PictureScore]],
    pool: ThreadPoolExecutor,
) -> Iterator[ComparedPicture]:
    """Each picture as all contenders make it; the scores of those with a truth are noted down."""
    if isinstance(pictures, BenchmarkSet):
        for picture in pictures:
            results = _results(contenders, picture.place, picture.small, pictures.scale)
            waiting = {
                name: pool.submit(score_picture, picture, fake, scale=pictures.scale, lpips=lpips)
                for name, fake in results.items()
            }
            found = {name: future.result() for name, future in waiting.items()}
            for name, score in found.items():
                scores[name].append(score)
            figures = {name: {metric: getattr(score, metric) for metric in _SHOWN} for name, score in found.items()}
            yield ComparedPicture(picture.name, results, picture.small, picture.real, figures)
    else:
        for name, place, small in pictures:
            results = _results(contenders, place, small, pictures.scale)
            yield ComparedPicture(
                name,
                results,
                small,
                scores={label: {"consistency": consistency(fake, small)} for label, fake in results.items()},
            )


def _results(contenders: Sequence[Contender], place: str, small: Pixels, scale: int) -> dict[str, Pixels]:
    size = small.shape[0] * scale, small.shape[1] * scale
    return {contender.name: contender.make(place, small, size) for contender in contenders}


def _mean(scores: Sequence[PictureScore], metric: str) -> float | None:
    values = [value for score in scores if (value := getattr(score, metric)) is not None]
    return float(np.mean(values)) if values else None


def _devices(contenders: Sequence[Contender]) -> str:
    return "; ".join(f"{contender.name}: {contender.device}" for contender in contenders)
