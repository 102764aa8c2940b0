"""The real pictures: what generators are compared with, and what must be beaten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.judging.drawings import NearestDrawings, nearest_drawings, psnr_each
from pipelines.judging.estimates import Estimate
from srgan.data import find_pictures, fixed_colours, laid_on, load_pictures
from srgan.errors import UsageError
from srgan.metrics import PictureFeatures, kernel_distance, nearest_neighbours

__all__ = ["Baselines", "Pictures", "References", "read_pictures"]

_SUBSETS, _SUBSET = 100, 1000
_LEAST = 4


@dataclass(frozen=True)
class Pictures:
    """Pictures on plain colours of their own.

    Attributes:
        drawings: ``(N, size, size, 4)``.
        colours: ``(N, 3)``.
        laid: the drawings on the colours, ``(N, size, size, 3)``.
        labels: the classes, ``(N,)``; -1: none.
    """

    drawings: NDArray[np.uint8]
    colours: NDArray[np.uint8]
    laid: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.laid)


def read_pictures(folders: Sequence[Path], names: str, *, size: int, classes: int, seed: int, key: str) -> Pictures:
    """Read the pictures of a list.

    Args:
        folders: where they are.
        names: see `srgan.data.find_pictures`.
        size: side.
        classes: number of sub-folders that are classes.
        seed: of the colours.
        key: for messages.

    Raises:
        UsageError: they cannot be used, or are fewer than 4.
    """
    found = find_pictures(folders, names=names, classes=classes, key=key)
    if len(found.paths) < _LEAST:
        raise UsageError(f"{key}.names: {len(found.paths)} pictures are too few to judge by; it takes {_LEAST}")
    drawings = load_pictures(found.paths, size=size, key=key).pixels
    colours = fixed_colours(len(drawings), seed=seed)
    return Pictures(drawings, colours, laid_on(drawings, colours), found.labels)


@dataclass(frozen=True)
class Baselines:
    """PSNR in dB of each held-out picture's substitutes that know nothing but the training pictures.

    Attributes:
        own: (a) the nearest training picture, each of these on its own colour.
        same: (b) the nearest of all training drawings on the colour behind the held-out picture.
        plain: (c) that colour alone.
        any_colour: the nearest training drawing, each on the colour that suits it best: how near held-out pictures
            are to training pictures, for samples to be compared with.
    """

    own: NDArray[np.float64]
    same: NearestDrawings
    plain: NDArray[np.float64]
    any_colour: NearestDrawings


class References:
    """The real side of all comparisons, computed once.

    Args:
        held_out: pictures that no generator has seen.
        training: those that all have.
        features: what the kernel distance compares.
        samples: pictures of the other side.
        seed: of the subsets and the ceiling's pictures.
        say: told what is being computed.
    """

    def __init__(
        self,
        held_out: Pictures,
        training: Pictures,
        *,
        features: Literal["vgg19", "pixels"],
        samples: int,
        seed: int,
        say: Callable[[str], None],
    ) -> None:
        self.held_out, self.training = held_out, training
        self._features, self._samples, self._seed = PictureFeatures(features), samples, seed
        self._subset = min(_SUBSET, len(held_out) // 2, samples // 2, len(training) // 2)
        say(f"features of {len(held_out)} held-out pictures")
        self._real = self._features(held_out.laid)
        chosen = np.random.default_rng(seed).permutation(len(training))[:samples]
        say(f"the ceiling: {len(chosen)} training pictures")
        self.ceiling, self.ceiling_pictures = self.distance(training.laid[chosen]), len(chosen)
        say("the floor: plain colours")
        plain = fixed_colours(samples, seed=seed + 2)
        self.floor = self.distance(_filled(plain, held_out.laid.shape[1]))
        say(f"the nearest of {len(training)} training pictures to each held-out one")
        self.baselines = Baselines(
            own=nearest_neighbours(held_out.laid, training.laid).psnr,
            same=nearest_drawings(held_out.laid, training.drawings, held_out.colours),
            plain=psnr_each(_filled(held_out.colours, held_out.laid.shape[1]), held_out.laid),
            any_colour=nearest_drawings(held_out.laid, training.drawings),
        )

    @property
    def protocol(self) -> str:
        """What the distances are, in words."""
        size = self.held_out.laid.shape[1]
        return (
            f"kernel distance (unbiased MMD^2, cubic kernel, mean of {_SUBSETS} subsets of {self._subset}; standard "
            f"errors over these) in {self._features.protocol}; {self._samples} generated and "
            f"{len(self.held_out)} held-out pictures of {size}x{size}, each on a plain colour of its own"
        )

    def distance(self, pictures: NDArray[np.uint8]) -> Estimate:
        """The kernel distance of pictures ``(N, size, size, 3)`` from the held-out ones."""
        random = np.random.default_rng(self._seed)
        measured = kernel_distance(
            self._features(pictures), self._real, subsets=_SUBSETS, size=self._subset, random=random
        )
        return Estimate(*measured)


def _filled(colours: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.broadcast_to(colours[:, None, None], (len(colours), size, size, 3)))
