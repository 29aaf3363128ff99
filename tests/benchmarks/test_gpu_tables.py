"""The GPU benchmark where there is none: its skip, and everything of it that needs no GPU."""

import json
from importlib import import_module

import pytest

from profiler.backends.registry import Variant, why_unavailable
from profiler.measuring.plan import MeasurementPlan
from profiler.operations import Network, PlacedOperation, operation_key

torch = pytest.importorskip("torch")

SIMULATED = Variant(backend="simulated", options={"noise": 0.0})
PLAN = MeasurementPlan(min_rounds=2, max_rounds=3)


@pytest.fixture
def gpu_tables(root):
    return import_module("benchmarks.gpu_tables")


@pytest.fixture
def kernel_time(root):
    return import_module("benchmarks.kernel_time")


@pytest.fixture
def page(gpu_tables, kernel_time):
    """A page of tables of a simulated device: six networks and what they are made of."""
    operations, networks = gpu_tables.wanted(gpu_tables.Scale(size=32, networks=6))
    tabled = gpu_tables._table(SIMULATED, (*operations, *networks), PLAN)
    first, second = operations[:2]
    shares = {SIMULATED.label: {operation_key(first): 1.25, operation_key(second): 0.25}}
    compared = [kernel_time.Compared(operation=first, events_us=102.0, kernels_us=100.0)]
    absent = {"onnxruntime provider=cuda": "no such build"}
    return import_module("benchmarks.gpu_report").markdown(
        [tabled], absent, shares, compared, gpu_tables.LAUNCH_BOUND
    )


def test_without_a_gpu_it_prints_an_empty_list_and_says_why(gpu_tables, capsys, tmp_path):
    reason = why_unavailable("torch", device="cuda")
    if reason is None:
        pytest.skip("this machine has a GPU")

    gpu_tables.main(["--json", "--size", "64", "--markdown", str(tmp_path / "page.md")])

    printed = capsys.readouterr()
    assert json.loads(printed.out) == []
    assert printed.err == f"gpu_tables skips: {reason}\n"
    assert not (tmp_path / "page.md").exists()


def test_the_whole_default_space_and_as_many_networks_as_asked_for_are_measured(gpu_tables):
    operations, networks = gpu_tables.wanted(gpu_tables.Scale(size=64, networks=5))

    cells = {each.operation for each in operations if isinstance(each, PlacedOperation)}
    keys = {operation_key(operation) for operation in operations}
    assert len(networks) == 5
    assert all(isinstance(network, Network) for network in networks)
    assert all(operation_key(part) in keys for network in networks for part in network.parts())
    assert len(cells) >= 12


def test_the_time_asked_for_is_the_limit_of_each_table(gpu_tables):
    assert gpu_tables.Scale(seconds=7).plan.time_limit_s == 7


def test_an_operation_is_launch_bound_from_nine_tenths_on(gpu_tables):
    shares = {"a": 0.2, "b": 0.9, "c": 1.4, "d": 0.89}

    assert gpu_tables.share_launch_bound(shares) == 0.5


def test_launch_bound_operations_are_shown_beside_those_of_cuda_graphs(gpu_tables):
    figure = gpu_tables.launch_bound_figure({"a": 1.0, "b": 0.5}, {"a": 0.1, "b": 0.1})

    assert (figure.figure, figure.baseline, figure.goal) == (0.5, 0.0, "shown")


def test_a_difference_is_relative_to_the_kernels(kernel_time):
    operation = kernel_time.LARGE[0]

    compared = kernel_time.Compared(operation=operation, events_us=98.0, kernels_us=100.0)

    assert compared.difference == pytest.approx(0.02)


def test_what_ran_on_the_processor_is_no_kernel_time(kernel_time):
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profiled:
        torch.ones(8).sum()

    assert len(profiled.events()) > 0
    assert kernel_time.kernels_us(profiled.events()) == 0


def test_the_page_certifies_each_table_and_names_those_that_are_absent(page):
    certificates = page[page.index("## Certificates") : page.index("## Launch-bound")]
    (certified,) = (line for line in certificates.splitlines() if line.startswith("| simulated"))

    assert certified.split(" | ")[2] == "6"
    assert "- onnxruntime provider=cuda: absent; no such build." in page


def test_the_page_marks_launch_bound_rows_and_counts_them(page):
    rows = page[page.index("## Rows") :].splitlines()[4:]

    bound = [row for row in rows if row.endswith("| simulated noise=0.0 |")]
    assert len(bound) == 1
    assert "| simulated noise=0.0 | 2 | 50% | 0.75 |" in page


def test_the_page_shows_events_beside_kernels(page):
    assert "| 102.0 | 100.0 | 2.00% |" in page
