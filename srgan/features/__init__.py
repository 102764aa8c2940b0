"""Frozen feature extractors, shared by losses and metrics, and the safe reading of weights that others wrote.

The child process that reads pickles imports this package too: networks are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from srgan.features.weight_files import read_weights

if TYPE_CHECKING:
    from srgan.features.lpips import Lpips
    from srgan.features.vgg19 import VGG19_LAYERS, Vgg19
    from srgan.features.weights import NETWORKS, feature_weights

__all__ = ["NETWORKS", "VGG19_LAYERS", "Lpips", "Vgg19", "feature_weights", "read_weights"]

_HOMES = {
    "NETWORKS": "weights",
    "VGG19_LAYERS": "vgg19",
    "Lpips": "lpips",
    "Vgg19": "vgg19",
    "feature_weights": "weights",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"srgan.features.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'srgan.features' has no attribute {name!r}")
