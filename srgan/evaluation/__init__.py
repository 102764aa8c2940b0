"""Judging models: rows of numbers, each with its protocol."""

from srgan.evaluation.super_resolution import PictureScore, Row, evaluate_model

__all__ = ["PictureScore", "Row", "evaluate_model"]
