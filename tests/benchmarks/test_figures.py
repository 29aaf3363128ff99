"""What benchmarks say and how they say it; none of them is run here."""

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module

import pytest

from profiler.errors import HnaError

NAMED = ("certificate", "campaign_cost", "hardware_term", "agent_weight")

NOISY_BENCHMARK = """
from benchmarks.figures import at_most, report, say

def run():
    print("a library that talks")
    say("round 1")
    return [at_most("error", 0.02, 0.05, "share", 0.4), at_most("again", 3, 0, "operations")]

report(run)
"""


@pytest.fixture
def figures(root):
    return import_module("benchmarks.figures")


@pytest.fixture
def reported(root):
    """Run the noisy benchmark with some options; return what it wrote where."""

    def run(*options):
        return subprocess.run(
            [sys.executable, "-c", NOISY_BENCHMARK, *options],
            capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(root)},
        )  # fmt: skip

    return run


@pytest.mark.parametrize(("figure", "holds"), [(0.04, True), (0.05, True), (0.06, False)])
def test_a_figure_with_an_upper_goal_holds_up_to_the_goal(figures, figure, holds):
    made = figures.at_most("error", figure, 0.05, "share")

    assert (made.goal, made.holds) == ("<= 0.05", holds)


@pytest.mark.parametrize(("figure", "holds"), [(0.89, False), (0.9, True), (0.91, True)])
def test_a_figure_with_a_lower_goal_holds_from_the_goal_on(figures, figure, holds):
    made = figures.at_least("tau", figure, 0.9, "ratio")

    assert (made.goal, made.holds) == (">= 0.9", holds)


@pytest.mark.parametrize(("figure", "baseline"), [(float("nan"), 1.0), (1.0, float("inf"))])
def test_a_figure_that_is_no_finite_number_is_refused(figures, figure, baseline):
    with pytest.raises(HnaError, match="error"):
        figures.at_most("error", figure, 0.05, "share", baseline)


def test_json_is_a_list_of_figures_and_nothing_else_on_standard_output(reported):
    said = reported("--json")

    assert json.loads(said.stdout) == [
        {
            "name": "error",
            "figure": 0.02,
            "unit": "share",
            "goal": "<= 0.05",
            "baseline": 0.4,
            "holds": True,
        },
        {
            "name": "again",
            "figure": 3.0,
            "unit": "operations",
            "goal": "<= 0",
            "baseline": None,
            "holds": False,
        },
    ]
    assert said.stderr.splitlines() == ["a library that talks", "round 1"]


def test_without_json_a_table_shows_baseline_and_whether_goals_hold(reported):
    lines = reported().stdout.splitlines()

    error = next(line for line in lines if "error" in line)
    again = next(line for line in lines if "again" in line)
    assert [cell.strip() for cell in error.split("│")[1:-1]] == [
        "error", "0.02", "share", "<= 0.05", "0.4", "yes",
    ]  # fmt: skip
    assert [cell.strip() for cell in again.split("│")[5:-1]] == ["-", "NO"]


def test_an_option_no_benchmark_has_is_refused_before_anything_is_measured(reported):
    said = reported("--jason")

    assert said.returncode == 2
    assert "--jason" in said.stderr
    assert "round 1" not in said.stderr


def test_every_benchmark_is_run_by_the_command_that_runs_all_or_named_as_a_long_one(root):
    everything = import_module("benchmarks.__main__")

    kept = {path.stem for path in (root / "benchmarks").glob("*.py")}
    shared = {
        "__init__", "__main__", "figures", "small_search", "neighbour", "repeated", "gpu_report",
        "kernel_time", "bare", "fleet_load", "load", "reports", "serving",
    }  # fmt: skip
    assert {*everything.BENCHMARKS, *everything.LONG} == kept - shared
    assert set(NAMED) <= set(everything.BENCHMARKS)


@pytest.mark.parametrize("name", NAMED)
def test_a_benchmark_can_be_run_by_name(root, name):
    module = import_module(f"benchmarks.{name}")

    assert inspect.signature(module.run).parameters == {}
    assert "report(run)" in (root / "benchmarks" / f"{name}.py").read_text()


def test_the_reference_counts_candidates_and_head_and_no_glue(root):
    certificate = import_module("benchmarks.certificate")
    space = certificate.named_space("one", "resnet_10", height=32, width=32)
    topology = certificate.known_topology("dnanet_simplified", space.levels)
    (network,) = certificate.random_networks(space, topology, 1, seed=0)

    kinds = [operation.kind for operation in certificate.counted(network)]

    assert len(kinds) == 15 + 1
    assert kinds[-1] == "head"
    assert set(kinds) <= {"residual", "spatial", "inverted", "head"}


def test_a_campaign_names_every_candidate_of_every_cell(root):
    campaign_cost = import_module("benchmarks.campaign_cost")
    space = campaign_cost.named_space("one", "resnet_10", height=32, width=32)
    topology = campaign_cost.known_topology("dnanet_simplified", space.levels)

    named = campaign_cost.named_operations(space, topology)

    max_pools, heads = 10, 1
    assert len(named) == 15 * 12 + max_pools + heads


def test_both_ways_to_compute_the_hardware_term_agree(root):
    hardware_term = import_module("benchmarks.hardware_term")
    torch = import_module("torch")
    costs = hardware_term.Costs(cells={(0, 0): (10.0, 30.0), (0, 1): (11.0, 30.0)}, fixed=5.0)
    limit = hardware_term.Limit(name="board", costs=costs, budget=10.0)
    term = hardware_term.HardwareTerm([limit], hardware_term.PLAN)
    term.multipliers += 0.2
    architecture = hardware_term.Architecture([2, 2])
    with torch.no_grad():
        architecture.alpha.zero_()

    ours = hardware_term.gradient(architecture, term)
    naive = hardware_term.naive_gradient(architecture.alpha, costs, term)

    # multiplier / budget * p_a * p_b * (latency_a - latency_b), with both probabilities 1/2.
    by_hand = [[-0.2 / 10 * 20 / 4, 0.2 / 10 * 20 / 4], [-0.2 / 10 * 19 / 4, 0.2 / 10 * 19 / 4]]
    assert ours.tolist() == pytest.approx([pytest.approx(row) for row in by_hand])
    assert naive.tolist() == pytest.approx([pytest.approx(row) for row in by_hand])
