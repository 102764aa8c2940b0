"""Networks: one file each, listed here by the name that run files use."""

from srgan.networks.compact import Compact
from srgan.networks.discriminator import Discriminator, Judgement
from srgan.networks.foreign import Foreign
from srgan.networks.generator import Generator
from srgan.networks.multi_scale import MultiScale
from srgan.networks.patch import Patch
from srgan.networks.receptive_field import receptive_field
from srgan.networks.srresnet import SRResNet
from srgan.networks.unet import UNet
from srgan.networks.vgg_style import VggStyle

__all__ = [
    "DISCRIMINATORS",
    "GENERATORS",
    "Compact",
    "Discriminator",
    "Foreign",
    "Generator",
    "Judgement",
    "MultiScale",
    "Patch",
    "SRResNet",
    "UNet",
    "VggStyle",
    "receptive_field",
]

GENERATORS: dict[str, type[Generator]] = {
    "compact": Compact,
    "foreign": Foreign,
    "srresnet": SRResNet,
}

DISCRIMINATORS: dict[str, type[Discriminator]] = {
    "multi_scale": MultiScale,
    "patch": Patch,
    "unet": UNet,
    "vgg": VggStyle,
}
