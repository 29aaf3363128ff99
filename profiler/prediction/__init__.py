"""
What operations of a table cost that nobody measured on its device.

A predictor is fitted on the rows of one table and stored as data.  It answers with 90 % intervals
that are calibrated on rows it did not see, and marks every answer ``predicted``.  Whole networks
are never predicted: they are the sum of their rows (``profiler.estimate``).
"""

from profiler.prediction.choosing import NextStep, next_step
from profiler.prediction.judging import Judgement, judge
from profiler.prediction.predictor import Predictor, fit_predictor, predicted_entries

__all__ = [
    "Judgement",
    "NextStep",
    "Predictor",
    "fit_predictor",
    "judge",
    "next_step",
    "predicted_entries",
]
