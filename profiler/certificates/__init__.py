"""
From a table to the latency of a whole network, and how far that can be trusted.

``sums`` adds rows up, ``choosing`` fits and chooses a calibration by cross-validation, ``residual``
says where its error comes from, ``expiry`` when a certificate is over, ``pruning`` what a runtime
leaves out before it runs; ``certifying`` makes a certificate of a table that holds networks.
"""

from profiler.certificates.calibration import Calibration, Sums
from profiler.certificates.certificate import (
    ENOUGH_NETWORKS,
    GOOD_WITHIN_10PCT,
    Certificate,
    NetworkPoint,
)
from profiler.certificates.certifying import certify
from profiler.certificates.choosing import JudgedCalibration
from profiler.certificates.expiry import STALE_AFTER, CertifiedRow
from profiler.certificates.pruning import live_edges
from profiler.certificates.ranks import kendall_tau, spearman
from profiler.certificates.residual import Residual, ResidualSource, residual_lines
from profiler.certificates.sums import sum_us, sums_of

__all__ = [
    "ENOUGH_NETWORKS",
    "GOOD_WITHIN_10PCT",
    "STALE_AFTER",
    "Calibration",
    "Certificate",
    "CertifiedRow",
    "JudgedCalibration",
    "NetworkPoint",
    "Residual",
    "ResidualSource",
    "Sums",
    "certify",
    "kendall_tau",
    "live_edges",
    "residual_lines",
    "spearman",
    "sum_us",
    "sums_of",
]
