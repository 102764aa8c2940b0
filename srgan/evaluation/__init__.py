"""Judging models: rows of numbers, each with its protocol."""

from srgan.evaluation.backgrounds import on_background
from srgan.evaluation.baselines import ColourStatistics, NearestNeighbour, grey_copy, identity
from srgan.evaluation.benchmark_set import BenchmarkPicture, BenchmarkSet
from srgan.evaluation.captioned_pictures import CaptionedPictures
from srgan.evaluation.comparison import SmallPictures, compare_contenders
from srgan.evaluation.contenders import YARDSTICKS, Contender, finished_results, lanczos, running_model
from srgan.evaluation.estimates import Estimate, Spread
from srgan.evaluation.nearest_training import NearestTraining
from srgan.evaluation.picture_score import METRICS, PictureScore, metric_protocol, score_picture
from srgan.evaluation.super_resolution import evaluate_contenders, evaluate_model
from srgan.evaluation.super_resolution_row import Row
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
    "METRICS",
    "YARDSTICKS",
    "BenchmarkPicture",
    "BenchmarkSet",
    "CaptionScore",
    "CaptionedPictures",
    "ColourStatistics",
    "Contender",
    "Estimate",
    "Judge",
    "NearestNeighbour",
    "NearestTraining",
    "PairScore",
    "PictureMaker",
    "PictureScore",
    "Row",
    "SmallPictures",
    "Spread",
    "TextPrecision",
    "TextScores",
    "TextToImageReferences",
    "TextToImageRow",
    "TrainingDrawings",
    "Translation",
    "TranslationPairs",
    "TranslationRow",
    "compare_contenders",
    "evaluate_contenders",
    "evaluate_model",
    "evaluate_text_to_image",
    "evaluate_translation",
    "finished_results",
    "grey_copy",
    "identity",
    "lanczos",
    "markdown_table",
    "metric_protocol",
    "on_background",
    "running_model",
    "score_picture",
    "text_to_image_table",
]
