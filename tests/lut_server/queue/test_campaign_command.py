"""``hna campaign`` against a real server."""

import json
import threading

import pytest

from lut_server.campaigns.commands import campaign
from lut_server.documents import adapter
from profiler.command import main
from profiler.operations import Operation


@pytest.fixture
def hna(served, boards, capsys, monkeypatch):
    """Run ``hna campaign`` with arguments; return its exit status and what it printed."""
    url, *_ = served()
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("HNA_SERVER", url)

    def hna(*arguments):
        status = main(["campaign", *arguments], command=campaign)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return hna


@pytest.fixture
def operations(bench, tmp_path):
    """A file that lists two operations."""
    path = tmp_path / "operations.json"
    listed = [bench.operation(8), bench.operation(10)]
    path.write_bytes(adapter(tuple[Operation, ...]).dump_json(tuple(listed)))
    return str(path)


def test_a_campaign_is_started_listed_paused_resumed_and_cancelled(hna, client, operations):
    started = hna("start", "two operations", "--model", "pi", "--operations", operations)
    (view,) = client.campaigns()
    which = view.id[:8]

    assert started[0] == 0
    assert "aa01" in started[1]
    assert "aa02" in started[1]
    assert f"started two operations ({view.id})" in started[1]
    assert hna("pause", which) == (0, f"two operations ({view.id}) is paused\n")
    assert "is paused; hna campaign resume" in hna("list", "--state", "paused")[1]
    assert hna("resume", which) == (0, f"two operations ({view.id}) is running\n")
    assert hna("priority", which, "-5") == (0, f"two operations ({view.id}) has priority -5\n")
    assert client.campaign(view.id).priority == -5
    assert hna("cancel", which) == (0, f"two operations ({view.id}) is cancelled\n")
    assert "1 cancelled" in hna("show", which)[1]


def test_following_says_how_far_it_is_until_it_is_finished(hna, client, boards, operations):
    def work():
        while (lease := boards.lease("left")) is None:
            pass
        boards.report("left", lease)

    agent = threading.Thread(target=work)
    agent.start()
    status, printed = hna(
        "start", "followed", "--device", "aa01", "--operations", operations, "--follow"
    )
    agent.join(10)

    assert status == 0
    assert printed.rstrip().endswith("finished; 4 of 4")
    (view,) = client.campaigns("finished")
    assert hna("follow", view.id)[1] == "finished; 4 of 4\n"


def test_a_space_is_asked_for_by_its_names(hna, client):
    arguments = "--channels one --backbone resnet_10 --height 64 --width 64 --topology unet"

    status, printed = hna(
        *("start", "by space", "--label", "fast", "--space", "paper"), *arguments.split()
    )
    assert (status, "labels fast" in printed) == (2, True)

    client.label_device("bb01", ["fast"])
    status, _ = hna(
        *("start", "by space", "--label", "fast", "--space", "paper", "--candidates", "single"),
        *arguments.split(),
    )

    (view,) = client.campaigns()
    assert status == 0
    assert view.requested > 10
    assert view.targets[0].devices == ("bb01",)


def test_what_could_not_be_measured_is_shown_with_its_reason(hna, client, bench, boards):
    fails = bench.network(1)
    view = boards.campaign([fails])
    lease = boards.lease("left")
    boards.report("left", lease, [bench.operation()], gaps=[fails])

    assert "not measured: network" in hna("show", view.id)[1]
    assert "because no kernel for it" in hna("show", view.id)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["start", "x", "--model", "pi"], "say what to measure: --operations FILE, or --space"),
        (["start", "x", "--space", "paper"], "say on which devices: --device, --model or --label"),
        (["start", "x", "--space", "huge", "--model", "pi"], "unknown configuration 'huge'"),
        (["start", "", "--space", "paper", "--model", "pi"], "name: String should have at least"),
        (["start", "x", "--space", "paper", "--label", "a b"], "devices.labels.0: "),
        (["show", "cafe"], "no campaign with an id beginning 'cafe'; hna campaign list names"),
        (["list", "--state", "lost"], "no campaign is 'lost'; a state is one of running"),
        (["priority", "x", "5000"], "priority 5000; give one from -1000 to 1000"),
    ],
)
def test_what_cannot_be_done_is_one_line(hna, arguments, said):
    status, printed = hna(*arguments)

    assert status == 2
    assert said in printed
    assert printed.count("\n") == 1


def test_a_file_that_lists_no_operations_is_named(hna, tmp_path):
    path = tmp_path / "operations.json"
    path.write_text("[{")
    no_json = hna("start", "x", "--model", "pi", "--operations", str(path))
    path.write_text(json.dumps([{"kind": "toast"}]))
    no_operation = hna("start", "x", "--model", "pi", "--operations", str(path))

    assert "no JSON" in no_json[1]
    assert "operations.0: " in no_operation[1]
    assert {no_json[0], no_operation[0]} == {2}


def test_the_server_can_be_left_the_choice_of_what_is_measured(hna, client, operations):
    options = ("--target-error", "5%", "--max-operations", "9", "--max-minutes", "2", "--onboard")

    status, printed = hna(
        "start", "chosen", "--model", "pi", "--operations", operations, *options, "--handful", "3"
    )

    (view,) = client.campaigns()
    assert status == 0, printed
    assert view.adaptive.target_error == 0.05
    assert "0 of 2 measured, target 5.0%" in hna("show", view.id)[1]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--target-error", "0%", "not between 0 % and 100 %"),
        ("--target-error", "nan", "not between 0 % and 100 %"),
        ("--target-error", "5", "not between 0 % and 100 %"),
        ("--max-operations", "0", "max-operations"),
        ("--max-minutes", "0", "max_minutes"),
        ("--handful", "3", "belong to onboarding"),
    ],
)
def test_a_target_or_budget_that_cannot_be_is_refused_in_a_line(
    hna, client, operations, option, value, said
):
    status, printed = hna("start", "x", "--model", "pi", "--operations", operations, option, value)

    assert status != 0
    assert said in printed
    assert "Traceback" not in printed
    assert client.campaigns() == ()
