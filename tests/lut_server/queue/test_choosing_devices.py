"""Which devices a campaign is for: by fingerprint, model and labels, and what they offer."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from lut_server.devices.choosing import choose
from lut_server.wire import DeviceSelection, DeviceView, EnvironmentParts
from profiler.device import Environment
from profiler.errors import DeviceUnknown, EnvironmentUnknown, HnaError

ONE_THREAD = Environment(runtime="onnxruntime", runtime_version="1.2.3", provider="CPU")
TWO_THREADS = replace(ONE_THREAD, threads=2)
ANY = EnvironmentParts()


@pytest.fixture
def known(bench):
    def view(fingerprint, model, labels=(), offered=(ONE_THREAD, TWO_THREADS), **changes):
        return DeviceView(
            device=replace(bench.device, fingerprint=fingerprint, name=fingerprint, model=model),
            environments=offered,
            agent_version="0.1.0",
            last_seen="2026-11-22T12:00:00.000000+00:00",
            labels=labels,
            **changes,
        )

    return [
        view("aa01", "pi", ("lab-1", "fast")),
        view("aa02", "pi", ("lab-1",), (TWO_THREADS,)),
        view("aa03", "pi", ("lab-1", "fast"), health="retired"),
        view("bb01", "jetson", ("lab-2", "fast")),
    ]


def names(chosen):
    return [view.device.fingerprint for view, _ in chosen]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({"fingerprints": ["aa01"]}, ["aa01"]),
        ({"fingerprints": ["b", "aa02"]}, ["bb01", "aa02"]),
        ({"models": ["pi"]}, ["aa01", "aa02"]),
        ({"models": ["pi", "jetson"]}, ["aa01", "aa02", "bb01"]),
        ({"labels": ["fast"]}, ["aa01", "bb01"]),
        ({"labels": ["fast", "lab-1"]}, ["aa01"]),
        ({"models": ["jetson"], "labels": ["fast"]}, ["bb01"]),
        ({"fingerprints": ["aa01", "bb01"], "labels": ["lab-2"]}, ["bb01"]),
    ],
)
def test_a_device_meets_everything_that_is_said(known, selection, expected):
    assert names(choose(known, DeviceSelection(**selection), ANY)) == expected


def test_a_device_that_retired_is_chosen_by_its_fingerprint_only(known):
    assert names(choose(known, DeviceSelection(fingerprints=["aa03"]), ANY)) == ["aa03"]
    assert "aa03" not in names(choose(known, DeviceSelection(labels=["lab-1"]), ANY))


def test_a_device_named_twice_is_chosen_once(known):
    selection = DeviceSelection(fingerprints=["aa01", "aa01"])

    assert names(choose(known, selection, ANY)) == ["aa01"]


def test_a_whole_fingerprint_is_meant_even_if_another_begins_with_it(known):
    known = [
        *known,
        known[0].model_copy(update={"device": replace(known[0].device, fingerprint="aa011")}),
    ]

    assert names(choose(known, DeviceSelection(fingerprints=["aa01"]), ANY)) == ["aa01"]


def test_a_beginning_that_several_have_is_refused_with_their_number(known):
    with pytest.raises(HnaError, match=r"3 devices have fingerprints that begin with 'aa'"):
        choose(known, DeviceSelection(fingerprints=["aa"]), ANY)


def test_if_nobody_is_meant_what_there_is_is_named(known):
    selection = DeviceSelection(models=["toaster"], labels=["fast"])

    with pytest.raises(DeviceUnknown) as refusal:
        choose(known, selection, ANY)

    assert str(refusal.value) == (
        "no device in service has model toaster and labels fast; models known here: jetson, pi; "
        "labels: fast, lab-1, lab-2"
    )


def test_a_selection_that_says_nothing_is_none():
    with pytest.raises(ValidationError, match="choose devices by fingerprints, models or labels"):
        DeviceSelection()


def test_each_measures_in_the_first_environment_it_offers_that_matches(known):
    chosen = choose(known, DeviceSelection(models=["pi"]), EnvironmentParts(runtime="onnxruntime"))

    assert [environment.threads for _, environment in chosen] == [1, 2]


def test_who_was_described_and_does_not_offer_the_environment_is_left_out(known):
    chosen = choose(known, DeviceSelection(models=["pi"]), EnvironmentParts(threads=1))

    assert names(chosen) == ["aa01"]


def test_who_was_named_and_does_not_offer_the_environment_is_an_error(known):
    selection = DeviceSelection(fingerprints=["aa01", "aa02"])

    with pytest.raises(EnvironmentUnknown, match=r"aa02 \(aa02\) does not offer threads 1; it off"):
        choose(known, selection, EnvironmentParts(threads=1))


def test_all_parts_of_an_environment_match_that_one_only(known):
    selection = DeviceSelection(models=["pi"])

    chosen = choose(known, selection, EnvironmentParts.of(TWO_THREADS))
    nobody = EnvironmentParts.of(replace(TWO_THREADS, options=("cores=0",)))

    assert [environment for _, environment in chosen] == [TWO_THREADS, TWO_THREADS]
    with pytest.raises(EnvironmentUnknown):
        choose(known, selection, nobody)
