"""Metrics; each states its protocol, and numbers of different protocols are never compared."""

from srgan.metrics.consistency import consistency
from srgan.metrics.gradient_histogram import GradientHistogram, gradient_distance
from srgan.metrics.grid_index import grid_index
from srgan.metrics.kernel_distance import KernelDistance, kernel_distance
from srgan.metrics.label_accuracy import LabelAccuracy
from srgan.metrics.lpips import LpipsMetric
from srgan.metrics.luma import luma, without_border
from srgan.metrics.measured import Measured, ProtocolError, check_comparable
from srgan.metrics.ms_ssim import ms_ssim
from srgan.metrics.neighbours import Neighbours, nearest_neighbours
from srgan.metrics.picture_features import PictureFeatures
from srgan.metrics.psnr import psnr
from srgan.metrics.r_precision import draw_distractors, r_precision, r_precision_each
from srgan.metrics.similar_drawings import SimilarDrawings, similar_drawings
from srgan.metrics.ssim import StructuralMeans, ssim, structural_means

__all__ = [
    "GradientHistogram",
    "KernelDistance",
    "LabelAccuracy",
    "LpipsMetric",
    "Measured",
    "Neighbours",
    "PictureFeatures",
    "ProtocolError",
    "SimilarDrawings",
    "StructuralMeans",
    "check_comparable",
    "consistency",
    "draw_distractors",
    "gradient_distance",
    "grid_index",
    "kernel_distance",
    "luma",
    "ms_ssim",
    "nearest_neighbours",
    "psnr",
    "r_precision",
    "r_precision_each",
    "similar_drawings",
    "ssim",
    "structural_means",
    "without_border",
]
