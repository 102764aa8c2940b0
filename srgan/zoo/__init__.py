"""The packaged models: index, cards, loading by name or path; upscaling, translating and generating with one call."""

from srgan.zoo.generating import generate
from srgan.zoo.index import BICUBIC, DEFAULT, DEFAULTS, INDEX, Entry, default_model, find, list_models, scale_defaults
from srgan.zoo.loading import load, load_model
from srgan.zoo.translating import translate
from srgan.zoo.upscaling import upscale

__all__ = [
    "BICUBIC",
    "DEFAULT",
    "DEFAULTS",
    "INDEX",
    "Entry",
    "default_model",
    "find",
    "generate",
    "list_models",
    "load",
    "load_model",
    "scale_defaults",
    "translate",
    "upscale",
]
