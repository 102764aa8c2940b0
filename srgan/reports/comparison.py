"""Pictures of several models beside each other, on a page to zoom and pan in."""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from srgan.files import atomic_write, make_folder
from srgan.images import Picture, encode
from srgan.reports.captioned_sheet import captioned_sheet
from srgan.reports.comparison_page import PagePicture, comparison_page
from srgan.reports.differing_crops import Crop, differing_crops

__all__ = ["ComparedPicture", "Comparison"]

Pixels = NDArray[np.uint8]

LOW, TRUTH = "LR", "HR"


@dataclass(frozen=True)
class ComparedPicture:
    """One picture as several models made it.

    Attributes:
        name: of the picture.
        results: by the model's name, each ``(H, W, 3)``; at least one.
        small: what they were made of, ``(H / scale, W / scale, 3)``.
        truth: what they should be, where that is known.
        scores: figures of a result, by the model's name and the metric's.
    """

    name: str
    results: Mapping[str, Pixels]
    small: Pixels
    truth: Pixels | None = None
    scores: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)

    @property
    def scale(self) -> int:
        """Of the enlargement."""
        return int(next(iter(self.results.values())).shape[0]) // int(self.small.shape[0])


class Comparison:
    """A page that is written while the pictures are made, so that few of them are in memory.

    Args:
        path: ``page.html`` for one file with everything inside; a folder (made if need be) gets ``index.html``, the
            pictures beside it in ``pictures/``, and ``crops.png``.
        crops: how many squares are shown of each picture, chosen where the models differ most.
        side: of the squares in pixels.
    """

    def __init__(self, path: Path, *, crops: int = 1, side: int = 96) -> None:
        self._folder = None if path.suffix.lower() in {".html", ".htm"} else path
        self.page = path if self._folder is None else path / "index.html"
        self._crops, self._side = crops, side
        self._pictures: list[PagePicture] = []
        self._rows: list[list[Pixels]] = []
        self._captions: list[str] = []

    def add(self, picture: ComparedPicture) -> None:
        """Add one picture; all must be of the same models.

        Raises:
            ValueError: the models are others than those of the pictures before, or one is called LR or HR.
            OutputError: a file cannot be written.
        """
        if {LOW, TRUTH} & {*picture.results}:
            raise ValueError(f"{LOW} and {TRUTH} are no names of models")
        shown = {LOW: _enlarged(picture.small, picture.scale), **picture.results}
        if picture.truth is not None:
            shown[TRUTH] = picture.truth
        if self._captions and self._captions != [*shown]:
            raise ValueError(f"{picture.name} shows {[*shown]}, and the pictures before {self._captions}")
        self._captions = [*shown]
        crops = self._chosen(picture)
        # Copies, for a part of an array keeps the whole of it in memory.
        parts = [[crop.of(pixels).copy() for pixels in shown.values()] for crop in crops]
        self._rows += parts
        number = len(self._pictures)
        # The small picture is enlarged by the page.
        files = {**shown, LOW: picture.small}
        self._pictures.append(
            PagePicture(
                name=picture.name,
                size=(picture.small.shape[1] * picture.scale, picture.small.shape[0] * picture.scale),
                sources=[
                    self._stored(pixels, f"{number:03d}-{place}-{label}")
                    for place, (label, pixels) in enumerate(files.items())
                ],
                scores=[picture.scores.get(label, {}) for label in files],
                crops=crops,
                parts=[[_uri(part) for part in row] for row in parts],
            )
        )

    def sheet(self) -> Pixels:
        """All crops as one picture ``(H, W, 3)``, a row each."""
        return captioned_sheet(self._captions, self._rows)

    def write(
        self,
        title: str,
        *,
        means: Mapping[str, Mapping[str, float | None]] | None = None,
        notes: Sequence[str] = (),
    ) -> Path:
        """Write the page, and into a folder the sheet of crops; returns the page.

        Args:
            title: of the page.
            means: over all pictures, by the model's name and the metric's.
            notes: what a reader should know, for instance the protocol.

        Raises:
            ValueError: there is no picture.
            OutputError: a file cannot be written.
        """
        if not self._pictures:
            raise ValueError("a comparison needs a picture")
        text = comparison_page(title, self._captions, self._pictures, means=means or {}, notes=notes)
        make_folder(self.page.parent)
        with atomic_write(self.page) as file:
            file.write(text.encode("utf-8", errors="replace"))
        if self._folder is not None:
            with atomic_write(self._folder / "crops.png") as file:
                file.write(_png(self.sheet()))
        return self.page

    def _chosen(self, picture: ComparedPicture) -> list[Crop]:
        differing = [*picture.results.values()]
        if len(differing) == 1:
            differing.append(picture.truth if picture.truth is not None else _enlarged(picture.small, picture.scale))
        return differing_crops(differing, side=self._side, count=self._crops, multiple=picture.scale)

    def _stored(self, pixels: Pixels, name: str) -> str:
        """Where the page finds a picture: a file beside it, or the picture itself."""
        if self._folder is None:
            return _uri(pixels)
        # Names of files must survive any file system and stand in an address as they are.
        place = f"pictures/{re.sub('[^A-Za-z0-9._-]+', '-', name)}.png"
        path = self._folder / place
        make_folder(path.parent)
        with atomic_write(path) as file:
            file.write(_png(pixels))
        return place


def _enlarged(small: Pixels, scale: int) -> Pixels:
    return np.asarray(small.repeat(scale, axis=0).repeat(scale, axis=1), np.uint8)


def _png(pixels: Pixels) -> bytes:
    file = io.BytesIO()
    encode(Picture(np.ascontiguousarray(pixels)), file, "PNG")
    return file.getvalue()


def _uri(pixels: Pixels) -> str:
    return f"data:image/png;base64,{base64.b64encode(_png(pixels)).decode()}"
