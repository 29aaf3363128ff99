"""``hna serve --workers N``: several processes on one socket, which look like one server."""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx2
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from lut_server.client import LutClient
from lut_server.wire import Report

THREADS = 4

on_both_databases = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def ask(url, path):
    return httpx2.get(f"{url}{path}", trust_env=False)


def counted(url, metric, **labels):
    return sum(
        sample.value
        for family in text_string_to_metric_families(ask(url, "/metrics").text)
        for sample in family.samples
        if sample.name == metric and labels.items() <= sample.labels.items()
    )


def in_threads(act):
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(act, range(THREADS)))


@on_both_databases
def test_workers_share_one_store_one_address_and_one_count(serve, bench):
    serving = serve("--workers", "2")
    with LutClient(serving.url) as client:
        client.register(bench.registration())
        operations = [bench.operation(channels) for channels in range(8, 14)]
        client.start_campaign(bench.campaign(operations, operations_per_job=2))

    def work(index):
        jobs = []
        with LutClient(serving.url) as client:
            while lease := client.lease(bench.lease_request(f"agent-{index}")):
                session = bench.session(dict.fromkeys(lease.operations, 30.0))
                report = Report(job_id=lease.job_id, lease_id=lease.id, session=session)
                stored = [client.report(report).stored for _ in range(2)]
                jobs.append((lease.job_id, *stored))
        return jobs

    done = [job for jobs in in_threads(work) for job in jobs]

    assert Counter(job for job, *_ in done).keys() == {job for job, *_ in done}
    assert len(done) == 6
    assert {tuple(stored) for _, *stored in done} == {(2, 0)}
    # whichever worker is asked, it answers for both
    for _ in range(4):
        assert counted(serving.url, "hna_http_requests_total", route="/v1/reports") == 12
        assert counted(serving.url, "hna_measurements_received_total") == 12
    serving.process.terminate()
    said = serving.end()
    assert said.count("listening at") == 1
    assert serving.process.returncode == 0
    assert not serving.ready.exists()


def test_a_worker_that_dies_is_replaced_and_ctrl_c_stops_all_of_them(serve):
    serving = serve("--workers", "2")
    before = serving.children()
    victim, other = sorted(before, key=lambda child: child.pid)

    victim.kill()
    serving.wait_until(lambda: len(set(serving.children()) - set(before)) == 1)
    answered = ask(serving.url, "/readyz").status_code
    after = serving.children()
    os.killpg(serving.process.pid, signal.SIGINT)  # as a terminal does

    said = serving.end()
    assert (len(before), len(after), answered) == (2, 2, 200)
    assert other in after
    assert f"worker process {victim.pid} ended by signal 9; another takes its place" in said
    assert "Traceback" not in said
    assert serving.process.returncode == 0
    assert not any(worker.is_running() for worker in after)


def test_workers_stop_when_nobody_watches_them_any_more(serve):
    serving = serve("--workers", "2")
    workers = serving.children()

    serving.process.kill()

    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []
