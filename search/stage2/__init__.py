"""Stage 2, operations: learn which candidate each cell becomes (spec/hna_nas.md section 3)."""

from search.stage2.choosing import Scored, drawn, scored
from search.stage2.loop import Stage2Result, search_operations
from search.stage2.plan import Stage2Plan

__all__ = ["Scored", "Stage2Plan", "Stage2Result", "drawn", "scored", "search_operations"]
