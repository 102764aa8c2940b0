"""Export: checkpoint to ONNX, compared with its network before it appears."""

from srgan.exporting.export import ExportReport, export_model
from srgan.exporting.graph import to_onnx
from srgan.exporting.importing import ImportReport, import_model
from srgan.exporting.importing_onnx import import_onnx
from srgan.exporting.parity import check_parity
from srgan.exporting.target import Target, load_target
from srgan.exporting.unpacking import unpack_model

__all__ = [
    "ExportReport",
    "ImportReport",
    "Target",
    "check_parity",
    "export_model",
    "import_model",
    "import_onnx",
    "load_target",
    "to_onnx",
    "unpack_model",
]
