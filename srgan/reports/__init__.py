"""What people look at: contact sheets."""

from srgan.reports.contact_sheet import contact_sheet

__all__ = ["contact_sheet"]
