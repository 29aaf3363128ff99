"""A sweep against a real server and agent: in this process, and as tasks of a real Ray."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from search.sweep.carry_out import carry_out
from search.sweep.perform import perform
from search.sweep.plan import plan_sweep

ENOUGH_US, TOO_LITTLE_US = 1e6, 1.0


@pytest.fixture
def plan(house, sirst_folder):
    """Plan a sweep of tiny searches into a folder."""

    def planned(folder, *, devices=None, budgets_us=(ENOUGH_US,), seeds=(0,)):
        tiny = house.search(folder).configuration
        return plan_sweep(
            server=house.url,
            data=sirst_folder,
            split="50_50",
            devices=devices or [house.target.device.name],
            budgets_us=budgets_us,
            seeds=seeds,
            configure=lambda budget_us, seed: replace(tiny, budget_us=budget_us, seed=seed),
            folder=folder,
        )

    return planned


def test_one_search_fails_the_other_is_found_and_neither_is_in_the_way_of_the_other(plan, tmp_path):
    orders = plan(tmp_path, budgets_us=(TOO_LITTLE_US, ENOUGH_US))

    poor, rich = carry_out(orders, map(perform, orders), tmp_path, lambda _: None)

    assert poor.error.startswith("no network meets 1 us")
    assert rich.error is None
    assert rich.simulated
    result = json.loads((orders[1].folder / "result.json").read_text())
    assert (rich.measured_us, rich.miou) == (result["measured_us"], result["metrics"]["miou"])


def test_a_search_that_is_finished_is_not_repeated(house, plan, tmp_path):
    (order,) = plan(tmp_path)
    first = perform(order)
    measured = len(house.network_sessions())
    written = (order.folder / "result.json").stat().st_mtime_ns

    again = perform(order)

    assert again == first
    assert len(house.network_sessions()) == measured
    assert (order.folder / "result.json").stat().st_mtime_ns == written


def test_a_finished_search_of_another_configuration_is_an_error_of_that_search(plan, tmp_path):
    (order,) = plan(tmp_path)
    order.folder.mkdir()
    (order.folder / "configuration.json").write_text('{"configuration": {"batch": 77}}')

    outcome = perform(order)

    assert "holds a run with another" in outcome.error


def test_on_ray_a_search_is_found_and_a_device_nobody_knows_is_reported(house, plan, tmp_path):
    tasks = pytest.importorskip(
        "search.sweep.ray_tasks",
        reason="the cluster's extra is not installed",
        exc_type=ImportError,
    )
    device = house.target.device.name
    orders = plan(tmp_path, devices=[device, "nobody"], seeds=(1,))

    performed = tasks.perform_on_ray(orders, tasks.Resources(jobs=2))
    found, unknown = carry_out(orders, performed, tmp_path, lambda _: None)

    assert found.error is None
    assert (orders[0].folder / "result.json").exists()
    assert unknown.error.startswith("no device is called 'nobody'")


def test_the_command_reports_failures_in_one_line_after_the_table(house, sirst_folder, tmp_path):
    from typer import Typer

    from profiler.errors import SweepFailed
    from search.commands.sweep import sweep

    app = Typer()
    app.command()(sweep)

    said = CliRunner().invoke(
        app,
        ["--data", str(sirst_folder), "--run", str(tmp_path), "--server", house.url,
         "--device", "nobody", "--budget-ms", "2", "--seed", "0", "--seed", "1"],
    )  # fmt: skip

    assert isinstance(said.exception, SweepFailed)
    assert str(said.exception).startswith("2 of 2 searches failed, the first with: no device")
    assert said.output.count("nobody-2ms-seed") >= 2
