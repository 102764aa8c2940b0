"""What people look at: contact sheets, and the page about a training."""

from srgan.reports.captioned_sheet import captioned_sheet
from srgan.reports.contact_sheet import contact_sheet
from srgan.reports.text_sheet import text_sheet
from srgan.reports.training_report import write_training_report

__all__ = ["captioned_sheet", "contact_sheet", "text_sheet", "write_training_report"]
