"""Entries that were not measured: imports are in a table, guesses only for whoever allows them."""

import pytest

from profiler.errors import ServerRefused
from profiler.operations import ForeignOperation, operation_key
from profiler.table import Entry

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def entry(name, latency_us, kind):
    operation = ForeignOperation(format="mbv2", name=name)
    return Entry(operation=operation, latency_us=latency_us, value_kind=kind)


def kinds(table):
    return sorted(entry.value_kind for entry in table.entries)


def test_an_import_is_part_of_the_table(client, table, give):
    give(entry("conv", 5.0, "imported"))

    assert kinds(client.table(table.name)) == ["imported", "measured", "measured"]
    assert client.tables()[0].entries == 3


def test_a_measured_row_stands_before_a_given_one(client, bench, table, give):
    given = Entry(operation=bench.operation(), latency_us=99.0, value_kind="imported")

    give(given)

    entries = client.table(table.name).by_key
    assert entries[given.key].latency_us == 10.0
    assert len(entries) == 2


def test_guesses_fill_gaps_only_for_whoever_allows_them(client, table, give):
    give(entry("a", 5.0, "predicted"), entry("b", 6.0, "transferred"))

    by_default = client.table(table.name)
    predicted = client.table(table.name, allow=["predicted"])
    both = client.table(table.name, allow=["transferred", "predicted"])

    assert kinds(by_default) == ["measured", "measured"]
    assert kinds(predicted) == ["measured", "measured", "predicted"]
    assert kinds(both) == ["measured", "measured", "predicted", "transferred"]
    assert len({by_default.version, predicted.version, both.version}) == 3
    assert client.tables()[0].version == by_default.version


def test_another_choice_is_another_body_with_a_tag_of_its_own(http, table, give):
    give(entry("a", 5.0, "predicted"))
    path = f"/v1/tables/{table.name}"

    default, filled = http.get(path), http.get(f"{path}?allow=predicted")

    tag = {"if-none-match": default.headers["etag"]}
    assert default.headers["etag"] != filled.headers["etag"]
    assert http.get(f"{path}?allow=predicted", headers=tag).status_code == 200
    assert http.get(path, headers=tag).status_code == 304


def test_a_choice_with_nothing_to_fill_is_the_table_as_it_is(client, table):
    assert client.table(table.name, allow=["predicted"]).version == table.version
    assert len(client.table_versions(table.name)) == 1


def test_a_filled_table_can_be_read_again_as_a_version(client, table, give):
    give(entry("a", 5.0, "predicted"))
    filled = client.table(table.name, allow=["predicted"])

    assert client.table_version(table.name, filled.version) == filled


def test_a_query_by_key_says_what_may_fill_gaps(client, bench, table, give):
    guess = entry("a", 5.0, "predicted")
    give(guess)
    keys = [guess.key, operation_key(bench.operation()), guess.key]

    refused = client.entries(table.name, keys)
    allowed = client.entries(table.name, keys, allow=["predicted"])

    assert refused.missing == (guess.key,)
    assert [e.key for e in allowed.entries] == keys[:2]
    assert allowed.missing == ()


def test_what_is_measured_anyway_cannot_be_allowed(client, table):
    with pytest.raises(ServerRefused, match="allow") as refusal:
        client.table(table.name, allow=["measured"])

    assert refusal.value.status == 422


def test_an_import_keeps_no_campaign_from_measuring_its_operation(client, bench, table, give):
    given = Entry(operation=bench.operation(32), latency_us=99.0, value_kind="imported")
    give(given)

    campaign = client.start_campaign(bench.campaign([bench.operation(32)]))

    assert campaign.already_measured == 0
