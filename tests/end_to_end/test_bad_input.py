"""What a person gets wrong, or a machine: one line that names the thing and the way out."""

import socket
from dataclasses import replace

import pytest

from profiler.command import main
from profiler.errors import HnaError, RunInvalid, TableMismatch
from search.processes import local_agent, local_server
from search.target import Target

pytest.importorskip("fastapi", reason="the server's extra is not installed")


@pytest.fixture
def complaint(capsys):
    """Run ``hna`` with arguments it has to refuse; return the one line it says."""

    def complaint(*arguments):
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr().err.strip().splitlines()
        assert status == 2
        assert len(said) == 1, said
        return said[0]

    return complaint


def free_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def test_a_search_without_a_server_says_where_it_looked_and_how_to_start_one(complaint, tmp_path):
    address = free_address()

    said = complaint("search", "--server", address, "--data", tmp_path, "--run", tmp_path / "run")

    assert f"no server answers at {address}" in said
    assert said.endswith("start one with: hna serve")
    assert not (tmp_path / "run").exists()


def test_a_search_with_a_server_nobody_registered_at_says_how_to_start_an_agent(
    complaint, tmp_path
):
    with local_server(tmp_path) as url:
        said = complaint("search", "--server", url, "--data", tmp_path, "--run", tmp_path / "run")

    assert said.endswith(f"knows no device; start an agent beside one: hna agent --server {url}")


def test_a_search_for_a_device_nobody_knows_names_those_that_are_known(complaint, house, tmp_path):
    arguments = ("--server", house.url, "--data", tmp_path, "--run", tmp_path / "run")

    said = complaint("search", *arguments, "--device", "toaster")

    assert "no device is called 'toaster'; the server knows: simulated device" in said


def test_a_search_on_a_folder_without_images_names_it(complaint, house, tmp_path):
    absent = tmp_path / "no-such-data"

    said = complaint("search", "--server", house.url, "--data", absent, "--run", tmp_path / "run")

    assert str(absent) in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["search", "demo"])
def test_a_budget_that_is_none_is_named_before_anything_is_measured(
    command, complaint, house, sirst_folder, tmp_path
):
    server = ("--server", house.url) if command == "search" else ()
    campaigns = len(house.client.campaigns())

    said = complaint(
        command, *server, "--data", sirst_folder, "--run", tmp_path / "run", "--budget-ms", "-1"
    )

    assert said == "hna: a budget of -1000.0 us; give one above 0"
    assert len(house.client.campaigns()) == campaigns


def test_a_demo_into_a_folder_of_somebody_else_touches_nothing(complaint, sirst_folder, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")

    said = complaint("demo", "--data", sirst_folder, "--run", tmp_path)

    assert said == f"hna: {tmp_path} holds files that are no run's; choose another folder"
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_for_another_device_is_not_continued_with_its_table(house, tmp_path):
    search = house.search(tmp_path)
    elsewhere = "raspberry-pi-5@onnxruntime-0123456789ab"
    search.folder.claim(search.configuration, search.dataset, {elsewhere: None})

    with pytest.raises(TableMismatch) as caught:
        search.run()

    assert f"['{elsewhere}'] there, ['{house.target.table}'] now" in str(caught.value)
    assert "choose another folder" in str(caught.value)


def test_a_run_in_another_environment_is_not_continued_with_its_table(house, tmp_path):
    search = house.search(tmp_path)
    two_threads = Target(
        device=house.target.device, environment=replace(house.target.environment, threads=2)
    )
    search.folder.claim(search.configuration, search.dataset, {two_threads.table: None})

    with pytest.raises(TableMismatch, match=rf"\['{two_threads.table}'\] there"):
        search.run()


def test_a_run_with_other_settings_is_not_continued(house, tmp_path):
    first = house.search(tmp_path)
    first.folder.claim(first.configuration, first.dataset, {house.target.table: None})

    with pytest.raises(RunInvalid, match=r"configuration\.seed: 0 there, 7 now; choose another"):
        house.search(tmp_path, seed=7).run()


def test_more_networks_than_the_space_has_are_refused_with_their_number(house, tmp_path):
    space = replace(house.search(tmp_path).configuration.space, candidates=("3x3_ResConv",))

    with pytest.raises(HnaError, match=r"8 different networks asked for; the space has 1"):
        house.search(tmp_path, space=space).run()


def test_an_agent_that_cannot_start_is_quoted(tmp_path):
    with (
        local_server(tmp_path) as url,
        pytest.raises(HnaError, match=r"did not start; .*agent\.log ends: .*'abacus'"),
        local_agent(url, tmp_path, ("--backend", "abacus")),
    ):
        pass


def test_a_server_that_cannot_start_is_quoted(tmp_path):
    (tmp_path / "lut.db").write_text("these are not the tables you are looking for")

    with (
        pytest.raises(HnaError, match=r"did not start; .*server\.log ends: .*lut\.db"),
        local_server(tmp_path),
    ):
        pass


def test_a_server_and_an_agent_that_come_back_find_their_own_device(tmp_path):
    simulated = ("--backend", "simulated", "--quiet-seconds", "0")
    with local_server(tmp_path) as url, local_agent(url, tmp_path, simulated) as first:
        pass

    with (
        local_server(tmp_path) as url,
        local_agent(url, tmp_path, (*simulated, "--threads", "2")) as second,
    ):
        assert second.device == first.device
        assert second.environment.threads == 2
