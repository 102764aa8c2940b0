"""What people look at: contact sheets, comparisons of models, and the page about a training."""

from srgan.reports.captioned_sheet import captioned_sheet
from srgan.reports.comparison import ComparedPicture, Comparison
from srgan.reports.contact_sheet import contact_sheet
from srgan.reports.differing_crops import Crop, differing_crops
from srgan.reports.metric_names import METRIC_NAMES, MetricName, metric_name
from srgan.reports.scatter_chart import Point, scatter_chart
from srgan.reports.text_sheet import text_sheet
from srgan.reports.training_report import write_training_report

__all__ = [
    "METRIC_NAMES",
    "ComparedPicture",
    "Comparison",
    "Crop",
    "MetricName",
    "Point",
    "captioned_sheet",
    "contact_sheet",
    "differing_crops",
    "metric_name",
    "scatter_chart",
    "text_sheet",
    "write_training_report",
]
