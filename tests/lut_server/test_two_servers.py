"""Two servers on one database: nothing is lost, nothing is counted twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.wire import Report

pytestmark = [
    pytest.mark.usefixtures("registered"),
    pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True),
]

THREADS = 4


@pytest.fixture
def servers(settings, clock, client):
    with TestClient(create_app(settings, clock)) as http:
        yield client, LutClient(http=http)


def at_once(servers, act):
    """Call *act* with each server and a number, in threads that start together."""
    start = Barrier(THREADS)

    def run(index):
        start.wait()
        return act(servers[index % len(servers)], index)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def test_every_job_is_leased_once(servers, bench):
    operations = [bench.operation(channels) for channels in range(8, 14)]
    campaign = servers[0].start_campaign(bench.campaign(operations, operations_per_job=2))

    def take_all(server, index):
        taken = []
        while (lease := server.lease(bench.lease_request(f"agent-{index}"))) is not None:
            taken.append(lease.job_id)
        return taken

    taken = Counter(job for jobs in at_once(servers, take_all) for job in jobs)

    assert campaign.jobs == {"queued": 6}
    assert len(taken) == 6
    assert set(taken.values()) == {1}
    assert servers[1].campaign(campaign.id).jobs == {"leased": 6}


def test_a_report_sent_to_both_at_once_is_stored_once(servers, bench):
    report = Report(session=bench.session(bench.measured(bench.operation())))

    receipts = at_once(servers, lambda server, _: server.report(report))

    assert sum(receipt.stored for receipt in receipts) == 2
    assert sum(receipt.duplicates for receipt in receipts) == 2 * (THREADS - 1)
    (table,) = servers[0].tables()
    (session,) = servers[1].sessions(table.name)
    assert len(session.measurements) == 2


def test_reports_that_each_hold_a_part_of_a_job_end_it_together(servers, bench):
    networks = [bench.network(index) for index in range(1, THREADS + 1)]
    campaign = servers[0].start_campaign(bench.campaign(networks))
    lease = servers[0].lease(bench.lease_request())

    def report(server, index):
        session = bench.session({networks[index]: 100.0})
        return server.report(Report(job_id=lease.job_id, lease_id=lease.id, session=session))

    at_once(servers, report)

    view = servers[1].campaign(campaign.id)
    assert (view.measured, view.jobs) == (THREADS, {"done": 1})


def test_a_device_that_registers_at_both_at_once_is_one_device(servers, bench):
    bench.device = replace(bench.device, fingerprint="new", model="new")

    at_once(servers, lambda server, _: server.register(bench.registration()))

    assert [view.device.fingerprint for view in servers[0].devices()] == ["f00d", "new"]


def test_what_one_server_stored_the_other_serves_at_once(servers, bench):
    operation = bench.operation()
    first, second = servers
    first.report(Report(session=bench.session(bench.measured(operation, 30.0))))
    (table,) = second.tables()
    before = second.table(table.name)

    first.report(Report(session=bench.session(bench.measured(bench.operation(16), 30.0))))

    assert len(second.table(table.name).entries) == len(before.entries) + 2
