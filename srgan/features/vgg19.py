"""VGG-19 as a frozen feature extractor."""

from pathlib import Path

import torch
import torchvision
from torch import Tensor, nn

from srgan.errors import UsageError
from srgan.features.weights import feature_weights

__all__ = ["VGG19_LAYERS", "Vgg19"]

_BLOCKS = (2, 2, 4, 4, 4)


def _layers() -> dict[str, int]:
    """Name -> index in torchvision's ``features``: ``conv3_4`` before and ``relu3_4`` after the activation."""
    names: dict[str, int] = {}
    index = 0
    for block, convolutions in enumerate(_BLOCKS, start=1):
        for convolution in range(1, convolutions + 1):
            names[f"conv{block}_{convolution}"] = index
            names[f"relu{block}_{convolution}"] = index + 1
            index += 2
        index += 1  # the pooling
    return names


VGG19_LAYERS = _layers()


class Vgg19(nn.Module):
    """Feature maps of VGG-19 (Simonyan & Zisserman 2015), as far up as they are asked for.

    ``(B, 3, H, W)`` in [0, 1] to a dictionary of maps by layer name; the ImageNet mean and deviation that the network
    was trained with are applied inside. Frozen: gradients flow to the picture only.

    Args:
        layers: names such as ``"conv5_4"`` (before the activation) or ``"relu2_2"`` (after it).
        weights: a local file; see `srgan.features.feature_weights`.
        sha256: its checksum.

    Raises:
        UsageError: an unknown layer, or no weights.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, layers: list[str], *, weights: Path | None = None, sha256: str | None = None) -> None:
        super().__init__()
        unknown = [name for name in layers if name not in VGG19_LAYERS]
        if unknown or not layers:
            raise UsageError(f"VGG-19 has no layer {', '.join(unknown) or '(none given)'}; use conv1_1 to relu5_4")
        state = feature_weights("vgg19", weights, sha256=sha256)
        depth = 1 + max(VGG19_LAYERS[name] for name in layers)
        features = torchvision.models.vgg19(weights=None).features[:depth]
        # Activations in place would overwrite the maps before them, which may be asked for.
        self.features = nn.Sequential(*(nn.ReLU() if isinstance(part, nn.ReLU) else part for part in features))
        wanted = self.state_dict().keys()
        missing = [name for name in wanted if name not in state]
        if missing:
            raise UsageError(f"the VGG-19 weights lack {', '.join(missing[:3])}; another file is needed")
        self.load_state_dict({name: state[name] for name in wanted})
        self.names = {VGG19_LAYERS[name]: name for name in layers}
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1), persistent=False)
        self.eval().requires_grad_(False)

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Compute the maps."""
        x = (pictures - self.mean) / self.deviation
        maps = {}
        for index, part in enumerate(self.features):
            x = part(x)
            if index in self.names:
                maps[self.names[index]] = x
        return maps
