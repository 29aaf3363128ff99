"""Which searches a sweep consists of, and where each is kept."""

import pickle

import pytest

from profiler.errors import RunInvalid
from search.configuration import small_configuration
from search.sweep.plan import plan_sweep, search_name


@pytest.fixture
def plan(tmp_path):
    def planned(devices=("a", "b"), budgets_us=(2000.0, 4000.0), seeds=(0, 1)):
        return plan_sweep(
            server="http://127.0.0.1:1",
            data=tmp_path / "data",
            split="50_50",
            devices=devices,
            budgets_us=budgets_us,
            seeds=seeds,
            configure=lambda budget_us, seed: small_configuration(budget_us=budget_us, seed=seed),
            folder=tmp_path / "sweep",
        )

    return planned


def test_every_device_budget_and_seed_is_searched_once_in_a_folder_of_its_own(plan, tmp_path):
    orders = plan()

    assert [order.name for order in orders] == [
        "a-2ms-seed0", "a-2ms-seed1", "a-4ms-seed0", "a-4ms-seed1",
        "b-2ms-seed0", "b-2ms-seed1", "b-4ms-seed0", "b-4ms-seed1",
    ]  # fmt: skip
    assert {order.folder.parent for order in orders} == {tmp_path / "sweep"}


def test_budget_and_seed_stand_in_the_configuration(plan):
    order = plan()[-1]

    assert (order.budget_us, order.configuration.seed) == (4000.0, 1)
    assert order.configuration.stage2.seed == 1


def test_an_order_travels_to_another_process(plan):
    order = plan()[0]

    assert pickle.loads(pickle.dumps(order)) == order


def test_a_relative_folder_means_the_same_on_every_machine(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert all(order.folder.is_absolute() and order.data.is_absolute() for order in plan())


@pytest.mark.parametrize(
    "twice",
    [{"devices": ("a", "a")}, {"budgets_us": (2e3, 2e3)}, {"seeds": (1, 1)},
     {"devices": ("Orin NX", "Orin-NX")}],
)  # fmt: skip
def test_two_searches_of_one_folder_are_refused(plan, twice):
    with pytest.raises(RunInvalid, match=r"more than once; name every"):
        plan(**twice)


@pytest.mark.parametrize("nothing", ["devices", "budgets_us", "seeds"])
def test_a_sweep_over_nothing_is_refused(plan, nothing):
    with pytest.raises(RunInvalid, match="at least one"):
        plan(**{nothing: ()})


def test_a_device_whose_name_is_no_folder_gets_one(tmp_path):
    assert search_name("../Raspberry Pi 4", 500.0, 3) == "Raspberry-Pi-4-0.5ms-seed3"
