"""Stage 1, simplification: learn which inputs each cell keeps (spec/hna_nas.md section 2)."""

from search.stage1.hardware import InputCosts, input_costs
from search.stage1.loop import Stage1Result, search_topology
from search.stage1.plan import Stage1Plan
from search.stage1.stability import Stability, selection_stability, stability_text

__all__ = [
    "InputCosts",
    "Stability",
    "Stage1Plan",
    "Stage1Result",
    "input_costs",
    "search_topology",
    "selection_stability",
    "stability_text",
]
