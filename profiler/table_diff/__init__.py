"""Two lookup tables side by side: what became of each operation."""

from profiler.table_diff.comparing import TOLERANCE, diff
from profiler.table_diff.found import CHANGES, Change, FamilyMove, RowDiff, TableDiff

__all__ = ["CHANGES", "TOLERANCE", "Change", "FamilyMove", "RowDiff", "TableDiff", "diff"]
