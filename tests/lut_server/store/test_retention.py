"""Samples that go after a time: latencies stay, archives come first, what is needed stays whole."""

import json
import os
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import enumerate as threads

import pytest
import zstandard
from sqlalchemy import select
from starlette.testclient import TestClient
from typer.testing import CliRunner

from lut_server.app import create_app
from lut_server.database import open_database
from lut_server.documents import to_document
from lut_server.models import CertificateRow, MeasurementRow
from lut_server.retention.archive import Archive, open_archive, read_archive
from lut_server.retention.daily import thinning_daily
from lut_server.retention.service import thin_older_than
from lut_server.settings import Settings
from lut_server.table_commands.group import table
from lut_server.wire import Report
from profiler.certificates import Calibration, Certificate, NetworkPoint
from profiler.errors import ArchiveFailed
from profiler.measurement import Round
from profiler.operations import operation_digest

DAY_S = 86_400


@pytest.fixture
def database(http):
    return http.app.state.server.database


@pytest.fixture
def session(client, registered, bench):
    """A session that was reported, with 70 samples of each operation."""
    rounds = tuple(Round(samples_us=(30.0, 31.0, 35.0, 29.0, 33.0, 32.0, 40.0)) for _ in range(10))
    session = bench.session(bench.measured(bench.operation()))
    session = replace(
        session, measurements=tuple(replace(m, rounds=rounds) for m in session.measurements)
    )
    client.report(Report(session=session))
    return session


def stored(database):
    with database.reading() as transaction:
        return {m.id: m.thinned_at for m in transaction.scalars(select(MeasurementRow))}


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
class TestThinning:
    """Holds on both databases."""

    def test_old_samples_go_and_the_entries_of_the_table_stay(
        self, client, session, database, clock
    ):
        (view,) = client.tables()
        before = client.table(view.name)
        clock.move(seconds=31 * DAY_S)

        done = thin_older_than(30, database, clock)

        after = client.table(view.name)
        found = client.measurement(session.measurements[0].id).session.measurements[0]
        assert (done.measurements, done.samples) == (2, 140)
        assert after.entries == before.entries
        assert [part.samples_us for part in found.rounds] == [(32.0,)] * 10
        assert (found.thinned.samples, found.thinned.at[:10]) == (70, "2026-12-23")

    def test_young_samples_stay(self, session, database, clock):
        clock.move(seconds=29 * DAY_S)

        assert thin_older_than(30, database, clock).measurements == 0
        assert set(stored(database).values()) == {None}

    def test_the_second_time_there_is_nothing_to_do(self, session, database, clock):
        clock.move(seconds=31 * DAY_S)
        thin_older_than(30, database, clock)
        first = stored(database)

        assert thin_older_than(30, database, clock).measurements == 0
        assert stored(database) == first

    def test_what_was_thinned_cannot_come_back_by_reporting_it_again(
        self, client, session, database, clock
    ):
        clock.move(seconds=31 * DAY_S)
        thin_older_than(30, database, clock)

        receipt = client.report(Report(session=session))

        assert (receipt.stored, receipt.duplicates) == (0, 2)
        assert None not in stored(database).values()

    def test_what_a_campaign_under_way_was_measured_for_stays(
        self, client, registered, bench, database, clock
    ):
        operation, other = bench.operation(), bench.network(1)
        client.start_campaign(bench.campaign([operation, other]))
        lease = client.lease(bench.lease_request())
        part = bench.session(bench.measured(operation))
        client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=part))
        clock.move(seconds=31 * DAY_S)
        while_it_runs = thin_older_than(30, database, clock)

        rest = bench.session({other: 90.0})
        client.report(Report(job_id=lease.job_id, lease_id=lease.id, session=rest))
        once_it_is_over = thin_older_than(30, database, clock)

        assert while_it_runs.measurements == 0
        assert once_it_is_over.measurements == 2

    def test_networks_of_the_newest_certificate_stay(
        self, client, registered, bench, database, clock
    ):
        older, newest = bench.network(1), bench.network(2)
        client.report(Report(session=bench.session({older: 100.0, newest: 200.0})))
        (view,) = client.tables()
        with database.writing() as transaction:
            for network in (older, newest):
                document = to_document(certificate(view.name, network))
                transaction.add(CertificateRow(table_name=view.name, document=document))
                transaction.flush()
        clock.move(seconds=31 * DAY_S)

        done = thin_older_than(30, database, clock)

        assert (done.measurements, done.certified) == (1, 1)

    def test_samples_are_in_the_archive_before_they_go(self, session, database, clock, tmp_path):
        clock.move(seconds=31 * DAY_S)
        path = tmp_path / "deep" / "2026.jsonl.zst"

        with closing(open_archive(path)) as archive:
            thin_older_than(30, database, clock, archive)

        archived = {held.measurement.id: held for held in read_archive(path)}
        assert {m.id: m for m in session.measurements} == {
            key: held.measurement for key, held in archived.items()
        }
        assert {held.session_id for held in archived.values()} == {session.id}

    def test_nothing_goes_if_the_archive_cannot_be_written(self, session, database, clock):
        clock.move(seconds=31 * DAY_S)

        with (
            open("/dev/full", "wb", buffering=0) as full,  # noqa: PTH123 - a device, no file
            pytest.raises(ArchiveFailed, match=r"No space left.*stay in the store"),
        ):
            thin_older_than(30, database, clock, archive_into(full))

        assert set(stored(database).values()) == {None}


