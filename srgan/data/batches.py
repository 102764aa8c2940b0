"""Batches of crops, prepared by a thread while the network works."""

import queue
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data.augmentation import PairAugmentation
from srgan.data.sampling import CropSampler, step_generator
from srgan.data.store import PairStore

__all__ = ["Batch", "Batches"]


@dataclass(frozen=True)
class Batch:
    """Pairs of one step: `low` ``(B, 3, h, w)`` and `high` ``(B, 3, h * scale, w * scale)``, float32 in [0, 1]."""

    low: Tensor
    high: Tensor


class Batches:
    """Endless batches from `start`, the step that comes next; the batch of a step depends on its number alone.

    Args:
        store: pictures.
        sampler: where to cut.
        size: pairs a batch.
        patch: side of an LR crop in pixels.
        augment: flips and rotations.
        seed: of the flips.
        device: where batches are moved to.
        ahead: batches kept ready.
    """

    def __init__(
        self,
        store: PairStore,
        sampler: CropSampler,
        *,
        size: int,
        patch: int,
        augment: bool,
        seed: int,
        device: torch.device,
        ahead: int = 4,
    ) -> None:
        self._store, self._sampler, self._size, self._patch = store, sampler, size, patch
        self._augmentation = PairAugmentation() if augment else None
        self._seed, self._device, self._ahead = seed, device, ahead
        self.waited = 0.0

    def arrays(self, step: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The crops of one step as ``(B, h, w, 3)`` uint8 arrays."""
        scale, patch = self._store.scale, self._patch
        if self._augmentation is not None:
            self._augmentation.seed(int(step_generator(self._seed, step, stream=1).integers(2**31)))
        lows, highs = [], []
        for crop in self._sampler.draw(step, self._size):
            low = self._store.low[crop.picture][crop.top : crop.top + patch, crop.left : crop.left + patch]
            rows = slice(crop.top * scale, (crop.top + patch) * scale)
            columns = slice(crop.left * scale, (crop.left + patch) * scale)
            high = self._store.high[crop.picture][rows, columns]
            if self._augmentation is not None:
                low, high = self._augmentation(low, high)
            lows.append(low)
            highs.append(high)
        return np.stack(lows), np.stack(highs)

    def batch(self, step: int) -> Batch:
        """The batch of one step."""
        low, high = (torch.from_numpy(array).to(self._device) for array in self.arrays(step))
        # The permuted view of an (B, h, w, 3) array is channels_last already.
        return Batch(low.permute(0, 3, 1, 2).float() / 255, high.permute(0, 3, 1, 2).float() / 255)

    def iterate(self, start: int) -> Generator[Batch, None, None]:
        """Batches from step `start` on; adds the time that the caller had to wait to `waited` (seconds)."""
        ready: queue.Queue[Batch | BaseException] = queue.Queue(self._ahead)
        stop = threading.Event()

        def work() -> None:
            step = start
            try:
                while not stop.is_set():
                    item = self.batch(step)
                    step += 1
                    while not stop.is_set():
                        try:
                            ready.put(item, timeout=0.5)
                            break
                        except queue.Full:
                            continue
            except BaseException as error:
                ready.put(error)

        worker = threading.Thread(target=work, name="srgan-batches", daemon=True)
        worker.start()
        try:
            while True:
                began = time.perf_counter()
                item = ready.get()
                self.waited += time.perf_counter() - began
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stop.set()
            worker.join()
