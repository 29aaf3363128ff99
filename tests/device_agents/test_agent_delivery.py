"""Reports against the real server in this process: delivered later, twice, and without a job."""

import pytest

from device_agents.delivery import Delivery
from device_agents.spool import Spool
from lut_server.client import LutClient
from lut_server.wire import Registration
from profiler.device import table_name
from profiler.errors import ServerRefused, SpoolFailed

testclient = pytest.importorskip("fastapi.testclient", reason="the server's extra is absent")


@pytest.fixture
def client(tmp_path):
    from lut_server.app import create_app
    from lut_server.settings import Settings

    app = create_app(Settings(database=tmp_path / "lut.db"))
    with testclient.TestClient(app) as http:
        yield LutClient(http=http)


@pytest.fixture
def described(measurer):
    return measurer.describe()


@pytest.fixture
def registered(client, described):
    client.register(
        Registration(
            device=described.device, environments=(described.environment,), agent_version="1"
        )
    )
    return client


def sessions(client, described):
    name = table_name(described.device.model, described.environment)
    return [session.id for session in client.sessions(name)]


def test_a_report_spooled_before_a_restart_is_delivered_after_it(
    registered, described, tmp_path, make_report, display
):
    report = make_report()
    with Spool(tmp_path / "spool") as before:
        Delivery(registered, before, display.say).keep(report)

    with Spool(tmp_path / "spool") as after:
        Delivery(registered, after, display.say).drain()
        assert len(after) == 0

    assert sessions(registered, described) == [report.session.id]


def test_a_report_delivered_twice_is_stored_once(
    registered, described, spool, make_report, display
):
    report = make_report()
    delivery = Delivery(registered, spool, display.say)
    for _ in range(2):  # as after a crash between the acknowledgement and the removal
        delivery.keep(report)
        delivery.drain()

    assert sessions(registered, described) == [report.session.id]
    assert f"0 measurements stored, {len(report.session.measurements)} known" in display.text


def test_a_report_of_a_job_the_server_forgot_is_stored_all_the_same(
    registered, described, spool, make_report, display
):
    report = make_report(job_id="forgotten", lease_id="forgotten")
    delivery = Delivery(registered, spool, display.say)
    delivery.keep(report)

    delivery.drain()

    assert delivery.waiting == 0
    assert sessions(registered, described) == [report.session.id]


def test_a_server_that_lost_its_database_leaves_the_report_in_the_spool(
    client, spool, make_report, display
):
    delivery = Delivery(client, spool, display.say)
    delivery.keep(make_report())

    with pytest.raises(ServerRefused):
        delivery.drain()
    assert delivery.waiting == 1


def test_what_the_disk_did_not_take_is_written_before_the_process_ends(
    registered, tmp_path, make_report, display, monkeypatch
):
    with Spool(tmp_path / "spool") as spool:
        delivery = Delivery(registered, spool, display.say)
        with monkeypatch.context() as full:
            full.setattr(spool, "put", _disk_full)
            delivery.keep(make_report())
        assert len(spool) == 0

        delivery.save()

        assert len(spool) == 1


def test_reports_that_would_be_lost_with_the_process_are_counted(
    registered, spool, make_report, display, monkeypatch
):
    delivery = Delivery(registered, spool, display.say)
    monkeypatch.setattr(spool, "put", _disk_full)
    delivery.keep(make_report())

    with pytest.raises(SpoolFailed, match="1 reports are lost"):
        delivery.save()


def _disk_full(report):
    raise SpoolFailed("the disk is full")
