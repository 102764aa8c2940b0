"""Batches of whole pictures, each of them once an epoch."""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data.backgrounds import Background, known_colours, laid_on
from srgan.data.picture_store import PictureStore
from srgan.data.sampling import step_generator
from srgan.data.stream import BatchStream

__all__ = ["PictureBatch", "PictureBatches"]

# Kinds of random numbers; those of crops, augmentation and degradation come before.
_ORDER, _LOOKS = 3, 4


@dataclass(frozen=True)
class PictureBatch:
    """Pictures of one step.

    Attributes:
        pictures: ``(B, 3, size, size)`` float32 in [0, 1].
        labels: ``(B,)`` int64, the class of each; -1: none.
        numbers: ``(B,)`` int64, the place of each in the store.
    """

    pictures: Tensor
    labels: Tensor
    numbers: Tensor


class PictureBatches(BatchStream[PictureBatch]):
    """Endless batches of pictures; the batch of a step depends on its number alone.

    The pictures come in an order drawn anew for every epoch, in which each comes once; an epoch may end in the middle
    of a batch.

    Args:
        store: pictures.
        labels: the class of each, ``(N,)``; -1: none.
        size: pictures a batch.
        seed: of the order, the flips and the backgrounds.
        device: where batches are moved to.
        flip: mirror every second picture, drawn anew each time.
        background: what transparent pixels get: a plain colour drawn anew each time ("random") or once for each
            picture ("fixed"), or the same for all.
        workers: threads that prepare batches.
        rank: of this process among `processes`, each of which gets every n-th picture of a batch.
        processes: that train together.
        ahead: batches kept ready.
    """

    def __init__(
        self,
        store: PictureStore,
        labels: NDArray[np.int64],
        *,
        size: int,
        seed: int,
        device: torch.device,
        flip: bool = False,
        background: Background = "random",
        workers: int = 1,
        rank: int = 0,
        processes: int = 1,
        ahead: int = 4,
    ) -> None:
        super().__init__(workers=workers, ahead=ahead)
        self._store, self._labels, self._size = store, torch.from_numpy(labels), size
        self._seed, self._device, self._flip = seed, device, flip
        self._share = slice(rank, None, processes)
        self._colours: NDArray[np.uint8] | None = None  # one for each picture
        if background != "random":
            self._colours = known_colours(background, len(store), seed=seed)
        self._order = functools.lru_cache(maxsize=2)(self._drawn_order)

    def _drawn_order(self, epoch: int) -> NDArray[np.int64]:
        return step_generator(self._seed, epoch, stream=_ORDER).permutation(len(self._store))

    def numbers(self, step: int) -> NDArray[np.int64]:
        """Which pictures one step sees, those of all processes."""
        places = (divmod(step * self._size + item, len(self._store)) for item in range(self._size))
        return np.array([self._order(epoch)[place] for epoch, place in places], np.int64)

    def arrays(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """This process's pictures of one step, ``(B, size, size, 3)`` uint8, and their numbers ``(B,)``."""
        random, whole = step_generator(self._seed, step, stream=_LOOKS), self.numbers(step)
        turned = random.random(self._size) < 0.5 if self._flip else np.zeros(self._size, bool)
        drawn = random.integers(0, 256, (self._size, 3)).astype(np.uint8)
        colours = drawn if self._colours is None else self._colours[whole]
        numbers = whole[self._share]
        pictures = laid_on(self._store.pixels[numbers], colours[self._share])
        mirrored = turned[self._share]
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        return pictures, numbers

    def batch(self, step: int) -> PictureBatch:
        """The batch of one step."""
        pixels, places = self.arrays(step)
        numbers = torch.from_numpy(places)
        # The permuted view of a (B, h, w, 3) array is channels_last already.
        pictures = torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2).float() / 255
        return PictureBatch(pictures, self._labels[numbers].to(self._device), numbers.to(self._device))
