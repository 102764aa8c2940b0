"""LPIPS, through its authors' package, with backbone weights from a local file."""

import warnings
from pathlib import Path

import lpips
from torch import Tensor, nn

from srgan.features.weights import feature_weights

__all__ = ["Lpips"]


class Lpips(nn.Module):
    """Learned perceptual distance (Zhang et al. 2018), version 0.1 with the AlexNet backbone.

    Two batches ``(B, 3, H, W)`` in [0, 1] to ``(B,)`` distances; 0 for equal pictures, lower is better. The package
    wants [-1, 1], which is done inside. The linear layers come with the package, the backbone does not.

    Args:
        weights: AlexNet's weights; see `srgan.features.feature_weights`.
        sha256: their checksum.

    Raises:
        UsageError: no weights.
    """

    def __init__(self, *, weights: Path | None = None, sha256: str | None = None) -> None:
        super().__init__()
        state = feature_weights("alexnet", weights, sha256=sha256)
        with warnings.catch_warnings():
            # The package still calls torchvision with an argument that has a new name.
            warnings.filterwarnings("ignore", message="The parameter 'pretrained' is deprecated")
            warnings.filterwarnings("ignore", message="Arguments other than a weight enum")
            self.network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
        backbone = {
            name: state[f"features.{name.split('.', 1)[1]}"] for name in self.network.net.state_dict()
        }  # slice2.3.weight is features.3.weight
        self.network.net.load_state_dict(backbone)
        self.eval().requires_grad_(False)

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Measure the distance of each pair."""
        distances: Tensor = self.network(2 * fake - 1, 2 * real - 1)
        return distances.reshape(len(fake))
