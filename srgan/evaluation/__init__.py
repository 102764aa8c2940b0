"""Judging models: rows of numbers, each with its protocol."""

from srgan.evaluation.backgrounds import on_background
from srgan.evaluation.baselines import ColourStatistics, NearestNeighbour, grey_copy, identity
from srgan.evaluation.captioned_pictures import CaptionedPictures
from srgan.evaluation.estimates import Estimate, Spread
from srgan.evaluation.nearest_training import NearestTraining
from srgan.evaluation.super_resolution import PictureScore, Row, evaluate_model
from srgan.evaluation.text_precision import Judge, TextPrecision, TextScores
from srgan.evaluation.text_to_image import (
    CaptionScore,
    PictureMaker,
    TextToImageReferences,
    TextToImageRow,
    TrainingDrawings,
    evaluate_text_to_image,
)
from srgan.evaluation.text_to_image_table import text_to_image_table
from srgan.evaluation.translation import (
    PairScore,
    Translation,
    TranslationPairs,
    TranslationRow,
    evaluate_translation,
    markdown_table,
)

__all__ = [
    "CaptionScore",
    "CaptionedPictures",
    "ColourStatistics",
    "Estimate",
    "Judge",
    "NearestNeighbour",
    "NearestTraining",
    "PairScore",
    "PictureMaker",
    "PictureScore",
    "Row",
    "Spread",
    "TextPrecision",
    "TextScores",
    "TextToImageReferences",
    "TextToImageRow",
    "TrainingDrawings",
    "Translation",
    "TranslationPairs",
    "TranslationRow",
    "evaluate_model",
    "evaluate_text_to_image",
    "evaluate_translation",
    "grey_copy",
    "identity",
    "markdown_table",
    "on_background",
    "text_to_image_table",
]
