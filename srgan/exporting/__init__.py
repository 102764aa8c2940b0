"""Export: checkpoint to ONNX, compared with its network before it appears."""

from srgan.exporting.export import ExportReport, export_model
from srgan.exporting.graph import to_onnx
from srgan.exporting.parity import check_parity

__all__ = ["ExportReport", "check_parity", "export_model", "to_onnx"]
