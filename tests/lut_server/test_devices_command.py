"""``hna devices`` against a real server process."""

import pytest

from lut_server.client import LutClient
from lut_server.devices_command import devices
from profiler.command import main


@pytest.fixture
def url(process, bench):
    url = process[1].read_text().strip()
    with LutClient(url) as client:
        client.register(bench.registration())
    return url


@pytest.fixture
def hna(url, capsys, monkeypatch):
    """Run ``hna devices`` with arguments; return its exit status and what it printed."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("HNA_SERVER", url)

    def hna(*arguments):
        status = main(["devices", *arguments], command=devices)
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return hna


def test_a_device_is_listed_withheld_retired_and_cleared_with_the_reason(hna, url, bench):
    assert hna("withhold", "f0", "--reason", "a new fan") == (
        0,
        "bench (f00d) is maintenance: a new fan\n",
    )
    status, listed = hna()
    assert status == 0
    assert "maintenance since" in listed
    assert "a new fan" in listed

    assert hna("withhold", "f0", "--bad", "--reason", "smoke")[1] == "bench (f00d) is bad: smoke\n"
    assert hna("retire", "f00d", "--reason", "too old")[1] == "bench (f00d) is retired: too old\n"
    assert hna("clear", "f00d")[1] == "bench (f00d) is good: cleared by a person\n"
    with LutClient(url) as client:
        assert client.device(bench.device.fingerprint).health == "good"


def test_a_device_is_labelled_and_its_agents_labels_stay(hna, url, bench):
    with LutClient(url) as client:
        client.register(bench.registration(labels=("fast",)))

    assert hna("label", "f0", "lab-1") == (0, "bench (f00d) has labels: fast, lab-1\n")
    assert "fast, lab-1" in hna()[1]
    assert hna("label", "f0") == (0, "bench (f00d) has labels: fast\n")
    assert hna("label", "f0", "two words") == (
        2,
        "hna: label 'two words': use 1 to 63 letters, digits and . _ / = + - and begin with a "
        "letter or digit\n",
    )


def test_what_cannot_be_done_is_one_line(hna):
    nobody = hna("retire", "cafe", "--reason", "too old")
    silent = hna("retire", "f00d", "--reason", "")

    assert nobody == (
        2,
        "hna: no device with a fingerprint beginning 'cafe'; hna devices lists them\n",
    )
    assert silent == (2, "hna: a reason has 1 to 500 characters, not 0; say it in --reason\n")
