"""Bundles from one lab's server to another's."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.imports.bundle import Bundle, write_bundle
from lut_server.imports.signing import public_key
from lut_server.settings import Settings
from lut_server.wire import BundleQuery
from profiler.errors import ServerRefused

EVERY = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
SEED = bytes(range(32))


@pytest.fixture
def theirs(tmp_path, clock):
    """The client of another lab's server."""
    settings = Settings(database=str(tmp_path / "theirs.db"))
    with TestClient(create_app(settings, clock)) as http:
        yield LutClient(http=http)


def bundle_of(client, name, *, samples=True):
    sessions = client.sessions(name) if samples else None
    return write_bundle(Bundle(table=client.table(name), sessions=sessions), SEED)


@EVERY
def test_a_table_with_its_samples_is_the_same_table_in_another_lab(client, measured, theirs):
    data = bundle_of(client, measured)

    receipt = theirs.import_bundle(data, BundleQuery(source="a.hnab"))

    assert (receipt.stored, receipt.duplicates, receipt.given) == (2, 0, 0)
    assert receipt.signed_by == public_key(SEED)
    assert theirs.table(measured) == client.table(measured)
    assert theirs.table(measured).version == client.table(measured).version
    (entry, *_) = theirs.table(measured).entries
    found = theirs.measurement(entry.measurement_ids[0])
    assert found.session.measurements[0].id == entry.measurement_ids[0]


@EVERY
def test_a_bundle_that_arrives_twice_changes_nothing(client, measured):
    before = client.table(measured)
    data = bundle_of(client, measured)
    client.import_bundle(data, BundleQuery(source="a.hnab"))

    receipt = client.import_bundle(data, BundleQuery(source="a.hnab"))

    assert (receipt.stored, receipt.duplicates, receipt.given) == (0, 2, 0)
    assert client.table(measured) == before
    assert len(client.imports(measured)) == 1


def test_a_device_that_only_came_with_a_bundle_gets_no_work(client, measured, theirs, bench):
    theirs.import_bundle(bundle_of(client, measured), BundleQuery(source="a.hnab"))

    (view,) = theirs.devices()

    assert view.health == "retired"
    assert "its measurements came in a.hnab" in view.health_reason


def test_a_device_that_is_here_stays_what_it_is(client, measured):
    client.import_bundle(bundle_of(client, measured), BundleQuery(source="a.hnab"))

    (view,) = client.devices()

    assert view.health == "unknown"


@EVERY
def test_without_samples_the_entries_are_imported_and_say_from_where(client, measured, theirs):
    data = bundle_of(client, measured, samples=False)

    receipt = theirs.import_bundle(data, BundleQuery(source="a.hnab"))

    assert (receipt.stored, receipt.given) == (0, 2)
    mine, there = client.table(measured), theirs.table(measured)
    assert [e.latency_us for e in there.entries] == [e.latency_us for e in mine.entries]
    assert [e.interval_us for e in there.entries] == [e.interval_us for e in mine.entries]
    assert {e.value_kind for e in there.entries} == {"imported"}
    assert {e.origin.format for e in there.entries} == {"bundle"}
    (made,) = theirs.imports(measured)
    assert (made.format, made.rows) == ("bundle", 2)
    assert made.source.startswith("a.hnab, signed by 03a107bff3ce10be")


def test_an_entry_whose_samples_are_not_in_the_bundle_is_imported(client, measured, theirs):
    (session,) = client.sessions(measured)
    (border, operation) = session.measurements
    part = replace(session, measurements=(border,))
    data = write_bundle(Bundle(table=client.table(measured), sessions=(part,)))

    receipt = theirs.import_bundle(data, BundleQuery(source="a.hnab"))

    assert (receipt.stored, receipt.given) == (1, 1)
    kinds = {entry.operation: entry.value_kind for entry in theirs.table(measured).entries}
    assert kinds == {border.operation: "measured", operation.operation: "imported"}


def test_a_certificate_comes_along_and_does_not_replace_one_that_is_here(
    theirs, table, certificate
):
    data = write_bundle(Bundle(table=table, certificates=(certificate,)))

    receipt = theirs.import_bundle(data, BundleQuery(source="a.hnab"))

    assert receipt.certificates == 1
    assert theirs.certificate(table.name) == certificate
    assert theirs.import_bundle(data, BundleQuery(source="a.hnab")).certificates == 0


def test_a_bundle_that_was_changed_is_refused_and_nothing_of_it_is_stored(client, measured, theirs):
    data = bytearray(bundle_of(client, measured))
    data[len(data) // 2] ^= 1

    with pytest.raises(ServerRefused) as refused:
        theirs.import_bundle(bytes(data), BundleQuery(source="a.hnab"))

    assert refused.value.status == 422
    assert "a.hnab" in refused.value.detail
    assert theirs.tables() == ()


def test_a_bundle_of_another_signer_is_refused(client, measured, theirs):
    with pytest.raises(ServerRefused, match=r"is signed by 03a107.*, not by ffff"):
        theirs.import_bundle(bundle_of(client, measured), BundleQuery(signer="f" * 64))


def test_sessions_of_another_table_are_refused(client, measured, theirs, bench):
    other = replace(client.table(measured), device_model="another")
    data = write_bundle(Bundle(table=other, sessions=client.sessions(measured)))

    with pytest.raises(ServerRefused, match="is not of table another@"):
        theirs.import_bundle(data, BundleQuery(source="a.hnab"))

    assert theirs.devices() == ()
