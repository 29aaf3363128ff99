"""What looks wrong in a lookup table, found without measuring again."""

from profiler.lint.finding import SEVERITIES, Finding, Peak, Severity, fails
from profiler.lint.linting import lint

__all__ = ["SEVERITIES", "Finding", "Peak", "Severity", "fails", "lint"]