def archive_into(file):
    return Archive(Path("/dev/full"), file)


def certificate(name, network):
    point = NetworkPoint(
        digest=operation_digest(network), cells=1, sum_us=1.0, predicted_us=1.0, measured_us=1.0
    )
    shares = dict.fromkeys(
        ("median_abs_error", "within_5pct", "within_10pct", "kendall_tau", "uncalibrated_error"),
        0.5,
    )
    return Certificate(
        table=name,
        table_version="v",
        created_at="2026-11-22T12:00:00Z",
        n_networks=1,
        calibration=Calibration(),
        points=(point,),
        **shares,
    )


def test_an_archive_of_that_name_is_left_alone(tmp_path):
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(b"precious")

    with pytest.raises(ArchiveFailed, match=r"File exists.*--archive"):
        open_archive(path)

    assert path.read_bytes() == b"precious"


def test_any_reader_of_zstd_reads_an_archive_line_by_line(session, database, clock, tmp_path):
    clock.move(seconds=31 * DAY_S)
    with closing(open_archive(tmp_path / "a.jsonl.zst")) as archive:
        thin_older_than(30, database, clock, archive)

    packed = (tmp_path / "a.jsonl.zst").read_bytes()
    lines = zstandard.ZstdDecompressor().decompressobj().decompress(packed).splitlines()

    assert [json.loads(line)["session_id"] for line in lines] == [session.id] * 2


def test_an_archive_that_ends_in_the_middle_says_so(session, database, clock, tmp_path):
    clock.move(seconds=31 * DAY_S)
    path = tmp_path / "a.jsonl.zst"
    with closing(open_archive(path)) as archive:
        thin_older_than(30, database, clock, archive)
    os.truncate(path, path.stat().st_size - 20)

    with pytest.raises(ArchiveFailed, match=r"a\.jsonl\.zst is no archive that can be read"):
        list(read_archive(path))


def test_a_server_that_keeps_samples_for_a_time_thins_them_by_itself(session, place, clock):
    clock.move(seconds=3 * DAY_S)
    settings = Settings(database=place, keep_samples_days=2)

    with TestClient(create_app(settings, clock)) as http:
        database, deadline = http.app.state.server.database, time.monotonic() + 3
        while None in stored(database).values() and time.monotonic() < deadline:
            time.sleep(0.01)

    with closing(open_database(place, 5.0)) as database:
        assert None not in stored(database).values()


def test_a_server_that_keeps_samples_for_ever_starts_no_thread(database, clock):
    with thinning_daily(None, database, clock):
        assert "retention" not in [thread.name for thread in threads()]


def test_the_command_thins_archives_and_says_so(session, place, tmp_path):
    archive = tmp_path / "samples.jsonl.zst"
    options = ["--older-than", "0", "--archive", str(archive), "--database", place]

    done = CliRunner().invoke(table, ["thin", *options], env={"COLUMNS": "200"})

    assert done.exit_code == 0, done.output
    assert "thinned 2 measurements of 140 samples, which are in" in done.output
    assert len(list(read_archive(archive))) == 2
