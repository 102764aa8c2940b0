"""The packaged models: index, cards, loading by name or path, and upscaling with one call."""

from srgan.zoo.index import BICUBIC, DEFAULT, INDEX, Entry, find, list_models
from srgan.zoo.loading import load, load_model
from srgan.zoo.upscaling import upscale

__all__ = ["BICUBIC", "DEFAULT", "INDEX", "Entry", "find", "list_models", "load", "load_model", "upscale"]
