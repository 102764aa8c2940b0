"""Upscaling or translating many files: plan, overlapped stages, journal, report."""

from srgan.batch.job import Item, Job, Result, Status, Summary, Translation, escape
from srgan.batch.journal import Journal, Row
from srgan.batch.local import preview, run
from srgan.batch.planning import output_is_file, plan
from srgan.batch.report import Report
from srgan.batch.stages import Budget, Pipeline
from srgan.batch.stream import infer_stream, to_bytes

__all__ = [
    "Budget",
    "Item",
    "Job",
    "Journal",
    "Pipeline",
    "Report",
    "Result",
    "Row",
    "Status",
    "Summary",
    "Translation",
    "escape",
    "infer_stream",
    "output_is_file",
    "plan",
    "preview",
    "run",
    "to_bytes",
]
