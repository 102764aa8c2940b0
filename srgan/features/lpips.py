"""LPIPS, through its authors' package, with backbone weights from a local file."""

import warnings
from pathlib import Path

import lpips
from torch import Tensor, nn

from srgan.errors import UsageError
from srgan.features.weights import feature_weights

__all__ = ["Lpips"]

_NAMES = {"alexnet": "alex", "vgg16": "vgg"}


class Lpips(nn.Module):
    """Learned perceptual distance (Zhang et al. 2018), version 0.1, with AlexNet or VGG-16 as the backbone.

    Two batches ``(B, 3, H, W)`` in [0, 1] to ``(B,)`` distances; 0 for equal pictures, lower is better. The package
    wants [-1, 1], which is done inside. The linear layers come with the package, the backbone does not.

    Args:
        backbone: ``"alexnet"`` or ``"vgg16"``.
        weights: the backbone's; see `srgan.features.feature_weights`.
        sha256: their checksum.

    Raises:
        UsageError: no weights, or those of another network.
    """

    def __init__(self, backbone: str = "alexnet", *, weights: Path | None = None, sha256: str | None = None) -> None:
        super().__init__()
        state = feature_weights(backbone, weights, sha256=sha256)
        with warnings.catch_warnings():
            # The package still calls torchvision with an argument that has a new name.
            warnings.filterwarnings("ignore", message="The parameter 'pretrained' is deprecated")
            warnings.filterwarnings("ignore", message="Arguments other than a weight enum")
            self.network = lpips.LPIPS(net=_NAMES[backbone], pnet_rand=True, verbose=False)
        # slice2.3.weight is features.3.weight
        names = {name: f"features.{name.split('.', 1)[1]}" for name in self.network.net.state_dict()}
        if missing := sorted({*names.values()} - {*state}):
            raise UsageError(f"the weights of {backbone} lack {', '.join(missing[:3])}: they are of another network")
        self.network.net.load_state_dict({name: state[source] for name, source in names.items()})
        self.eval().requires_grad_(False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Measure the distance of each pair."""
        distances: Tensor = self.network(2 * fake - 1, 2 * real - 1)
        return distances.reshape(len(fake))
