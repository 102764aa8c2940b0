"""Upscaling or translating many files, or making many pictures: plan, stages, journal, report."""

from srgan.batch.caption_file import read_captions
from srgan.batch.drawing import Drawn, Generation, draw, draw_one
from srgan.batch.job import Item, Job, Reported, Result, Status, Summary, Translation, escape
from srgan.batch.journal import Journal, Row
from srgan.batch.local import preview, run
from srgan.batch.planning import output_is_file, plan
from srgan.batch.report import Report
from srgan.batch.request import Request, Unusable, Wish, requests_of
from srgan.batch.request_names import name_pictures
from srgan.batch.stages import Budget, Pipeline
from srgan.batch.stream import infer_stream, to_bytes

__all__ = [
    "Budget",
    "Drawn",
    "Generation",
    "Item",
    "Job",
    "Journal",
    "Pipeline",
    "Report",
    "Reported",
    "Request",
    "Result",
    "Row",
    "Status",
    "Summary",
    "Translation",
    "Unusable",
    "Wish",
    "draw",
    "draw_one",
    "escape",
    "infer_stream",
    "name_pictures",
    "output_is_file",
    "plan",
    "preview",
    "read_captions",
    "requests_of",
    "run",
    "to_bytes",
]
