"""Stage 1, simplification: learn which inputs each cell keeps (spec/hna_nas.md section 2)."""

from search.stage1.loop import Stage1Result, search_topology
from search.stage1.plan import Stage1Plan

__all__ = ["Stage1Plan", "Stage1Result", "search_topology"]
