"""Batches of crops of two sides: pairs, or pictures that do not belong together."""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from srgan.data.augmentation import turned
from srgan.data.backgrounds import Background, known_colours, laid_on
from srgan.data.sampling import step_generator
from srgan.data.stream import BatchStream
from srgan.data.translation_store import TranslationStore

__all__ = ["Motion", "TranslationBatch", "TranslationBatches"]

Pixels = NDArray[np.uint8]
# Kinds of random numbers, apart from those of other batches; its part is the side of the store.
_ORDER, _LOOKS = 6, 7


@dataclass(frozen=True)
class TranslationBatch:
    """Pictures of one step: `source` and `target`, both ``(B, 3, side, side)`` float32 in [0, 1]."""

    source: Tensor
    target: Tensor


@dataclass(frozen=True)
class Motion:
    """How far pictures are moved at random, both pictures of a pair alike.

    Attributes:
        rotate: largest angle, in degrees.
        zoom: largest factor; as often reduced as enlarged.
        shift: largest way, as a part of the side.
    """

    rotate: float = 0.0
    zoom: float = 1.0
    shift: float = 0.0

    def __call__(self, picture: Pixels, drawn: NDArray[np.float64]) -> Pixels:
        """Move a picture ``(H, W, 3)`` by four numbers from -1 to 1, parts of what is allowed."""
        if self == Motion():
            return picture
        across, down = (float(part) * self.shift * picture.shape[0] for part in drawn[2:])
        return turned(
            picture, angle=float(drawn[0]) * self.rotate, zoom=self.zoom ** float(drawn[1]), shift=(across, down)
        )


@dataclass(frozen=True)
class _Looks:
    """How each picture of a batch is shown."""

    corners: NDArray[np.float64]  # (B, 2): place of the crop, top and left, as parts of what there is room for
    mirrored: NDArray[np.bool_]  # (B,)
    colours: NDArray[np.uint8]  # (B, 3)
    moved: NDArray[np.float64]  # (B, 4): for `Motion`


class TranslationBatches(BatchStream[TranslationBatch]):
    """Endless batches of random crops; the batch of a step depends on its number alone.

    The pictures come in an order drawn anew for every epoch, in which each comes once; an epoch may end in the middle
    of a batch. Both pictures of a pair get the same crop, flip and background; otherwise the two sides have orders,
    epochs and looks of their own.

    Args:
        store: pictures.
        size: pairs a batch (pictures of each side).
        side: of a crop in pixels.
        seed: of the order, the crops, the flips and the backgrounds.
        device: where batches are moved to.
        paired: sources and targets at the same place of the store belong together.
        flip: mirror every second picture, drawn anew each time.
        motion: how far pictures are turned, enlarged and moved, drawn anew each time.
        background: what transparent pixels get: a plain colour drawn anew each time ("random") or once for each
            picture ("fixed"), or the same for all.
        workers: threads that prepare batches.
        rank: of this process among `processes`, each of which gets every n-th pair of a batch.
        processes: that train together.
        ahead: batches kept ready.
    """

    def __init__(
        self,
        store: TranslationStore,
        *,
        size: int,
        side: int,
        seed: int,
        device: torch.device,
        paired: bool,
        flip: bool = False,
        motion: Motion | None = None,
        background: Background = "white",
        workers: int = 1,
        rank: int = 0,
        processes: int = 1,
        ahead: int = 4,
    ) -> None:
        super().__init__(workers=workers, ahead=ahead)
        self._sides = (store.sources, store.targets)
        self._size, self._side, self._seed, self._device = size, side, seed, device
        self._paired, self._flip, self._motion = paired, flip, motion or Motion()
        self._share = slice(rank, None, processes)
        self._colours = self._known_colours(background)
        self._order = functools.lru_cache(maxsize=4)(self._drawn_order)

    def _known_colours(self, background: Background) -> tuple[Pixels, Pixels] | None:
        """The colour behind each picture of both sides; None where it is drawn anew each time."""
        count = len(self._sides[0]), len(self._sides[1])
        if background == "random":
            return None
        colours = known_colours(background, sum(count), seed=self._seed)
        return colours[: count[0]], colours[: count[0]] if self._paired else colours[count[0] :]

    def _drawn_order(self, epoch: int, which: int) -> NDArray[np.int64]:
        return step_generator(self._seed, epoch, stream=_ORDER, part=which).permutation(len(self._sides[which]))

    def numbers(self, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which sources and which targets one step sees, those of all processes."""
        sources = self._numbers(step, 0)
        return sources, sources if self._paired else self._numbers(step, 1)

    def _numbers(self, step: int, which: int) -> NDArray[np.int64]:
        count = len(self._sides[which])
        places = (divmod(step * self._size + item, count) for item in range(self._size))
        return np.array([self._order(epoch, which)[place] for epoch, place in places], np.int64)

    def arrays(self, step: int) -> tuple[Pixels, Pixels]:
        """This process's sources and targets of one step, ``(B, side, side, 3)`` uint8."""
        numbers, looks = self.numbers(step), [self._looks(step, 0)]
        looks.append(looks[0] if self._paired else self._looks(step, 1))
        return self._shown(0, numbers[0], looks[0]), self._shown(1, numbers[1], looks[1])

    def _looks(self, step: int, part: int) -> _Looks:
        """Drawn for the whole batch, so that processes share it."""
        random = step_generator(self._seed, step, stream=_LOOKS, part=part)
        corners = random.random((self._size, 2))
        mirrored = random.random(self._size) < (0.5 if self._flip else 0.0)
        colours = random.integers(0, 256, (self._size, 3)).astype(np.uint8)
        return _Looks(corners, mirrored, colours, random.uniform(-1, 1, (self._size, 4)))

    def _shown(self, which: int, numbers: NDArray[np.int64], looks: _Looks) -> Pixels:
        """Crops of one side on their backgrounds, those of this process."""
        colours = looks.colours if self._colours is None else self._colours[which][numbers]
        looked = (part[self._share] for part in (numbers, colours, looks.corners, looks.mirrored, looks.moved))
        shown = np.empty((len(numbers[self._share]), self._side, self._side, 3), np.uint8)
        # One picture at a time stays in the processor's cache.
        for place, (number, colour, corner, mirrored, moved) in enumerate(zip(*looked, strict=True)):
            crop = self._crop(self._sides[which][number], corner)
            laid = laid_on((crop[:, ::-1] if mirrored else crop)[None], colour)[0]
            shown[place] = self._motion(laid, moved)
        return shown

    def _crop(self, picture: Pixels, corner: NDArray[np.float64]) -> Pixels:
        room = np.array(picture.shape[:2]) - self._side
        top, left = (corner * (room + 1)).astype(int)
        return picture[top : top + self._side, left : left + self._side]

    def batch(self, step: int) -> TranslationBatch:
        """The batch of one step."""
        source, target = (
            # The permuted view of a (B, h, w, 3) array is channels_last already.
            torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2).float() / 255
            for pixels in self.arrays(step)
        )
        return TranslationBatch(source, target)
