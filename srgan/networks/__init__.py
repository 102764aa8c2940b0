"""Networks: one file each, listed here by the name that run files use."""

from srgan.networks.both_domains import BothDomains
from srgan.networks.compact import Compact
from srgan.networks.conditioning_augmentation import ConditioningAugmentation
from srgan.networks.dcgan import Dcgan
from srgan.networks.dcgan_discriminator import DcganDiscriminator
from srgan.networks.dcgan_encoder import DcganEncoder
from srgan.networks.df_gan import DfGan
from srgan.networks.df_gan_discriminator import DfGanDiscriminator
from srgan.networks.discriminator import Discriminator, Judgement, class_judgement, code_judgement
from srgan.networks.feature_generator import FeatureGenerator
from srgan.networks.foreign import Foreign
from srgan.networks.generator import Generator
from srgan.networks.latent_generator import LatentGenerator
from srgan.networks.minibatch import MinibatchDiscrimination, MinibatchStddev
from srgan.networks.multi_scale import MultiScale
from srgan.networks.patch import Patch
from srgan.networks.patch_projection import PatchProjection
from srgan.networks.picture_encoder import PictureEncoder
from srgan.networks.receptive_field import receptive_field
from srgan.networks.recurrent_text_encoder import RecurrentTextEncoder
from srgan.networks.reference_norm import ReferenceBatch, ReferenceNorm
from srgan.networks.resnet import ResNetTranslator
from srgan.networks.spade import Spade
from srgan.networks.srresnet import SRResNet
from srgan.networks.style_encoder import StyleEncoder
from srgan.networks.translation_unet import TranslationUNet
from srgan.networks.unet import UNet
from srgan.networks.vgg_style import VggStyle

__all__ = [
    "DISCRIMINATORS",
    "ENCODERS",
    "GENERATORS",
    "LATENT_GENERATORS",
    "PICTURE_ENCODERS",
    "STYLE_ENCODERS",
    "TEXT_ENCODERS",
    "BothDomains",
    "Compact",
    "ConditioningAugmentation",
    "Dcgan",
    "DcganDiscriminator",
    "DcganEncoder",
    "DfGan",
    "DfGanDiscriminator",
    "Discriminator",
    "FeatureGenerator",
    "Foreign",
    "Generator",
    "Judgement",
    "LatentGenerator",
    "MinibatchDiscrimination",
    "MinibatchStddev",
    "MultiScale",
    "Patch",
    "PatchProjection",
    "PictureEncoder",
    "RecurrentTextEncoder",
    "ReferenceBatch",
    "ReferenceNorm",
    "ResNetTranslator",
    "SRResNet",
    "Spade",
    "StyleEncoder",
    "TranslationUNet",
    "UNet",
    "VggStyle",
    "class_judgement",
    "code_judgement",
    "receptive_field",
]

GENERATORS: dict[str, type[Generator]] = {
    "compact": Compact,
    "foreign": Foreign,
    "resnet": ResNetTranslator,
    "spade": Spade,
    "srresnet": SRResNet,
    "unet": TranslationUNet,
}

LATENT_GENERATORS: dict[str, type[LatentGenerator]] = {
    "dcgan": Dcgan,
    "df_gan": DfGan,
}

ENCODERS: dict[str, type[DcganEncoder]] = {
    "dcgan": DcganEncoder,
}

STYLE_ENCODERS: dict[str, type[StyleEncoder]] = {
    "resnet": StyleEncoder,
}

TEXT_ENCODERS: dict[str, type[RecurrentTextEncoder]] = {
    "recurrent": RecurrentTextEncoder,
}

PICTURE_ENCODERS: dict[str, type[PictureEncoder]] = {
    "conv": PictureEncoder,
}

DISCRIMINATORS: dict[str, type[Discriminator]] = {
    "dcgan": DcganDiscriminator,
    "df_gan": DfGanDiscriminator,
    "multi_scale": MultiScale,
    "patch": Patch,
    "unet": UNet,
    "vgg": VggStyle,
}
