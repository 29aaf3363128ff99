"""Searched networks over the API: published once, read by anyone, never changed."""

import pytest

from lut_server.wire import Report, SearchedNetwork
from profiler.device import table_name
from profiler.errors import ServerRefused

BOTH = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def table(client, registered, bench):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    return table_name(bench.device.model, bench.environment)


def found(bench, table, **changes):
    fields = {
        "id": "0f" * 16,
        "name": "desk, 20 ms",
        "network": bench.network(1),
        "table": table,
        "table_version": "abc",
        "predicted_us": 910.0,
        "measured_us": 900.0,
        "measured_low_us": 890.0,
        "measured_high_us": 912.0,
        "budget_us": 1000.0,
        "accuracy": {"miou": 0.71},
        "searched_at": "2026-11-22T12:00:00+00:00",
        "software": ("hna-nas=0.1.0",),
    }
    return SearchedNetwork(**(fields | changes))


@BOTH
def test_a_published_network_can_be_read_again(client, bench, table):
    published = client.publish_network(found(bench, table))

    assert client.network(published.id) == published
    assert published.network == bench.network(1)
    assert published.published_at.startswith("2026-11-22T12:00:00")


@BOTH
def test_publishing_again_changes_nothing(client, bench, table, clock):
    first = client.publish_network(found(bench, table))
    clock.move(seconds=60)

    again = client.publish_network(found(bench, table))

    assert again == first
    assert client.networks() == (first,)


def test_an_id_with_another_content_is_a_conflict(client, bench, table):
    client.publish_network(found(bench, table))

    with pytest.raises(ServerRefused, match="another content; a new result needs a new id") as why:
        client.publish_network(found(bench, table, predicted_us=1.0))

    assert why.value.status == 409


def test_a_network_of_a_table_that_is_not_here_is_refused(client, bench, registered):
    with pytest.raises(ServerRefused, match="no table 'elsewhere'") as why:
        client.publish_network(found(bench, "elsewhere"))

    assert why.value.status == 404


@BOTH
def test_networks_are_listed_newest_first_by_table_and_in_pages(client, bench, table, clock):
    for number in range(3):
        client.publish_network(found(bench, table, id=f"network-{number}"))
        clock.move(seconds=1)

    newest, *_ = client.networks(table, limit=2)

    assert newest.id == "network-2"
    assert [each.id for each in client.networks(limit=2, skip=1)] == ["network-1", "network-0"]
    assert client.networks("another") == ()


def test_what_is_no_network_cannot_be_published(bench, table):
    with pytest.raises(ValueError, match="a residual is no whole network"):
        found(bench, table, network=bench.operation())


def test_an_interval_has_two_ends(bench, table):
    with pytest.raises(ValueError, match="give both ends, or neither"):
        found(bench, table, measured_low_us=None)


def test_an_unknown_network_says_where_to_look(client):
    with pytest.raises(ServerRefused, match="'nobody'; GET /v1/networks lists them"):
        client.network("nobody")
