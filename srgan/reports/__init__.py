"""What people look at: contact sheets, and the page about a training."""

from srgan.reports.contact_sheet import contact_sheet
from srgan.reports.training_report import write_training_report

__all__ = ["contact_sheet", "write_training_report"]
