"""Networks: one file each, listed here by the name that run files use."""

from srgan.networks.compact import Compact
from srgan.networks.generator import Generator
from srgan.networks.receptive_field import receptive_field
from srgan.networks.srresnet import SRResNet

__all__ = ["GENERATORS", "Compact", "Generator", "SRResNet", "receptive_field"]

GENERATORS: dict[str, type[Generator]] = {
    "compact": Compact,
    "srresnet": SRResNet,
}
