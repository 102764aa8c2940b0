"""Metrics; each states its protocol, and numbers of different protocols are never compared."""

from srgan.metrics.grid_index import grid_index
from srgan.metrics.lpips import LpipsMetric
from srgan.metrics.luma import luma, without_border
from srgan.metrics.psnr import psnr
from srgan.metrics.ssim import ssim

__all__ = ["LpipsMetric", "grid_index", "luma", "psnr", "ssim", "without_border"]
