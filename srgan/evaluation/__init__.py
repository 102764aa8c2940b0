"""Judging models: rows of numbers, each with its protocol."""

from srgan.evaluation.backgrounds import on_background
from srgan.evaluation.baselines import ColourStatistics, NearestNeighbour, grey_copy, identity
from srgan.evaluation.super_resolution import PictureScore, Row, evaluate_model
from srgan.evaluation.translation import (
    PairScore,
    Translation,
    TranslationPairs,
    TranslationRow,
    evaluate_translation,
    markdown_table,
)

__all__ = [
    "ColourStatistics",
    "NearestNeighbour",
    "PairScore",
    "PictureScore",
    "Row",
    "Translation",
    "TranslationPairs",
    "TranslationRow",
    "evaluate_model",
    "evaluate_translation",
    "grey_copy",
    "identity",
    "markdown_table",
    "on_background",
]
