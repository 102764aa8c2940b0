"""A server's model with the interface of a loaded one, so that everything else is done as if it ran here."""

import copy
import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from srgan.errors import ModelError, PictureError, UsageError
from srgan.files import escape
from srgan.images import Limits, Picture, PictureInfo, encode, read
from srgan.runtime import Counterpart, Model, ModelMetadata
from srgan.serving.answers import ServerError
from srgan.serving.client import Client

__all__ = ["RemoteModel"]


class RemoteModel(Model):
    """Sends pixels to a server as PNG files, without metadata, and takes pixels back; 16 bits stay 16 bits.

    Attributes:
        client: what asks the server.
    """

    def __init__(self, client: Client, name: str | None = None, scale: float | None = None) -> None:
        """Ask the server what it offers.

        Args:
            client: what asks the server.
            name: of a model for upscaling; the server's default when None.
            scale: the factor that is wished, which chooses among the server's defaults.

        Raises:
            ModelError: it has no such model.
            UsageError: it wants another token or name.
            ServerError: it cannot be reached.
        """
        cards = [card for card in client.models() if card["command"] == "upscale"]
        found = [card for card in cards if card["name"] == name or (name is None and _by_default(card, scale))]
        found.sort(key=_reach)
        if not found:
            listed = ", ".join(card["name"] for card in cards) or "none"
            raise ModelError(f"the server has no model {name or 'for upscaling'!r}; models: {listed}")
        self._card = found[0]
        card: dict[str, Any] = self._card
        super().__init__(
            ModelMetadata(name=card["name"], task=card["task"], scale=card["scale"], licence=card["licence"])
        )
        self.sha256 = card["sha256"]
        self.client = client
        self._strength: float | None = None
        if self._card.get("fidelity"):
            faithful = self._card["fidelity"]
            self.counterpart = Counterpart(faithful["name"], faithful["sha256"], self._faithful)

    @property
    def device_line(self) -> str:
        """What really runs, in one line for people."""
        return f"on a server: {escape(str(self._card['device']))}"

    def _faithful(self) -> Model:
        """The same model at strength 0: which one that is, the server knows."""
        other = copy.copy(self)
        other._strength, other.counterpart, other.team = 0.0, None, (other,)
        return other

    def upscale(  # type: ignore[override]
        self,
        image: Picture,
        *,
        scale: float | None = None,
        size: tuple[int, int] | None = None,
        scratch: Path | None = None,
    ) -> Picture:
        """Like `Model.upscale`, for a `Picture`.

        Raises:
            PictureError: the server refuses the picture, or does not answer (``"server"``).
            UsageError: arrays are not sent.
        """
        if not isinstance(image, Picture):
            raise UsageError("a server takes pictures, not arrays")
        height, width = size or (None, None)
        buffer = io.BytesIO()
        encode(replace(image, info=PictureInfo(), notes=()), buffer, "PNG")
        try:
            served = self.client.upscale(
                buffer.getvalue(),
                model=self.name,
                scale=None if size else scale,
                width=width,
                height=height,
                strength=self._strength,
                format="png",
            )
        except (ServerError, UsageError) as error:
            raise PictureError("server", str(error)) from error
        result = read(served.data, limits=Limits(input_pixels=Limits().output_pixels))
        return replace(image, rgb=result.rgb, alpha=result.alpha)


def _by_default(card: dict[str, Any], scale: float | None) -> bool:
    return card["default"] or (scale is not None and scale <= (card.get("default_scale") or 0))


def _reach(card: dict[str, Any]) -> float:
    return card.get("default_scale") or math.inf
