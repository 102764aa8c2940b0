"""Upscaling or translating many files, or making many pictures: plan, stages, journal, report."""

from srgan.batch.caption_file import read_captions
from srgan.batch.choice import ModelChoice
from srgan.batch.clips import clip_output, is_clip
from srgan.batch.drawing import draw, draw_one
from srgan.batch.failures import failed_inputs
from srgan.batch.generation import Drawn, Generation
from srgan.batch.job import Item, Job, Reported, Result, Status, Summary, Translation
from srgan.batch.journal import Journal, Row
from srgan.batch.local import preview, run
from srgan.batch.planning import output_is_file, plan
from srgan.batch.ray_cluster import Cluster, ray_cluster
from srgan.batch.ray_drawing import draw_on_ray
from srgan.batch.ray_runner import run_on_ray
from srgan.batch.report import Report
from srgan.batch.request import Request, Unusable, Wish, requests_of
from srgan.batch.request_names import name_pictures
from srgan.batch.stage_times import Stage, StageTimes, Stats
from srgan.batch.stages import Budget, Pipeline
from srgan.batch.stream import infer_stream, to_bytes
from srgan.batch.watching import watch

__all__ = [
    "Budget",
    "Cluster",
    "Drawn",
    "Generation",
    "Item",
    "Job",
    "Journal",
    "ModelChoice",
    "Pipeline",
    "Report",
    "Reported",
    "Request",
    "Result",
    "Row",
    "Stage",
    "StageTimes",
    "Stats",
    "Status",
    "Summary",
    "Translation",
    "Unusable",
    "Wish",
    "clip_output",
    "draw",
    "draw_on_ray",
    "draw_one",
    "failed_inputs",
    "infer_stream",
    "is_clip",
    "name_pictures",
    "output_is_file",
    "plan",
    "preview",
    "ray_cluster",
    "read_captions",
    "requests_of",
    "run",
    "run_on_ray",
    "to_bytes",
    "watch",
]
