"""How a server stops: in order when told, at once when told again."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.workers.serving import config_of
from profiler.errors import LutError

on_both_databases = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def registering(lock, pool, bench):
    """Have a request on its way that waits for the database."""

    def register(url):
        with LutClient(url) as client:
            return client.register(bench.registration())

    def begin(url):
        lock.take()
        waiting = pool.submit(register, url)
        time.sleep(0.4)  # nothing outside of the server says that the request has arrived
        assert not waiting.done()
        return waiting

    return begin


def answers(url):
    try:
        return httpx2.get(f"{url}/healthz", trust_env=False).is_success
    except httpx2.TransportError:
        return False


@on_both_databases
def test_a_request_in_flight_is_answered_whole_and_new_ones_are_not_taken(
    serve, bench, lock, registering
):
    serving = serve()
    waiting = registering(serving.url)

    serving.process.send_signal(signal.SIGTERM)
    time.sleep(0.6)
    refused = not answers(serving.url)
    lock.let_go()

    assert waiting.result(timeout=10).device == bench.device
    assert serving.end().startswith("listening at")
    assert serving.process.returncode == 0
    assert refused
    assert not serving.ready.exists()


def test_a_server_drains_before_it_stops_and_then_ends_its_streams(serve, bench):
    serving = serve(drain_s=1.5)
    with LutClient(serving.url) as client:
        client.register(bench.registration())
        campaign = client.start_campaign(bench.campaign([bench.operation()]))
    events = f"{serving.url}/v1/campaigns/{campaign.id}/events"

    with httpx2.stream("GET", events, trust_env=False, timeout=20) as stream:
        lines = stream.iter_lines()
        first = next(lines)
        before = httpx2.get(f"{serving.url}/readyz", trust_env=False)
        serving.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        during = httpx2.get(f"{serving.url}/readyz", trust_env=False)
        devices = httpx2.get(f"{serving.url}/v1/devices", trust_env=False)
        rest = list(lines)  # to its end, which is no error

    serving.end()
    assert (before.status_code, during.status_code, devices.status_code) == (200, 503, 200)
    assert first.startswith("event: campaign")
    assert not any("finished" in line for line in rest)
    assert serving.process.returncode == 0


def test_a_second_signal_ends_a_server_at_once(serve, registering):
    serving = serve(grace_s=60)
    waiting = registering(serving.url)
    serving.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert serving.process.poll() is None

    serving.process.send_signal(signal.SIGTERM)

    serving.end(patience_s=2)
    assert serving.process.returncode == -signal.SIGTERM
    with pytest.raises(LutError):
        waiting.result(timeout=10)


def test_a_request_that_outlasts_its_grace_does_not_keep_a_server_alive(serve, registering):
    serving = serve(grace_s=1)
    waiting = registering(serving.url)
    began_s = time.monotonic()

    serving.process.send_signal(signal.SIGTERM)

    serving.end()
    assert time.monotonic() - began_s < 10
    with pytest.raises(LutError):
        waiting.result(timeout=10)


def test_uvloop_and_httptools_serve_where_they_are_installed(settings):
    uvloop = pytest.importorskip("uvloop")
    httptools_impl = pytest.importorskip("uvicorn.protocols.http.httptools_impl")
    config = config_of(create_app(settings))
    config.load()

    assert issubclass(config.http_protocol_class, httptools_impl.HttpToolsProtocol)
    assert config.get_loop_factory() is uvloop.new_event_loop
