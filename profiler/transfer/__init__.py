"""
A whole table from a handful of measurements, taught by the tables of other devices.

Devices differ in how fast they are far more than in what is slow on them.  A new device therefore
measures the few operations that tell most (``most_telling``), and gets rows for all the others
(``transferred_entries``): marked ``transferred``, each with a 90 % interval.  What no source has a
row for stays missing.
"""

from profiler.transfer.entries import transferred_entries
from profiler.transfer.fitting import LEAST_MEASURED, Transferred, transfer
from profiler.transfer.sources import usable_sources
from profiler.transfer.telling import most_telling, telling_rows
from profiler.transfer.view import View

__all__ = [
    "LEAST_MEASURED",
    "Transferred",
    "View",
    "most_telling",
    "telling_rows",
    "transfer",
    "transferred_entries",
    "usable_sources",
]
