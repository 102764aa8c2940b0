"""A network over whole pictures: as often as the size asks for, and in fp32 where less is too coarse."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.runtime.banding import Band, bands, not_finite, recomputed
from srgan.runtime.canvas import Canvas
from srgan.runtime.pixels import Pixels
from srgan.runtime.resample import resize
from srgan.runtime.session import NonFiniteError, Precision
from srgan.runtime.target import passes
from srgan.runtime.transparency import bleed, restore_extremes
from srgan.runtime.upscaler import Upscaler

__all__ = ["NetworkRunner"]

_HALF = ("bf16", "fp16")


class NetworkRunner:
    """Runs a network over pictures; without one, MATLAB's bicubic.

    Attributes:
        upscaler: the network by tiles; None: bicubic alone.
        open_exact: opens the same network in fp32; called once, when it is first needed.
    """

    def __init__(
        self,
        scale: int,
        upscaler: Upscaler | None = None,
        *,
        precision: Precision = "auto",
        open_exact: Callable[[], Upscaler] | None = None,
    ) -> None:
        """Nothing runs yet.

        Args:
            scale: output side / input side of the network.
            upscaler: the network by tiles.
            precision: that was asked for; with ``"auto"`` pictures of more than 8 bits are computed in fp32.
            open_exact: opens the same network in fp32; needed with `upscaler`.
        """
        self.upscaler = upscaler
        self.open_exact = open_exact
        self._scale, self._precision = scale, precision
        self._exact: Upscaler | None = None

    @property
    def seconds(self) -> float:
        """How long the network itself has run so far."""
        return sum(one.seconds for one in (self.upscaler, self._exact) if one is not None)

    def with_alpha(
        self, rgb: Pixels, alpha: Pixels | None, size: tuple[int, int], canvas: Canvas
    ) -> tuple[Pixels, Pixels | None, tuple[str, ...]]:
        """Colour (or grey) and alpha at the size wanted, and notes for people; see `srgan.runtime.Model.upscale`."""
        if alpha is None:
            colour, notes = self.run(rgb, size, canvas)
            return colour, None, notes
        planes = rgb if rgb.ndim == 3 else rgb[..., None]
        filled = bleed(planes, alpha)
        colour, notes = self.run(filled if rgb.ndim == 3 else filled[..., 0], size, canvas)
        if alpha.min() == alpha.max():
            result = canvas.empty(size, alpha.dtype)
            result[...] = alpha.flat[0]
        else:
            result = self.run(alpha, size, canvas)[0]
            restore_extremes(result, alpha)
        return colour, result, notes

    def run(
        self, image: Pixels, size: tuple[int, int], canvas: Canvas, noise: NDArray[np.float32] | None = None
    ) -> tuple[Pixels, tuple[str, ...]]:
        """A picture at the size wanted, and notes for people.

        Args:
            image: ``(H, W)`` or ``(H, W, 3)``.
            size: ``(height, width)`` of the result.
            canvas: makes the arrays.
            noise: ``(1, latent)`` for a network that takes it.

        Raises:
            PictureError: ``"oom"`` or ``"non_finite"``.
        """
        if self.upscaler is None:
            return resize(image, size, canvas.empty), ()
        upscaler = self._suited(image, self.upscaler)
        try:
            return self._repeat(upscaler, image, size, canvas, noise), ()
        except NonFiniteError:
            failed = upscaler.session.precision
            if failed != "fp32":
                try:
                    return self._repeat(self._exactly(), image, size, canvas, noise), (recomputed(failed),)
                except (NonFiniteError, UsageError):
                    pass
            raise not_finite() from None

    def bands(self, image: Pixels, rows: int) -> Iterator[Band]:
        """A picture enlarged by the network's scale, band by band; see `srgan.runtime.Model.bands`."""
        assert self.upscaler is not None
        return bands(self._suited(image, self.upscaler), self._exactly, image, rows)

    def _suited(self, image: Pixels, upscaler: Upscaler) -> Upscaler:
        """The network in the precision that a picture of this depth needs."""
        coarse = self._precision == "auto" and upscaler.session.precision in _HALF
        return self._exactly() if coarse and image.dtype != np.uint8 else upscaler

    def _repeat(
        self,
        upscaler: Upscaler,
        image: Pixels,
        size: tuple[int, int],
        canvas: Canvas,
        noise: NDArray[np.float32] | None,
    ) -> Pixels:
        """Run the network as often as sensible, shrinking in between to what the later runs need."""
        factor = min(size[0] / image.shape[0], size[1] / image.shape[1])
        count = passes(factor, self._scale)
        for index in range(count):
            rest = self._scale ** (count - 1 - index)
            image = upscaler.run(image, canvas.empty, noise)
            image = resize(image, (-(-size[0] // rest), -(-size[1] // rest)), canvas.empty)
        return image if count else resize(image, size, canvas.empty)

    def _exactly(self) -> Upscaler:
        """The same network in fp32, opened when first needed."""
        if self._exact is None:
            assert self.open_exact is not None
            self._exact = self.open_exact()
        return self._exact
