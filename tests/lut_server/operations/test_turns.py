"""Many requests that wait for the database at once: none keeps another from ending."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.settings import Settings
from profiler.errors import ServerRefused

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)

WAITING = 60
"""More than the web server has threads, and than a database has connections."""


def test_requests_that_waited_for_one_another_are_all_answered_soon(client, bench, lock):
    devices = [replace(bench.device, fingerprint=f"device-{n}") for n in range(WAITING)]
    requests = [bench.registration().model_copy(update={"device": each}) for each in devices]
    client.devices()
    lock.take()
    with ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(client.register, request) for request in requests]
        time.sleep(0.5)
        done = sum(each.done() for each in waiting)

        lock.let_go()
        views = [each.result(timeout=15) for each in waiting]

    assert done == 0
    assert len(views) == WAITING
    assert len(client.devices()) == WAITING


def test_who_waits_for_too_long_is_told_to_come_again(place, clock, bench, lock):
    impatient = Settings(database=place, busy_timeout_s=0.2)
    with TestClient(create_app(impatient, clock)) as http:
        lock.take()
        with ThreadPoolExecutor(4) as pool, pytest.raises(ServerRefused) as refusal:
            client = LutClient(http=http)
            for each in [pool.submit(client.register, bench.registration()) for _ in range(4)]:
                each.result()
        lock.let_go()

    assert (refusal.value.status, refusal.value.fields["type"]) == (503, "store-failed")
