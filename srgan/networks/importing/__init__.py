"""Weights that others wrote: reading them safely, and taking over what fits."""

from srgan.networks.importing.partial import PartialLoad, load_partly
from srgan.networks.importing.weight_files import read_weights

__all__ = ["PartialLoad", "load_partly", "read_weights"]
