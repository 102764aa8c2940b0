"""Enlarging a picture with wishes beyond the model's result: blended, averaged, with the colours of the input."""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from srgan.images import Picture
from srgan.runtime.canvas import Canvas
from srgan.runtime.finish import Finish
from srgan.runtime.loading import bicubic
from srgan.runtime.low_frequencies import fix_colour
from srgan.runtime.model import Model
from srgan.runtime.pixels import Pixels
from srgan.runtime.strips import Average, blend
from srgan.runtime.target import Target
from srgan.runtime.transparency import bleed

__all__ = ["enlarge"]

_Image = TypeVar("_Image", Picture, Pixels)


def enlarge(
    model: Model,
    image: _Image,
    *,
    finish: Finish | None = None,
    scale: float | None = None,
    size: tuple[int, int] | None = None,
    scratch: Path | None = None,
) -> _Image:
    """What `Model.upscale` makes of a picture, finished as wished.

    Args:
        model: what enlarges.
        image: as for `Model.upscale`.
        finish: the wishes; None takes the result as it is.
        scale: as for `Model.upscale`.
        size: as for `Model.upscale`.
        scratch: as for `Model.upscale`.

    Returns:
        The same kind as `image`. What is wished besides is done before blending; not to the bicubic, which has the
        colours of the input, and treats turned and mirrored pictures alike.

    Raises:
        Exception: as `Model.upscale`.
    """
    finish = finish or Finish()
    if finish.plain:
        return model.upscale(image, scale=scale, size=size, scratch=scratch)
    model.metadata.require("upscale")
    height, width = (image.height, image.width) if isinstance(image, Picture) else image.shape[:2]
    size = size or Target(scale=scale).size(height, width, model.scale)
    canvas = Canvas(scratch)
    if finish.strength == 1:
        return _alone(model, image, finish, size, canvas)
    if model.counterpart is None:
        other = bicubic().upscale(image, size=size, scratch=scratch)
    else:
        other = _alone(model.counterpart.model(), image, finish, size, canvas)
    if finish.strength == 0:
        return other
    result = _alone(model, image, finish, size, canvas)
    pairs = zip(_planes(result), _planes(other), strict=True)
    return _of(result, [blend(one, two, finish.strength, canvas.empty) for one, two in pairs], _notes(other))


def _alone(model: Model, image: _Image, finish: Finish, size: tuple[int, int], canvas: Canvas) -> _Image:
    """One model's result, finished as wished, not blended."""
    if finish.ensemble:
        result = _ensemble(model, image, size, canvas)
    else:
        result = model.upscale(image, size=size, scratch=canvas.folder)
    return _fixed(result, image, canvas) if finish.fix_colour else result


def _ensemble(model: Model, image: _Image, size: tuple[int, int], canvas: Canvas) -> _Image:
    """The mean over the eight symmetries of a square."""
    sums: list[Average] = []
    for turns in range(4):
        for mirrored in (False, True):
            turned = _of(image, [_turned(plane, turns, mirrored=mirrored) for plane in _planes(image)])
            result = model.upscale(turned, size=(size[1], size[0]) if turns % 2 else size, scratch=canvas.folder)
            planes = [_back(plane, turns, mirrored=mirrored) for plane in _planes(result)]
            sums = sums or [Average(plane.shape, plane.dtype, canvas.empty) for plane in planes]
            for total, plane in zip(sums, planes, strict=True):
                total.add(plane)
    return _of(result, [total.result() for total in sums])


def _turned(plane: Pixels, turns: int, *, mirrored: bool) -> Pixels:
    return np.ascontiguousarray(np.rot90(plane[:, ::-1] if mirrored else plane, turns))


def _back(plane: Pixels, turns: int, *, mirrored: bool) -> Pixels:
    plane = np.rot90(plane, -turns)
    return plane[:, ::-1] if mirrored else plane


def _fixed(result: _Image, image: _Image, canvas: Canvas) -> _Image:
    """The result with the low frequencies of the colours that the model was given."""
    if isinstance(image, Picture) or image.ndim == 2 or image.shape[2] == 3:
        old: list[Pixels] = _planes(image)
        new: list[Pixels] = _planes(result)
        visible = _visible(old[0], old[1] if len(old) > 1 else None)
        return _of(result, [fix_colour(new[0], visible, canvas.empty), *new[1:]])
    joined = canvas.empty(result.shape, result.dtype)
    joined[..., :3] = fix_colour(result[..., :3], _visible(image[..., :3], image[..., 3]), canvas.empty)
    joined[..., 3] = result[..., 3]
    return joined


def _visible(colour: Pixels, alpha: Pixels | None) -> Pixels:
    if alpha is None:
        return colour
    return bleed(colour, alpha) if colour.ndim == 3 else bleed(colour[..., None], alpha)[..., 0]


def _planes(image: Picture | Pixels) -> list[Pixels]:
    """The arrays of a picture; the colours of a grey one as one channel."""
    if not isinstance(image, Picture):
        return [image]
    colour: Pixels = image.rgb[..., 0] if image.grey else image.rgb
    return [colour] if image.alpha is None else [colour, image.alpha]


def _notes(image: Picture | Pixels) -> tuple[str, ...]:
    return image.notes if isinstance(image, Picture) else ()


def _of(image: _Image, planes: list[Pixels], notes: tuple[str, ...] = ()) -> _Image:
    """The picture with other arrays, and further notes."""
    if not isinstance(image, Picture):
        return planes[0]
    colour = np.broadcast_to(planes[0][..., None], (*planes[0].shape, 3)) if image.grey else planes[0]
    return replace(
        image,
        rgb=colour,
        alpha=planes[1] if len(planes) > 1 else None,
        notes=tuple(dict.fromkeys((*image.notes, *notes))),
    )
