"""Training data: pairs, crops and batches."""

from srgan.data.batches import Batch, Batches
from srgan.data.folders import PairPaths, data_hash, pair_by_name
from srgan.data.sampling import Crop, CropSampler, step_generator
from srgan.data.store import PairStore, load_pair, load_pairs

__all__ = [
    "Batch",
    "Batches",
    "Crop",
    "CropSampler",
    "PairPaths",
    "PairStore",
    "data_hash",
    "load_pair",
    "load_pairs",
    "pair_by_name",
    "step_generator",
]
