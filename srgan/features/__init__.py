"""Frozen feature extractors, shared by losses and metrics."""

from srgan.features.lpips import Lpips
from srgan.features.vgg19 import VGG19_LAYERS, Vgg19
from srgan.features.weights import NETWORKS, feature_weights

__all__ = ["NETWORKS", "VGG19_LAYERS", "Lpips", "Vgg19", "feature_weights"]
