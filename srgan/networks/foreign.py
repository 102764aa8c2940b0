"""Generators that others designed and trained, in the architectures that spandrel knows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor, nn

from srgan.errors import UsageError
from srgan.features import read_weights
from srgan.networks.generator import Generator

__all__ = ["Foreign"]

_PREFIX = "network."


class Foreign(Generator):
    """A published super-resolution network (ESRGAN, Real-ESRGAN Compact, SwinIR, HAT, ...), to be trained further.

    ``(B, 3, h, w)`` in [0, 1] to ``(B, 3, h * scale, w * scale)``, not clipped. The architecture and its sizes are
    found from the weights, by spandrel (permissively licensed architectures only). Sides must keep to `minimum` and
    `multiple_of`, as with every generator. A model trained from it is found again from its own weights, so it does not
    need the original file.

    Args:
        weights: ``.safetensors``, ``.pth``, ``.pt`` or ``.ckpt`` file of the network.
    """

    def __init__(self, *, weights: Path) -> None:
        super().__init__()
        self._adopt(read_weights(weights), str(weights))

    @classmethod
    def restored(cls, weights: Mapping[str, Tensor], /, **options: Any) -> Self:  # noqa: ANN401
        """The network of a model file, from its weights alone; the options name a file that may be gone.

        Raises:
            UsageError: the weights are not of a network that spandrel knows.
        """
        generator = cls.__new__(cls)
        Generator.__init__(generator)
        generator._adopt({name.removeprefix(_PREFIX): tensor for name, tensor in weights.items()}, "the model")
        return generator

    def forward(self, x: Tensor) -> Tensor:
        """Upscale a batch."""
        result: Tensor = self.network(x.clone())  # some (RCAN) change their input
        return result

    def _adopt(self, weights: dict[str, Tensor], source: str) -> None:
        # Imported where it is needed: it takes longer to import than all else of the networks.
        from spandrel import ImageModelDescriptor, ModelLoader, UnsupportedModelError

        names = ", ".join(repr(name) for name in list(weights)[:3])
        try:
            found = ModelLoader(device="cpu").load_from_state_dict(weights)
        except UnsupportedModelError:
            raise UsageError(
                f"{source}: spandrel knows no network with such weights ({names}, ...); "
                "if they are of a network of srgan, name it in generator.kind and give the file as init.weights"
            ) from None
        except Exception as error:  # whatever goes wrong when sizes are inferred from strange weights
            raise UsageError(f"{source}: spandrel cannot build a network from these weights ({error!r})") from None
        kind = found.architecture.name
        if not isinstance(found, ImageModelDescriptor) or found.purpose != "SR":
            raise UsageError(f"{source} is a {kind}, made for {found.purpose}; only super-resolution can be trained")
        if (found.input_channels, found.output_channels) != (3, 3):
            raise UsageError(
                f"{source}: this {kind} turns {found.input_channels} channels into {found.output_channels}; "
                "only networks from RGB to RGB can be trained"
            )
        size = found.size_requirements
        if size.square:
            raise UsageError(f"{source}: this {kind} takes square pictures only, and cannot be trained")
        self.network: nn.Module = found.model
        self.scale = found.scale
        self.multiple_of = size.multiple_of
        self.minimum = max(size.minimum, 1)
        self._probe(source, kind)

    def _probe(self, source: str, kind: str) -> None:
        """Some architectures give more than a picture, or another one every time."""
        side = -(-max(self.minimum, 8) // self.multiple_of) * self.multiple_of
        picture = torch.linspace(0, 1, 3 * side * side).reshape(1, 3, side, side)
        training = self.training
        self.eval()
        try:
            with torch.no_grad():
                first, second = self(picture), self(picture)
        except (RuntimeError, TypeError, ValueError) as error:
            raise UsageError(f"{source}: this {kind} does not run on a picture of {side}x{side} ({error})") from None
        self.train(training)
        expected = (1, 3, side * self.scale, side * self.scale)
        if not isinstance(first, Tensor) or first.shape != expected or not torch.equal(first, second):
            raise UsageError(f"{source}: a {kind} does not give one and the same picture, and cannot be trained")
