"""Several boards in front of one server, each with the requests and sessions of its own."""

import socket
import threading
from dataclasses import replace

import pytest

from lut_server.app import create_app
from lut_server.wire import DeviceSelection, LeaseRequest, Report
from lut_server.workers.serving import StoppableServer


class Boards:
    """Boards by name; two of one model, one of another."""

    def __init__(self, client, bench):
        self._client = client
        self._bench = bench
        self.devices = {
            name: replace(bench.device, fingerprint=fingerprint, name=name, model=model)
            for name, fingerprint, model in (
                ("left", "aa01", "pi"),
                ("right", "aa02", "pi"),
                ("other", "bb01", "jetson"),
            )
        }

    def register(self, name, **changes):
        self._bench.device = self.devices[name]
        return self._client.register(self._bench.registration(**changes))

    def lease(self, name):
        return self._client.lease(
            LeaseRequest(
                fingerprint=self.devices[name].fingerprint,
                environments=(self._bench.environment,),
                agent_id=f"agent of {name}",
            )
        )

    def session(self, name, operations, latency_us=30.0, **changes):
        self._bench.device = self.devices[name]
        return self._bench.session(dict.fromkeys(operations, latency_us), **changes)

    def report(self, name, lease, operations=None, *, lost=False, **changes):
        """Report a session for the job of *lease*, of all its operations or of some."""
        session = self.session(name, operations or lease.operations, **changes)
        lease_id = None if lost else lease.id
        report = Report(job_id=lease.job_id, lease_id=lease_id, session=session)
        return self._client.report(report)

    def campaign(self, operations, **changes):
        """Start a campaign; on boards of the model pi unless that is said."""
        fields = {"devices": DeviceSelection(models=("pi",))} | changes
        return self._client.start_campaign(self._bench.campaign(operations, **fields))


@pytest.fixture
def boards(client, bench):
    boards = Boards(client, bench)
    for name in boards.devices:
        boards.register(name)
    return boards


@pytest.fixture
def served(settings, clock):
    """Start further servers on the database, each in a thread; stopped when the test is over."""
    running = []

    def start(port=0):
        app = create_app(settings, clock)
        app.state.server.streams._pause_s = 0.05
        bound = socket.create_server(("127.0.0.1", port))
        listening = threading.Event()
        server = StoppableServer(app, listening=listening.set, signals=())
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        assert listening.wait(20)
        running.append((server, thread))
        return f"http://127.0.0.1:{bound.getsockname()[1]}", server, thread, app

    yield start
    for server, thread in running:
        server.leave()
        thread.join(10)
