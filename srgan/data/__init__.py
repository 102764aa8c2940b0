"""Training data: pairs, crops and batches.

Checking and preparing data needs no PyTorch: what does is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from srgan.data.folders import PairNames, PairPaths, data_hash, pair_by_name
from srgan.data.sampling import Crop, CropSampler, step_generator
from srgan.data.store import PairStore, cache_folder, load_pair, load_pairs

if TYPE_CHECKING:
    from srgan.data.batches import Batch, Batches

__all__ = [
    "Batch",
    "Batches",
    "Crop",
    "CropSampler",
    "PairNames",
    "PairPaths",
    "PairStore",
    "cache_folder",
    "data_hash",
    "load_pair",
    "load_pairs",
    "pair_by_name",
    "step_generator",
]


def __getattr__(name: str) -> object:
    if name in ("Batch", "Batches"):
        return getattr(import_module("srgan.data.batches"), name)
    raise AttributeError(f"module 'srgan.data' has no attribute {name!r}")
