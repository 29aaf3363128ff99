"""A trained network as files to deploy: ONNX in float, half and 8 bits, TensorRT engines."""

from search.export.agreement import TOLERANCE
from search.export.files import export_files
from search.export.onnx_file import export_onnx
from search.export.onnx_module import OnnxModule
from search.export.plan import Artefact, ExportPlan
from search.export.report import export_document

__all__ = [
    "TOLERANCE",
    "Artefact",
    "ExportPlan",
    "OnnxModule",
    "export_document",
    "export_files",
    "export_onnx",
]
