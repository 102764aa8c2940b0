"""Training data: pairs, crops, whole pictures and batches.

Checking and preparing data needs no PyTorch: what does is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from srgan.data.backgrounds import fixed_colours, laid_on
from srgan.data.captions import CaptionedPaths, read_captions
from srgan.data.folders import PairNames, PairPaths, data_hash, pair_by_name
from srgan.data.labelled import LabelledPaths, find_pictures
from srgan.data.picture_store import PictureStore, load_pictures
from srgan.data.sampling import Crop, CropSampler, step_generator
from srgan.data.store import PairStore, cache_folder, load_pair, load_pairs
from srgan.data.stream import BatchStream
from srgan.data.translation_paths import (
    TranslationPaths,
    find_side_by_side,
    find_translation_pairs,
    find_unpaired,
    translation_hash,
    unpaired_hash,
)
from srgan.data.translation_store import TranslationStore, load_translation, load_unpaired

if TYPE_CHECKING:
    from srgan.data.batches import Batch, Batches
    from srgan.data.caption_batches import CaptionBatch, CaptionBatches, CaptionReader
    from srgan.data.picture_batches import PictureBatch, PictureBatches
    from srgan.data.translation_batches import Motion, TranslationBatch, TranslationBatches

__all__ = [
    "Batch",
    "BatchStream",
    "Batches",
    "CaptionBatch",
    "CaptionBatches",
    "CaptionReader",
    "CaptionedPaths",
    "Crop",
    "CropSampler",
    "LabelledPaths",
    "Motion",
    "PairNames",
    "PairPaths",
    "PairStore",
    "PictureBatch",
    "PictureBatches",
    "PictureStore",
    "TranslationBatch",
    "TranslationBatches",
    "TranslationPaths",
    "TranslationStore",
    "cache_folder",
    "data_hash",
    "find_pictures",
    "find_side_by_side",
    "find_translation_pairs",
    "find_unpaired",
    "fixed_colours",
    "laid_on",
    "load_pair",
    "load_pairs",
    "load_pictures",
    "load_translation",
    "load_unpaired",
    "pair_by_name",
    "read_captions",
    "step_generator",
    "translation_hash",
    "unpaired_hash",
]

_HOMES = {
    "Batch": "batches",
    "Batches": "batches",
    "CaptionBatch": "caption_batches",
    "CaptionBatches": "caption_batches",
    "CaptionReader": "caption_batches",
    "Motion": "translation_batches",
    "PictureBatch": "picture_batches",
    "PictureBatches": "picture_batches",
    "TranslationBatch": "translation_batches",
    "TranslationBatches": "translation_batches",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"srgan.data.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'srgan.data' has no attribute {name!r}")
