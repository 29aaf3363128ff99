"""
What a search shows people: one self-contained page and the pictures in it.

Pictures are SVG written by hand, so that they follow the reader's light or dark theme and weigh
little; images are PNG.  Nothing is loaded from a network.
"""

from profiler.pictures.architecture import architecture_svg
from profiler.pictures.scatter import scatter_svg
from profiler.pictures.table_picture import table_svg
from search.report.curves import curves_svg
from search.report.detections import Detection, detections_png
from search.report.page import write_report
from search.report.verdict import Verdict, verdict_of

__all__ = [
    "Detection",
    "Verdict",
    "architecture_svg",
    "curves_svg",
    "detections_png",
    "scatter_svg",
    "table_svg",
    "verdict_of",
    "write_report",
]
