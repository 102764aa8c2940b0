"""The models that a server offers: loaded once, and named by clients."""

import math
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, Field

from srgan.runtime import Command, Counterpart, Model
from srgan.serving.failures import RequestError
from srgan.serving.inference import InferenceLoop
from srgan.serving.settings import Settings
from srgan.serving.sharing import share
from srgan.zoo import BICUBIC, DEFAULTS, list_models, load, load_model, scale_defaults

__all__ = ["ModelCard", "Offer", "load_offer"]


class FidelityCard(BaseModel):
    """What clients are told about the faithful model beside a perceptual one."""

    name: str = Field(examples=["x4-fidelity"])
    sha256: str = Field(description="Of the model file.")


class ModelCard(BaseModel):
    """What clients are told about a model."""

    name: str = Field(examples=["x4-fidelity"])
    command: Command = Field(description="What the model is for.")
    default: bool = Field(description="Whether it runs when no model is named.")
    default_scale: float | None = Field(description="When no model is named, it runs for factors up to this one.")
    fidelity: FidelityCard | None = Field(description="What `strength` mixes it with; bicubic when null.")
    summary: str = Field(examples=["photographs x4, true to the original: no invented texture"])
    task: str = Field(examples=["super_resolution"])
    scale: int = Field(description="Output side / input side of the network.", examples=[4])
    licence: str = Field(examples=["Apache-2.0"])
    device: str = Field(description="What really runs.", examples=["openvino on CPU (AMD EPYC) in fp32"])
    precision: str = Field(examples=["fp32"])
    sha256: str = Field(description="Of the model file.")
    size: int | None = Field(description="Side in pixels: best for translation; of what is generated.")
    background: str | None = Field(description="Colour behind transparent pictures, for translation.")
    samples: bool = Field(description="Whether it makes another result of another seed.")
    takes: Literal["picture", "text", "class", "noise"] = Field(description="What it makes pictures of.")
    classes: list[str] = Field(description="Names of the classes, if any.")

    def runs_by_default(self, command: Command, scale: float | None) -> bool:
        """Whether it may run for that factor when no model is named; the one of the smallest `default_scale` does."""
        small = scale is not None and self.default_scale is not None and scale <= self.default_scale
        return self.command == command and (self.default or small)


class Offer:
    """The loaded models by command and name; the first of a command is its default.

    A perceptual model and its faithful counterpart share what is loaded where both are offered.

    Attributes:
        cards: what clients are told.
    """

    def __init__(
        self, models: list[tuple[Model, str]], loop: InferenceLoop, defaults: Mapping[int, str] | None = None
    ) -> None:
        """Take over loaded models; their sessions go through `loop` from now on.

        Args:
            models: each with a line that describes it.
            loop: what computes.
            defaults: models that upscale by that factor, or less, when none is named.
        """
        scales = {name: scale for scale, name in (defaults or {}).items()}
        self._models: dict[Command, dict[str, Model]] = {"upscale": {}, "translate": {}, "generate": {}}
        self.cards: list[ModelCard] = []
        for model, summary in models:
            share(model, loop)
            for command in model.metadata.commands:
                default = not self._models[command]
                self._models[command].setdefault(model.name, model)
                most = scales.get(model.name) if command == "upscale" else None
                self.cards.append(_card(model, command, summary, default=default, default_scale=most))
        for model in self:
            self._join(model)

    def _join(self, model: Model) -> None:
        """Let a model find its counterpart among the loaded ones."""
        other = model.counterpart
        found = None if other is None else self._models["upscale"].get(other.name)
        if other is not None and found is not None and found.sha256 == other.sha256:
            model.counterpart = Counterpart(other.name, other.sha256, lambda: found)

    def __iter__(self) -> Iterator[Model]:
        return iter({id(model): model for models in self._models.values() for model in models.values()}.values())

    def choose(self, command: Command, name: str | None, scale: float | None = None) -> Model:
        """The model of that name, or the default of the command (of the scale, where there is one).

        Raises:
            RequestError: 404.
        """
        models = self._models[command]
        if not models:
            raise RequestError(404, "no_model", f"this server has no model for {command}")
        if name is None:
            fits = [card for card in self.cards if card.runs_by_default(command, scale)]
            return models[min(fits, key=_reach).name]
        if name not in models:
            raise RequestError(404, "unknown_model", f"no such model for {command}; there are: {', '.join(models)}")
        return models[name]


def load_offer(settings: Settings, loop: InferenceLoop) -> Offer:
    """Load the models that the settings name: paths, packaged names; all packaged ones when none is named.

    Raises:
        ModelError: no such model, or it is refused.
        UsageError: the device or the precision cannot be had here.
    """
    where = {"device": settings.device, "precision": settings.precision}
    entries = {entry.name: entry for entry in list_models()}
    if settings.models:
        loaded = [
            (name, load_model(name, device=settings.device, precision=settings.precision)) for name in settings.models
        ]
        return Offer([(model, entries[name].summary if name in entries else "") for name, model in loaded], loop)
    first = sorted(entries.values(), key=lambda entry: entry.name not in DEFAULTS.values())
    models = [(load(entry.name, command=None, **where), entry.summary) for entry in first]  # type: ignore[arg-type]
    yardstick = load(BICUBIC, device=settings.device, precision=settings.precision)
    return Offer([*models, (yardstick, "classical resizing, for comparison")], loop, scale_defaults())


def _reach(card: ModelCard) -> float:
    return math.inf if card.default_scale is None else card.default_scale


def _card(model: Model, command: Command, summary: str, *, default: bool, default_scale: float | None) -> ModelCard:
    metadata = model.metadata
    takes: Literal["picture", "text", "class", "noise"] = "picture"
    if command == "generate":
        takes = "text" if metadata.text is not None else "class" if metadata.classes else "noise"
    backend = model.sampler.engine if model.sampler else model.session
    other = model.counterpart
    return ModelCard(
        name=model.name,
        command=command,
        default=default,
        default_scale=default_scale,
        fidelity=None if other is None else FidelityCard(name=other.name, sha256=other.sha256),
        summary=summary,
        task=metadata.task,
        scale=metadata.scale,
        licence=metadata.licence,
        device=model.device_line,
        precision=backend.precision if backend else "fp64",
        sha256=model.sha256.removeprefix("built-in:"),
        size=metadata.size,
        background=metadata.background,
        samples=metadata.latent > 0,
        takes=takes,
        classes=list(metadata.classes),
    )
