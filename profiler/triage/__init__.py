"""
What to measure again after an upgrade: few operations, then those that seem to have moved.

A new version of a runtime or driver is a new environment with an empty table.  Most operations
cost there what they did before.  ``triage`` looks at what was measured again so far, learns which
causes moved it, predicts for the rest how much they moved, and says what to measure next; what
remains need not be measured, and is transferred with the doubt of its prediction.  How many of
those left are expected to have moved all the same is always said.
"""

from profiler.triage.deciding import TOLERANCE, triage
from profiler.triage.found import Prediction, Triage
from profiler.triage.transferring import transferred

__all__ = ["TOLERANCE", "Prediction", "Triage", "transferred", "triage"]
