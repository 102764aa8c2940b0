"""Networks: one file each, listed here by the name that run files use."""

from torch import nn

from srgan.networks.compact import Compact
from srgan.networks.receptive_field import receptive_field
from srgan.networks.srresnet import SRResNet

__all__ = ["GENERATORS", "Compact", "SRResNet", "receptive_field"]

GENERATORS: dict[str, type[nn.Module]] = {
    "compact": Compact,
    "srresnet": SRResNet,
}
