"""What a pruning runtime runs of a graph: edges that lead on to the output."""

from profiler.certificates import live_edges

CELL = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3))


def live(*nothing, output=3):
    """Which edges of a cell of four nodes run if those named are no operation."""
    of_each = live_edges(CELL, [edge in nothing for edge in CELL], output)
    return {edge for edge, runs in zip(CELL, of_each, strict=True) if runs}


def test_all_edges_run_where_all_lead_on():
    assert live() == set(CELL)


def test_what_leads_to_a_node_nobody_reads_is_dropped():
    # node 2 is read by nobody: both edges into it are computed in vain
    assert live((2, 3)) == {(0, 1), (0, 3), (1, 3)}


def test_dropping_goes_on_backwards():
    # without (1, 3) and (2, 3) nothing but the direct edge is left: 0 -> 1 fed only 2
    assert live((1, 3), (2, 3)) == {(0, 3)}


def test_an_edge_that_is_nothing_never_runs():
    assert live(*CELL) == set()


def test_an_edge_out_of_a_node_without_input_runs_on_zeros():
    # node 1 gets nothing, yet its edges lead to the output; a runtime does not see that they are 0
    assert (1, 3) in live((0, 1))


def test_the_output_may_be_any_node():
    assert live(output=2) == {(0, 1), (0, 2), (1, 2)}
