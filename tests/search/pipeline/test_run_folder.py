"""The folder of a run: whose it is, and what it keeps."""

from dataclasses import replace

import pytest

from profiler.certificates import certify
from profiler.errors import RunInvalid, TableInvalid, TableMismatch
from profiler.space import known_topology, space_operations
from search.configuration import small_configuration
from search.data.synthetic import synthetic_dataset
from search.progress import EpochReport
from search.run_folder import RunFolder, fresh_folder, read_json
from search.stopwatch import Stopwatch
from search.target import measure_on

TABLE = "board@onnxruntime-0123"
BUDGETS_US = {TABLE: None}


@pytest.fixture(scope="module")
def dataset():
    return synthetic_dataset(train=4, test=1, size=16, seed=0)


@pytest.fixture
def claimed(tmp_path, dataset):
    folder = RunFolder(tmp_path / "run")
    folder.claim(small_configuration(), dataset, BUDGETS_US)
    return folder


def test_the_same_search_may_go_on(claimed, dataset):
    claimed.claim(small_configuration(), dataset, BUDGETS_US)

    document = read_json(claimed.path / "configuration.json")
    assert document["tables"] == [TABLE]
    assert document["data"]["name"] == "synthetic"
    assert document["configuration"]["networks"] == 36


def test_another_configuration_is_refused_with_what_differs(claimed, dataset):
    with pytest.raises(
        RunInvalid, match=r"run with another configuration\.budget_us: None there, 900\.0 now; choo"
    ):
        claimed.claim(small_configuration(budget_us=900.0), dataset, BUDGETS_US)


def test_another_data_set_is_refused_by_its_name(claimed, dataset):
    with pytest.raises(RunInvalid, match=r"another data\.name: 'synthetic' there, 'NUAA-SIRST'"):
        claimed.claim(small_configuration(), replace(dataset, name="NUAA-SIRST"), BUDGETS_US)


def test_another_device_or_environment_is_refused_by_its_table(claimed, dataset):
    with pytest.raises(
        TableMismatch,
        match=rf"another tables: \['{TABLE}'\] there, \['toaster@torch-9'\] now; choo",
    ):
        claimed.claim(small_configuration(), dataset, {"toaster@torch-9": None})


def test_another_budget_of_the_same_device_is_refused(claimed, dataset):
    with pytest.raises(RunInvalid, match=r"another budgets_us: \[None\] there, \[900\.0\] now"):
        claimed.claim(small_configuration(), dataset, {TABLE: 900.0})


def test_a_refused_claim_changes_nothing(claimed, dataset):
    before = (claimed.path / "configuration.json").read_bytes()

    with pytest.raises(TableMismatch):
        claimed.claim(small_configuration(), dataset, {"other": None})

    assert (claimed.path / "configuration.json").read_bytes() == before


@pytest.mark.parametrize("content", ["{", "[]", "7"])
def test_a_claim_that_is_none_is_refused(claimed, dataset, content):
    (claimed.path / "configuration.json").write_text(content)

    with pytest.raises(RunInvalid, match=r"run"):
        claimed.claim(small_configuration(), dataset, BUDGETS_US)


def test_an_absent_or_empty_folder_is_fresh(tmp_path):
    assert fresh_folder(tmp_path / "a" / "b").is_dir()
    assert fresh_folder(tmp_path / "a" / "b") == tmp_path / "a" / "b"


def test_an_unfinished_run_is_left_as_it_is(claimed):
    (claimed.path / "stage1.pt").write_bytes(b"half way")

    fresh_folder(claimed.path)

    assert (claimed.path / "stage1.pt").read_bytes() == b"half way"


def test_a_finished_run_is_cleared(claimed):
    claimed.result.write_text("{}")

    fresh_folder(claimed.path)

    assert list(claimed.path.iterdir()) == []


def test_a_run_that_got_no_further_than_its_server_may_go_on(tmp_path):
    (tmp_path / "lut.db").write_bytes(b"")
    (tmp_path / "server.log").write_text("")

    assert fresh_folder(tmp_path) == tmp_path


@pytest.mark.parametrize("names", [["thesis.tex"], ["configuration.json", "result.json"]])
def test_files_of_somebody_else_are_never_cleared(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text("{}")

    with pytest.raises(RunInvalid, match=rf"{tmp_path} holds files that are no run's; choose an"):
        fresh_folder(tmp_path)

    assert {file.name for file in tmp_path.iterdir()} == set(names)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "run").write_text("")

    with pytest.raises(RunInvalid, match=r"run cannot be a run's folder \(File exists\)"):
        fresh_folder(tmp_path / "run")


def test_a_pinned_table_comes_back_with_its_certificate(claimed, client, agent, space, networks):
    operations = (*space_operations(space, known_topology("unet")), *networks)
    measure_on(client, agent.target, operations, name="all", sleep=agent.work)
    table = client.table(agent.target.table)
    certificate = certify(table)
    assert claimed.pinned() is None

    claimed.pin(table, certificate)

    assert claimed.pinned() == (table, certificate)
    assert claimed.pinned(1) is None
    claimed.table().write_text("{}")
    with pytest.raises(TableInvalid, match=r"table\.json"):
        claimed.pinned()
    claimed.certificate().write_text("{}")
    with pytest.raises(RunInvalid, match=r"certificate\.json cannot be read"):
        claimed.pinned()


def test_the_time_of_an_interrupted_phase_is_kept(claimed):
    watch = Stopwatch(claimed.seconds(), claimed.keep_seconds)
    with pytest.raises(KeyboardInterrupt), watch.phase("stage1"):
        raise KeyboardInterrupt

    again = Stopwatch(claimed.seconds(), claimed.keep_seconds)
    with again.phase("stage1"):
        pass

    assert claimed.seconds()["stage1"] > watch.seconds["stage1"] > 0


def test_curves_are_kept_by_phase(claimed):
    reports = [
        EpochReport(phase=phase, epoch=epoch, epochs=2, values={"loss": 1 / epoch})
        for phase in ("stage1", "train")
        for epoch in (1, 2)
    ]

    curves = claimed.keep_curves(reports)

    assert curves["train"] == [{"epoch": 1.0, "loss": 1.0}, {"epoch": 2.0, "loss": 0.5}]
    assert read_json(claimed.path / "curves.json") == curves
