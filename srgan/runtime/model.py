"""A model as people use it: load it, give it pictures, or texts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from srgan.errors import UsageError
from srgan.images import Picture
from srgan.runtime.banding import Band
from srgan.runtime.canvas import Canvas
from srgan.runtime.counterpart import Counterpart
from srgan.runtime.foreign_form import Form
from srgan.runtime.generator_file import GeneratorFile
from srgan.runtime.metadata import ModelMetadata
from srgan.runtime.model_file import ModelFile
from srgan.runtime.network_runner import NetworkRunner
from srgan.runtime.noise import draw_noise
from srgan.runtime.pixels import Pixels, check_pixels
from srgan.runtime.places import Device, Place
from srgan.runtime.sampler import Sampler
from srgan.runtime.session import Backend, Precision, Session
from srgan.runtime.target import Target
from srgan.runtime.translation import prepare, size_at

__all__ = ["Model"]


class Model:
    """A model that enlarges, translates or generates, ready to run; made by `load_model` or `bicubic`.

    Attributes:
        metadata: what the model file says about itself (for a model of somebody else: what running it showed).
        session: what computes pictures from pictures; None for bicubic, which needs none, and where `sampler` is.
        sampler: what makes pictures of texts, classes or noise; None for all other models.
        sha256: of the model file; of the name for bicubic.
        path: of the model file, if it came from one.
        form: how the network of a model of somebody else takes and gives pictures.
        runner: what runs the network over pictures; bicubic where there is none.
        device: where it was to run.
        counterpart: the model that `Finish.strength` mixes this one with; bicubic when None.
        team: this model, and the same one on every further device that was named, each as often as it can have a
            picture in hand; a job gives pictures to all.
    """

    def __init__(
        self,
        metadata: ModelMetadata,
        *,
        runner: NetworkRunner | None = None,
        sampler: Sampler | None = None,
        file: ModelFile | GeneratorFile | None = None,
        device: Device | Place = "auto",
        precision: Precision = "auto",
    ) -> None:
        """Combine the parts; use `load_model` or `bicubic` instead."""
        self.metadata = metadata
        self.runner = runner or NetworkRunner(metadata.scale)
        self.session: Session | None = self.runner.upscaler.session if self.runner.upscaler else None
        self.sampler = sampler
        self.sha256 = file.sha256 if file else "built-in:" + metadata.name
        self.path = file and file.path
        self.team: tuple[Model, ...] = (self,)
        self.form = Form()
        self.device = device
        self.counterpart: Counterpart | None = None
        self._precision: Precision = precision

    @property
    def name(self) -> str:
        """The model's name."""
        return self.metadata.name

    @property
    def scale(self) -> int:
        """Output side / input side of the network."""
        return self.metadata.scale

    @property
    def precision_wanted(self) -> Precision:
        """The precision that was asked for."""
        return self._precision

    @property
    def device_line(self) -> str:
        """What really runs, in one line for people."""
        backends = [model._backend for model in dict.fromkeys(self.team)]
        lines = [f"{one.backend} on {one.device} in {one.precision}" for one in backends if one is not None]
        if len(lines) > 1 and len(set(lines)) == 1:
            return f"{lines[0]}, {len(lines)} workers"
        return ", ".join(lines) or "bicubic on the CPU (numpy)"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know about device, precision and tiles, as far as it has turned out."""
        told = [] if self.form.ours else [f"the model's pictures were found by running it: {self.form.words}"]
        for model in dict.fromkeys(self.team):
            told += (
                *(model._backend.notes if model._backend else ()),
                *(model.runner.upscaler.notes if model.runner.upscaler else ()),
                *(other.notes if (other := model._other) else ()),
            )
        return tuple(dict.fromkeys(told))

    @property
    def network_seconds(self) -> float:
        """How long the network itself, and its counterpart's, has run so far; 0 where there is none."""
        return self.runner.seconds + (self._other.network_seconds if self._other else 0.0)

    @property
    def _other(self) -> "Model | None":
        """The counterpart, once it was needed."""
        return self.counterpart.loaded if self.counterpart else None

    @property
    def _backend(self) -> Backend | None:
        return self.sampler.engine if self.sampler else self.session

    @overload
    def upscale(
        self,
        image: Picture,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Picture: ...
    @overload
    def upscale(
        self,
        image: Pixels,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Pixels: ...
    def upscale(
        self,
        image: Picture | Pixels,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Picture | Pixels:
        """Enlarge one picture.

        A size that is not the network's own is reached by running it as often as sensible (see
        `srgan.runtime.passes`) and then MATLAB's bicubic. Transparent pixels take colours from the visible ones
        around them first, alpha goes through the network too, and what was fully clear or opaque stays exactly so.
        Pictures of more than 8 bits are computed in fp32 unless another precision was asked for.

        Args:
            image: a `Picture`, or an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, or float32 in
                [0, 1].
            scale: factor for both sides; the network's own when None.
            size: output ``(height, width)`` in pixels, instead of `scale`.
            scratch: folder for large intermediate pixels; the system's temporary folder when None.

        Returns:
            The same kind as `image`. A large result may live in an unnamed file instead of RAM.

        Raises:
            PictureError: ``"oom"`` or ``"non_finite"``.
            OutputError: no room for a large result on the disk.
            ValueError: an array of another shape or type.
            UsageError: a scale out of range.
            ModelError: the model is for something else.
        """
        self.metadata.require("upscale")
        canvas = Canvas(scratch)
        if isinstance(image, Picture):
            target = size or Target(scale=scale).size(image.height, image.width, self.scale)
            rgb: Pixels = image.rgb[..., 0] if image.grey else image.rgb
            colour, alpha, notes = self.runner.with_alpha(rgb, image.alpha, target, canvas)
            if image.grey:
                colour = np.broadcast_to(colour[..., None], (*colour.shape, 3))
            return replace(image, rgb=colour, alpha=alpha, notes=(*image.notes, *notes))
        check_pixels(image)
        target = size or Target(scale=scale).size(image.shape[0], image.shape[1], self.scale)
        if image.ndim == 3 and image.shape[2] == 4:
            colour, alpha, _ = self.runner.with_alpha(image[..., :3], image[..., 3], target, canvas)
            assert alpha is not None
            return canvas.joined(colour, alpha)
        return self.runner.with_alpha(image, None, target, canvas)[0]

    def comes_in_bands(self, picture: Picture, size: tuple[int, int]) -> bool:
        """Whether `bands` can make what `upscale` makes of an opaque picture: the network's own size, by tiles."""
        upscaler = self.runner.upscaler
        if upscaler is None or picture.alpha is not None or upscaler.geometry.tiles != "any":
            return False
        return size == (picture.height * self.scale, picture.width * self.scale)

    def bands(self, picture: Picture, rows: int) -> Iterator[Band]:
        """What `upscale` makes of a picture, from top to bottom, without the whole ever being in memory.

        Args:
            picture: one that `comes_in_bands`.
            rows: of a band; the last one may have fewer.

        Yields:
            ``(rows, W, 3)`` each, ``(rows, W)`` for a grey picture. When 16 bits are not enough for the numbers of
            the network, everything is begun anew in fp32 (see `Band`).

        Raises:
            PictureError: ``"oom"`` or ``"non_finite"``.
        """
        self.metadata.require("upscale")
        return self.runner.bands(picture.rgb[..., 0] if picture.grey else picture.rgb, rows)

    @overload
    def translate(
        self, image: Picture, *, size: int | None = None, seed: int = 0, sample: int = 0, scratch: Path | None = None
    ) -> Picture: ...
    @overload
    def translate(
        self, image: Pixels, *, size: int | None = None, seed: int = 0, sample: int = 0, scratch: Path | None = None
    ) -> Pixels: ...
    def translate(
        self,
        image: Picture | Pixels,
        *,
        size: int | None = None,
        seed: int = 0,
        sample: int = 0,
        scratch: Path | None = None,
    ) -> Picture | Pixels:
        """Translate one picture into another one of the same size.

        A model with a background gets transparent pictures laid on it, and its results are opaque. Otherwise
        transparent pixels take colours from the visible ones around them, the colours are translated, and alpha stays
        as it is. Results are in colour even for grey pictures. Pictures of more than 8 bits are computed in fp32
        unless another precision was asked for.

        Args:
            image: a `Picture`, or an array ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` of uint8, uint16, or float32 in
                [0, 1].
            size: bring the longer side to so many pixels before (bicubic); None leaves it.
            seed: of the noise, for models that take some (`metadata.latent`).
            sample: which of the results of that seed; 0 is the first. Every picture gets the same noise.
            scratch: folder for large intermediate pixels; the system's temporary folder when None.

        Returns:
            A `Picture`; or an array ``(H, W, 3)``, with transparency that is kept ``(H, W, 4)``, of the same type.

        Raises:
            PictureError: ``"oom"``: some models need the whole picture in memory; ``"non_finite"``.
            OutputError: no room for a large result on the disk.
            ValueError: an array of another shape or type.
            UsageError: a size, seed or sample out of range.
            ModelError: the model is for something else.
        """
        self.metadata.require("translate")
        canvas = Canvas(scratch)
        noise = draw_noise(seed, sample, self.metadata.latent)
        if isinstance(image, Picture):
            target = size_at(image.height, image.width, size)
            rgb, alpha, notes = prepare(image.rgb, image.alpha, target, self.metadata, canvas.empty)
            colour, more = self.runner.run(rgb, target, canvas, noise)
            return replace(image, rgb=colour, alpha=alpha, grey=False, notes=(*image.notes, *notes, *more))
        check_pixels(image)
        planes = image[..., :3] if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
        alpha = image[..., 3] if image.ndim == 3 and image.shape[2] == 4 else None
        target = size_at(image.shape[0], image.shape[1], size)
        rgb, alpha, _ = prepare(planes, alpha, target, self.metadata, canvas.empty)
        colour = self.runner.run(rgb, target, canvas, noise)[0]
        return colour if alpha is None else canvas.joined(colour, alpha)

    def generate(
        self,
        text: str | Sequence[str] | None = None,
        *,
        label: str | int | None = None,
        count: int = 1,
        first: int = 0,
        seed: int = 0,
        truncation: float | None = None,
        batch: int = 1,
    ) -> list[NDArray[np.uint8]]:
        """Make pictures of a text, of a class, or of nothing but noise.

        Sample i of a seed has the same noise for every text and class, whatever else is made.

        Args:
            text: what the pictures are to show, or several such texts; for a model of texts.
            label: name or number of a class; for a model of classes.
            count: pictures of each.
            first: number of the first sample.
            seed: of the noise.
            truncation: how far the noise may go (see `srgan.runtime.draw_noise`); None sets no limit.
            batch: pictures computed at a time. More are faster on a GPU, and may differ in their last digits.

        Returns:
            ``(size, size, 3)`` each, sRGB; all samples of the first text, then those of the second ...

        Raises:
            UsageError: a text that is empty, too long or unreadable, no such class, a number out of range, or the
                model takes something else.
            ModelError: the model makes pictures of pictures.
            PictureError: ``"oom"`` or ``"non_finite"``.
        """
        self.metadata.require("generate")
        assert self.sampler is not None
        if count < 1 or batch < 1:
            raise UsageError(f"count and batch must be 1 at least, and are {count} and {batch}")
        texts = [text] if text is None or isinstance(text, str) else text
        asked = [self.sampler.check(one, label) for one in texts]
        samples = range(first, first + count)
        return list(self.sampler.draw(asked, samples, seed=seed, truncation=truncation, batch=batch))
