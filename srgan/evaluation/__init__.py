"""Judging models: rows of numbers, each with its protocol."""

from srgan.evaluation.backgrounds import on_background
from srgan.evaluation.baselines import ColourStatistics, NearestNeighbour, grey_copy, identity
from srgan.evaluation.benchmark_set import BenchmarkPicture, BenchmarkSet
from srgan.evaluation.captioned_pictures import CaptionedPictures
from srgan.evaluation.comparison import SmallPictures, compare_contenders
from srgan.evaluation.contenders import YARDSTICKS, Contender, finished_results, lanczos, running_model
from srgan.evaluation.estimates import Estimate, Spread
from srgan.evaluation.gates import Gate
from srgan.evaluation.merging import merge_rows, read_rows
from srgan.evaluation.multiply_adds import multiply_adds
from srgan.evaluation.nearest_training import NearestTraining
from srgan.evaluation.picture_score import METRICS, PictureScore, metric_protocol, score_picture
from srgan.evaluation.plots import cost_chart, perception_chart, speed_chart
from srgan.evaluation.published import PUBLISHED, Published
from srgan.evaluation.report_files import write_evaluation
from srgan.evaluation.speed import SPEED_PROTOCOL, measure_speed
from srgan.evaluation.super_resolution import evaluate_contenders
from srgan.evaluation.super_resolution_row import Row
from srgan.evaluation.super_resolution_table import SHOWN, super_resolution_csv, super_resolution_table
from srgan.evaluation.text_precision import Judge, TextPrecision, TextScores
from srgan.evaluation.text_to_image import (
    PictureMaker,
    TextToImageReferences,
    TrainingDrawings,
    evaluate_text_to_image,
)
from srgan.evaluation.text_to_image_row import CaptionScore, TextToImageRow
from srgan.evaluation.text_to_image_table import text_to_image_table
from srgan.evaluation.translation import (
    PairScore,
    Translation,
    TranslationPairs,
    TranslationRow,
    evaluate_translation,
)
from srgan.evaluation.translation_table import translation_table

__all__ = [
    "METRICS",
    "PUBLISHED",
    "SHOWN",
    "SPEED_PROTOCOL",
    "YARDSTICKS",
    "BenchmarkPicture",
    "BenchmarkSet",
    "CaptionScore",
    "CaptionedPictures",
    "ColourStatistics",
    "Contender",
    "Estimate",
    "Gate",
    "Judge",
    "NearestNeighbour",
    "NearestTraining",
    "PairScore",
    "PictureMaker",
    "PictureScore",
    "Published",
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
    "cost_chart",
    "evaluate_contenders",
    "evaluate_text_to_image",
    "evaluate_translation",
    "finished_results",
    "grey_copy",
    "identity",
    "lanczos",
    "measure_speed",
    "merge_rows",
    "metric_protocol",
    "multiply_adds",
    "on_background",
    "perception_chart",
    "read_rows",
    "running_model",
    "score_picture",
    "speed_chart",
    "super_resolution_csv",
    "super_resolution_table",
    "text_to_image_table",
    "translation_table",
    "write_evaluation",
]
