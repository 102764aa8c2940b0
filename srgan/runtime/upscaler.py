"""Running a network over a picture tile by tile: floats exist only for one tile."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from srgan.errors import ModelError, PictureError
from srgan.files import release
from srgan.runtime.foreign import INVISIBLE, measure_halo
from srgan.runtime.padding import pad
from srgan.runtime.pixels import Empty, Pixels, to_levels, to_planes
from srgan.runtime.session import NonFiniteError, Session, SessionMemoryError
from srgan.runtime.tiles import Span, TilePlan, plan_tiles
from srgan.runtime.window import Window

__all__ = ["Geometry", "Upscaler"]

_SMALLEST_USEFUL = 16
_ROW_OF_TILES = 64 * 1024 * 1024
"""Bytes of a result that are computed side by side before the first row is complete."""

_Place = Callable[[slice, slice, Pixels], None]
"""Takes a finished piece of the result, and its rows and columns in the whole."""

_WHOLE = "and this model needs the picture in one piece: make it smaller (--size)"


@dataclass(frozen=True)
class Geometry:
    """What a network demands of its input.

    Attributes:
        scale: output side / input side.
        halo: how far the surroundings of a pixel matter, input pixels; None: unknown, measured when first needed.
        multiple_of: sides must be a multiple of this.
        minimum: smallest side.
        fixed: the only input ``(height, width)``, or None.
        tiles: ``"any"``: a large picture is cut; ``"seamless"``: only when a measured halo leaves no visible seam;
            ``"none"``: never, because every pixel depends on the whole picture.
        uniform: tiles of large pictures have one shape, as GPUs prepare themselves at length for every new one.
    """

    scale: int
    halo: int | None
    multiple_of: int = 1
    minimum: int = 1
    fixed: tuple[int, int] | None = None
    tiles: Literal["any", "seamless", "none"] = "any"
    uniform: bool = False


class Upscaler:
    """Enlarges (at scale 1: translates) arrays with one session; remembers a tile size that turned out to be too large.

    Attributes:
        session: what computes.
        geometry: the rules of the network.
        useful: largest side, in input pixels, of what one tile adds to the picture.
        free: tiles may be longer on one side, as long as they have no more pixels than a square of that side.
        notes: what was measured about the network, for people.
        seconds: that the network has run so far.
    """

    def __init__(self, session: Session, geometry: Geometry, useful: int, *, free: bool = False) -> None:
        """Combine a session with the rules of its network.

        Args:
            session: what computes.
            geometry: the rules.
            useful: largest side, in input pixels, of what one tile adds to the picture.
            free: shape the tiles to the picture; only their number of pixels is bounded.
        """
        self.session = session
        self.geometry = geometry
        self.useful = useful
        self.free = free
        self.notes: tuple[str, ...] = ()
        self.seconds = 0.0

    def run(self, image: Pixels, empty: Empty, noise: NDArray[np.float32] | None = None) -> Pixels:
        """Enlarge a picture by the network's scale.

        Args:
            image: ``(H, W, 3)``, or ``(H, W)`` for grey (the network sees three equal channels, and the three that it
                returns are averaged); uint8, uint16, or float32 in [0, 1].
            empty: makes the array of the result.
            noise: ``(1, latent)`` for a network that takes it; the same in every tile.

        Returns:
            ``(H * scale, W * scale[, 3])`` of the same type, rounded and clipped.

        Raises:
            PictureError: ``"oom"``: not even the smallest tile fits into memory, or not the whole picture where it
                must not be cut; ``"too_large"``: it is larger than the only input of a network that takes it whole.
            NonFiniteError: the network computed infinities or NaNs.
            ModelError: the network does not do what its metadata say.
        """
        scale = self.geometry.scale
        result = empty((image.shape[0] * scale, image.shape[1] * scale, *image.shape[2:]), image.dtype)

        def place(rows: slice, columns: slice, values: Pixels) -> None:
            result[rows, columns] = values
            release(result)

        for _ in self._rows(image, place, noise):
            pass
        return result

    def bands(self, image: Pixels, rows: int, noise: NDArray[np.float32] | None = None) -> Iterator[Pixels]:
        """The same result from top to bottom, each part as soon as it is complete; the whole never exists.

        Args:
            image: as for `run`.
            rows: of each part; the last one may have fewer.
            noise: as for `run`.

        Raises:
            Exception: as `run`.
        """
        scale = self.geometry.scale
        window = Window((image.shape[0] * scale, image.shape[1] * scale, *image.shape[2:]), image.dtype, rows)
        # What is written to and not yet complete is a row of tiles: low ones keep that small.
        tallest = max(1, _ROW_OF_TILES // (scale**2 * image[0].nbytes))
        for done in self._rows(image, window.place, noise, tallest):
            yield from window.finished(done * scale)

    def _rows(
        self, image: Pixels, place: _Place, noise: NDArray[np.float32] | None, tallest: int | None = None
    ) -> Iterator[int]:
        """Compute the tiles row by row; yields how many input rows are done, after each row of tiles.

        When memory runs out in the middle, smaller tiles go on below what is done.
        """
        height, width = image.shape[:2]
        done = 0
        while done < height:
            try:
                plan = self._plan(image, noise, tallest)
                padded = pad(image, plan.padded, mirror=self.geometry.tiles == "none")
                for row in plan.rows:
                    if row.last <= done:
                        continue
                    rest = replace(row, first=max(row.first, done))
                    for column in plan.columns:
                        self._tile(padded, place, plan.side, rest, column, noise)
                    done = row.last
                    yield done
            except SessionMemoryError as error:
                if self.geometry.tiles == "none":
                    raise PictureError("oom", f"{_words(image)} do not fit into memory, {_WHOLE}; {error}") from error
                side = min(self.useful, math.isqrt(height * width) if self.free else max(height, width))
                if self.geometry.fixed is not None or side <= _SMALLEST_USEFUL:
                    raise PictureError("oom", "out of memory even with the smallest tile") from error
                self.useful = max(_SMALLEST_USEFUL, side // 2)

    def _plan(self, image: Pixels, noise: NDArray[np.float32] | None, tallest: int | None) -> TilePlan:
        height, width = image.shape[:2]
        halo = self._halo(height, width, noise)
        rules = self.geometry
        plan = plan_tiles(
            height,
            width,
            useful=max(height, width) if rules.tiles == "none" else self.useful,
            halo=halo,
            multiple_of=rules.multiple_of,
            minimum=rules.minimum,
            fixed=rules.fixed,
            free=self.free and rules.tiles != "none",
            uniform=rules.uniform,
            # A picture whose halo was not measured is one tile.
            tallest=None if self.geometry.halo is None else tallest,
        )
        if rules.tiles == "none" and len(plan.rows) * len(plan.columns) > 1:
            assert rules.fixed is not None
            wanted = f"more than the {rules.fixed[1]} x {rules.fixed[0]} that this model runs on"
            raise PictureError("too_large", f"{_words(image)} are {wanted}, {_WHOLE}")
        return plan

    def _halo(self, height: int, width: int, noise: NDArray[np.float32] | None) -> int:
        rules = self.geometry
        if rules.tiles == "none":
            return 0
        if rules.halo is not None:
            return rules.halo
        if max(height, width) <= self.useful and rules.fixed is None:
            return 0  # a single tile
        if rules.fixed is not None:
            width = min(rules.fixed) // 4
            self.notes = (f"the model runs on {rules.fixed[1]} x {rules.fixed[0]} pixels only: seams may show",)
        else:
            measured = measure_halo(self.session, rules.scale, rules.multiple_of, noise)
            width = measured.width
            if rules.tiles == "seamless" and measured.error > INVISIBLE:
                self.geometry = replace(rules, tiles="none")
                self.notes = ("the model looks at the whole picture: it runs in one piece, never in tiles",)
                return 0
            self.notes = (
                f"the model does not state its receptive field: tiles overlap by {width} pixels, "
                f"measured difference to the whole picture {255 * measured.error:.2g} of 255 levels",
            )
        self.geometry = replace(rules, halo=width)
        return width

    def _tile(
        self,
        image: Pixels,
        place: _Place,
        side: tuple[int, int],
        row: Span,
        column: Span,
        noise: NDArray[np.float32] | None,
    ) -> None:
        scale = self.geometry.scale
        part = image[row.start : row.start + side[0], column.start : column.start + side[1]]
        kept = (
            slice((row.first - row.start) * scale, (row.last - row.start) * scale),
            slice((column.first - column.start) * scale, (column.last - column.start) * scale),
        )
        where = slice(row.first * scale, row.last * scale), slice(column.first * scale, column.last * scale)
        if part.dtype == np.uint8 and part.ndim == 3:
            with self._timed():
                pixels = self.session.run_pixels(part[None], noise)
            place(*where, self._checked(pixels, side, last=True)[0][kept])
            return
        planes = to_planes((part if part.ndim == 3 else np.repeat(part[..., None], 3, axis=2))[None])
        with self._timed():
            whole = self.session.run(planes, noise)
        output = self._checked(whole, side, last=False)[..., *kept]
        if not np.isfinite(output).all():
            raise NonFiniteError
        if part.ndim == 2:
            output = output.mean(axis=1, keepdims=True)
        levels = to_levels(output, part.dtype)[0]
        place(*where, levels if part.ndim == 3 else levels[..., 0])

    @contextlib.contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - began

    def _checked(self, output: Pixels, side: tuple[int, int], *, last: bool) -> Pixels:
        """The result of a tile, if it has the shape that the scale promises; the channels come last or second."""
        sides = [length * self.geometry.scale for length in side]
        expected = (1, *sides, 3) if last else (1, 3, *sides)
        if output.shape != expected:
            scale = self.geometry.scale
            raise ModelError(f"the model returned {output.shape} where its scale of {scale} promises {expected}")
        return output


def _words(image: Pixels) -> str:
    return f"{image.shape[1]} x {image.shape[0]} pixels"
