"""Reports on disk: kept once, in order, until the server has them."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from device_agents.spool import Spool
from profiler.errors import SpoolFailed


def test_reports_come_back_whole_and_the_oldest_first(spool, make_report):
    first, second = make_report(), make_report(job_id="job", lease_id="lease")
    spool.put(first)
    spool.put(second)

    assert spool.oldest() == first
    spool.remove(first.session.id)
    assert spool.oldest() == second


def test_a_session_is_kept_once(spool, make_report):
    report = make_report()

    spool.put(report)
    spool.put(report)

    assert len(spool) == 1


def test_reports_outlive_the_process(tmp_path, make_report):
    report = make_report()
    with Spool(tmp_path / "spool") as spool:
        spool.put(report)

    with Spool(tmp_path / "spool") as again:
        assert again.oldest() == report


def test_a_refused_report_is_offered_again_at_the_next_start_only(tmp_path, make_report):
    refused, fine = make_report(), make_report()
    with Spool(tmp_path / "spool") as spool:
        spool.put(refused)
        spool.put(fine)
        spool.refuse(refused.session.id, "the server answered 422")
        assert spool.oldest() == fine
        assert len(spool) == 2

    with Spool(tmp_path / "spool") as again:
        assert again.oldest() == refused


def test_a_report_of_another_version_is_kept_and_stepped_over(tmp_path, make_report):
    fine = make_report()
    with Spool(tmp_path / "spool") as spool:
        base = sqlite3.connect(tmp_path / "spool")
        with base:
            base.execute("INSERT INTO report (session_id, document) VALUES ('x', '{\"a\": 1}')")
        base.close()
        spool.put(fine)

        assert spool.oldest() == fine
        assert len(spool) == 2


def test_a_file_that_is_no_spool_is_named_with_the_way_out(tmp_path):
    path = tmp_path / "spool"
    path.write_text("these are not the bytes of a database, and there are many of them" * 20)

    with pytest.raises(SpoolFailed, match="--state-dir") as caught:
        Spool(path)
    assert str(path) in str(caught.value)


def test_a_spool_of_a_later_format_is_left_alone(tmp_path):
    base = sqlite3.connect(tmp_path / "spool")
    base.execute("PRAGMA user_version = 99")
    base.close()

    with pytest.raises(SpoolFailed, match="format 99"):
        Spool(tmp_path / "spool")


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(SpoolFailed, match="file/spool"):
        Spool(tmp_path / "file" / "spool")


FILL_THE_DISK = """
import resource, signal, sys
from dataclasses import replace
from pathlib import Path
from device_agents.delivery import Delivery
from device_agents.spool import Spool
from lut_server.wire import Report, ReportReceipt
from profiler.errors import SpoolFailed

class Client:
    def report(self, report):
        return ReportReceipt(session_id=report.session.id, stored=1, duplicates=0)

report = Report.model_validate_json(Path(sys.argv[2]).read_text())
spool = Spool(Path(sys.argv[1]))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
padded = replace(report.session, software=("x" * 100_000,))
large = report.model_copy(update={"session": padded})
try:
    spool.put(large)
except SpoolFailed as error:
    print(error)
delivery = Delivery(Client(), spool, print)
delivery.keep(large)
print("waiting", delivery.waiting)
delivery.drain()
print("waiting", delivery.waiting)
"""


def test_a_full_disk_is_said_and_the_report_still_reaches_the_server(tmp_path, make_report):
    document = tmp_path / "report.json"
    document.write_text(make_report().model_dump_json())

    done = subprocess.run(
        [sys.executable, "-c", FILL_THE_DISK, str(tmp_path / "spool"), str(document)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert f"the spool {tmp_path / 'spool'} cannot be used" in done.stdout
    assert "kept in memory until the server has it" in done.stdout
    assert "waiting 1" in done.stdout
    assert "reported: 1 measurements stored" in done.stdout
    assert done.stdout.rstrip().endswith("waiting 0")


PUT_AND_WAIT = """
import sys, time
from pathlib import Path
from device_agents.spool import Spool
from lut_server.wire import Report

Spool(Path(sys.argv[1])).put(Report.model_validate_json(Path(sys.argv[2]).read_text()))
print("kept", flush=True)
time.sleep(60)
"""


def test_a_report_outlives_kill_9(tmp_path, make_report):
    report = make_report()
    document = tmp_path / "report.json"
    document.write_text(report.model_dump_json())
    with subprocess.Popen(
        [sys.executable, "-c", PUT_AND_WAIT, str(tmp_path / "spool"), str(document)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "kept\n"
        os.kill(process.pid, signal.SIGKILL)

    with Spool(tmp_path / "spool") as spool:
        assert spool.oldest() == report
