"""Stage 1 as a whole: what it finds, where it stops and goes on."""

from dataclasses import replace

import pytest
import torch

from profiler.errors import HnaError, RunInvalid
from profiler.space import Topology, read_gene, uniform_network
from search.checkpoint import load_checkpoint
from search.stage1 import Stage1Plan, search_topology
from search.stage1.plan import reference_plan

PLAN = Stage1Plan(epochs=4, width=4, seed=5)
TARGETED = replace(PLAN, hardware="latency", budget_share=0.3)


class StoppedError(Exception):
    """What stops a search in these tests."""


def interrupt_after(epoch):
    def stop(report):
        if report.epoch == epoch:
            raise StoppedError

    return stop


def test_a_search_that_was_interrupted_ends_as_one_that_was_not(space, train, tmp_path):
    whole = search_topology(space, train, PLAN, run=tmp_path / "whole")

    with pytest.raises(StoppedError):
        search_topology(space, train, PLAN, run=tmp_path / "broken", on_epoch=interrupt_after(2))
    resumed = search_topology(space, train, PLAN, run=tmp_path / "broken")

    assert resumed == whole
    left = load_checkpoint(tmp_path / "whole" / "stage1.pt")["supernet"]
    right = load_checkpoint(tmp_path / "broken" / "stage1.pt")["supernet"]
    assert all(torch.equal(left[name], right[name]) for name in left)


def test_a_targeted_search_that_was_interrupted_keeps_its_multiplier(space, train, costs, tmp_path):
    def search(run, **listening):
        return search_topology(space, train, TARGETED, run=tmp_path / run, costs=costs, **listening)

    whole = search("whole")
    with pytest.raises(StoppedError):
        search("broken", on_epoch=interrupt_after(2))
    resumed = search("broken")

    assert resumed == whole
    left = load_checkpoint(tmp_path / "whole" / "stage1.pt")
    right = load_checkpoint(tmp_path / "broken" / "stage1.pt")
    assert whole.history[1].values["multiplier"] > 0
    assert torch.equal(left["multiplier"], right["multiplier"])
    assert all(
        torch.equal(left["supernet"][name], right["supernet"][name]) for name in left["supernet"]
    )


def test_a_target_makes_the_topology_cheaper(space, train, costs, tmp_path):
    free = search_topology(space, train, PLAN, run=tmp_path / "free", costs=costs)
    bound = search_topology(space, train, TARGETED, run=tmp_path / "bound", costs=costs)

    budget_us = 0.3 * costs.whole_us
    assert free.history[-1].values["expected_us"] > budget_us
    assert bound.history[-1].values["expected_us"] < free.history[-1].values["expected_us"]
    assert costs.topology_us(bound.topology) < costs.topology_us(free.topology)


def test_costs_alone_change_nothing_but_the_report(space, train, costs, tmp_path):
    blind = search_topology(space, train, PLAN, run=tmp_path / "blind")
    told = search_topology(space, train, PLAN, run=tmp_path / "told", costs=costs)

    assert told.selection == blind.selection
    assert "expected_us" not in blind.history[-1].values
    assert told.history[-1].values["expected_us"] <= costs.whole_us


def test_a_hardware_term_without_costs_is_refused(space, train, tmp_path):
    with pytest.raises(HnaError, match="needs what inputs cost"):
        search_topology(space, train, TARGETED, run=tmp_path)


def test_a_threshold_removes_what_no_column_is_decided_for(space, train, tmp_path):
    plan = replace(PLAN, removal="threshold", keep_above=0.9, tau_end=1.0)

    result = search_topology(space, train, plan, run=tmp_path)

    # After 16 steps nothing is decided: one input remains in each cell, and x.
    assert all(len(result.picks[place]) <= 2 for place in ((1, 0), (1, 1), (2, 0)))
    assert result.topology.cells[-1].place == (2, 0)


def test_an_interrupted_search_loses_the_epochs_since_its_checkpoint_only(space, train, tmp_path):
    plan = replace(PLAN, checkpoint_every=2)
    epochs = []

    with pytest.raises(StoppedError):
        search_topology(space, train, plan, run=tmp_path, on_epoch=interrupt_after(3))
    search_topology(space, train, plan, run=tmp_path, on_epoch=lambda r: epochs.append(r.epoch))

    assert epochs == [3, 4]


def test_the_gene_file_holds_the_topology_that_was_found(space, train, tmp_path):
    result = search_topology(space, train, PLAN, run=tmp_path)

    gene = read_gene(tmp_path / "gene.txt")
    assert gene == result.gene
    assert Topology.from_picks(gene.picks, "consistent") == result.topology
    assert uniform_network(space, result.topology, "3x3_ResConv").cells[-1].place == (2, 0)


def test_every_epoch_is_reported(space, train, tmp_path):
    reports = []

    result = search_topology(space, train, PLAN, run=tmp_path, on_epoch=reports.append)

    assert tuple(reports) == result.history
    assert [(r.phase, r.epoch, r.epochs) for r in reports] == [
        ("stage1", epoch, 4) for epoch in (1, 2, 3, 4)
    ]
    assert reports[-1].values["loss"] < reports[0].values["loss"]
    assert reports[-1].values["entropy_nats"] < reports[0].values["entropy_nats"]


def test_the_selection_is_a_distribution_over_inputs_for_every_pick(space, train, tmp_path):
    result = search_topology(space, train, PLAN, run=tmp_path)

    matrix = torch.tensor(result.selection[(1, 1)])
    assert matrix.shape == (4, 2)
    torch.testing.assert_close(matrix.sum(dim=0), torch.ones(2))


def test_another_seed_is_another_search(space, train, tmp_path):
    first = search_topology(space, train, PLAN, run=tmp_path / "one")
    second = search_topology(space, train, replace(PLAN, seed=6), run=tmp_path / "two")

    assert first.history != second.history


def test_a_checkpoint_of_another_search_is_refused(space, train, tmp_path):
    search_topology(space, train, PLAN, run=tmp_path)

    with pytest.raises(RunInvalid, match="other settings"):
        search_topology(space, train, replace(PLAN, lr=0.02), run=tmp_path)


def test_a_search_that_diverges_says_so(space, train, tmp_path):
    with pytest.raises(HnaError, match="diverged"):
        search_topology(space, train, replace(PLAN, lr=float("inf")), run=tmp_path)


def test_the_temperature_falls_geometrically():
    plan = Stage1Plan(epochs=3, tau=1.0, tau_end=0.25)

    assert [plan.tau_at(epoch) for epoch in range(3)] == pytest.approx([1.0, 0.5, 0.25])
    assert Stage1Plan(epochs=1).tau_at(0) == 1.0


def test_the_reference_keeps_its_temperature_and_one_learning_rate():
    plan = reference_plan()

    assert plan.tau_at(0) == plan.tau_at(1499) == 1.0
    assert plan.lr == plan.alpha_lr == 0.01


@pytest.mark.parametrize("name", ["epochs", "lr", "tau_end", "checkpoint_every"])
def test_a_number_that_cannot_be_is_refused(name):
    with pytest.raises(HnaError, match=name):
        Stage1Plan(**{name: 0})
