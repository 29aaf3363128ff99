"""``/metrics``: what Prometheus is told, read with Prometheus' own parser."""

import math
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from lut_server.metrics import store
from lut_server.wire import HealthChange, HealthReport, Report
from profiler.measuring.sentinels import SENTINELS

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)

LAST_SEEN = "hna_device_last_seen_timestamp_seconds"


@pytest.fixture(autouse=True)
def _nothing_is_kept(monkeypatch):
    """Have every scrape read the store; that it does not is a test of its own."""
    monkeypatch.setattr(store, "KEPT_S", 0.0)
    monkeypatch.setattr(store, "DRIFT_KEPT_S", 0.0)


@pytest.fixture
def scrape(http):
    def scrape():
        response = http.get("/metrics")
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/plain")
        return samples(response.text)

    return scrape


def samples(text):
    """Return the samples by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found, metric, **labels):
    return found.get((metric, frozenset(labels.items())))


def by_label(found, name, label):
    return {dict(labels)[label]: value for (of, labels), value in found.items() if of == name}


def test_an_empty_store_has_counts_of_zero_and_no_devices(scrape):
    found = scrape()

    assert of(found, "hna_database_up") == 1
    assert of(found, "hna_lease_expiries_total") == 0
    assert set(by_label(found, "hna_jobs", "state").values()) == {0}
    assert by_label(found, LAST_SEEN, "device") == {}


def test_a_device_is_told_with_its_health_and_when_it_was_last_seen(scrape, registered, clock):
    found = scrape()

    device = registered.device.fingerprint
    assert of(found, LAST_SEEN, device=device) == clock.now.timestamp()
    assert of(found, "hna_device_health", device=device, health="unknown") == 1
    assert of(found, "hna_device_state", device=device, state="idle") == 1
    labels = {"device": device, "name": "bench", "model": "bench-2-cores"}
    assert of(found, "hna_device_info", **labels) == 1


def test_a_retired_device_is_forgotten(scrape, client, registered):
    change = HealthChange(health="retired", reason="its fan broke")
    client.change_health(registered.device.fingerprint, change)

    found = scrape()

    assert by_label(found, LAST_SEEN, "device") == {}
    assert by_label(found, "hna_device_health", "device") == {}


@pytest.mark.usefixtures("registered")
def test_the_queue_is_counted_as_it_is_now_and_an_expired_lease_once(scrape, client, bench, clock):
    operations = [bench.operation(8), bench.operation(16)]
    client.start_campaign(bench.campaign(operations, operations_per_job=2))
    client.lease(bench.lease_request())
    leased = scrape()
    clock.move(seconds=61)

    expired = scrape()
    client.lease(bench.lease_request())
    again = scrape()

    assert (of(leased, "hna_jobs", state="queued"), of(leased, "hna_jobs", state="leased")) == (
        1,
        1,
    )
    assert of(leased, "hna_device_state", device="f00d", state="leased") == 1
    assert of(leased, "hna_campaigns", state="running") == 1
    assert of(expired, "hna_jobs", state="queued") == 2
    assert of(expired, "hna_device_state", device="f00d", state="idle") == 1
    assert [of(each, "hna_lease_expiries_total") for each in (leased, expired, again)] == [0, 1, 1]


@pytest.mark.usefixtures("registered")
def test_a_measurement_is_counted_when_it_is_stored_and_not_when_it_comes_again(
    scrape, client, bench
):
    report = Report(session=bench.session(bench.measured(bench.operation())))

    client.report(report)
    client.report(report)

    assert of(scrape(), "hna_measurements_received_total") == 2


@pytest.mark.usefixtures("registered")
def test_a_table_is_told_by_its_newest_version_without_being_computed(scrape, client, bench, clock):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    (view,) = client.tables()
    before = scrape()
    client.table(view.name)
    clock.move(seconds=100)

    after = scrape()

    reported = clock.now.timestamp() - 100
    last_report = "hna_table_last_report_timestamp_seconds"
    assert of(before, last_report, table=view.name) == reported
    assert of(after, last_report, table=view.name) == reported
    assert of(after, "hna_table_entries", table=view.name) == 2
    assert of(after, "hna_table_versions", table=view.name) == 1
    assert of(after, "hna_table_version_timestamp_seconds", table=view.name) == reported


@pytest.mark.usefixtures("registered")
def test_drift_is_the_newest_pass_over_the_usual_ones(scrape, client, bench, clock):
    def check(factor):
        clock.move(seconds=1)
        latencies = dict.fromkeys(SENTINELS.values(), factor * 100.0)
        session = bench.session(latencies)
        client.report_health("f00d", HealthReport(session=session))

    check(1.0)
    first = scrape()
    for factor in (1.0, 1.0, 1.1):
        check(factor)

    drifts = by_label(scrape(), "hna_sentinel_drift_ratio", "sentinel")

    assert by_label(first, "hna_sentinel_drift_ratio", "sentinel") == {}
    assert drifts.keys() == SENTINELS.keys()
    assert all(math.isclose(ratio, 1.1, rel_tol=1e-9) for ratio in drifts.values())


def test_requests_are_counted_by_route_whatever_the_address_says(scrape, http):
    for address in ("/v1/campaigns/1", "/v1/campaigns/2", "/no/such", "/elsewhere"):
        http.get(address)
    http.request("BREW", "/v1/tables")

    found = scrape()

    name = "hna_http_requests_total"
    routed = {"route": "/v1/campaigns/{campaign_id}", "method": "GET", "status": "404"}
    assert of(found, name, **routed) == 2
    assert of(found, name, route="other", method="GET", status="404") == 2
    assert "BREW" not in by_label(found, name, "method")
    durations = "hna_http_request_duration_seconds_count"
    assert of(found, durations, route="/v1/campaigns/{campaign_id}", method="GET") == 2


@pytest.mark.usefixtures("registered")
def test_a_table_from_the_shelf_is_counted_as_one(scrape, client, http, bench):
    client.report(Report(session=bench.session(bench.measured(bench.operation()))))
    (view,) = client.tables()
    for _ in range(3):
        assert http.get(f"/v1/tables/{view.name}").status_code == 200

    found = scrape()

    labels = {"route": "/v1/tables/{name}", "method": "GET", "status": "200"}
    assert of(found, "hna_http_requests_total", **labels) == 3


def test_what_was_read_stands_for_a_moment(scrape, client, bench, monkeypatch):
    monkeypatch.setattr(store, "KEPT_S", 60.0)
    scrape()
    bench.device = replace(bench.device, fingerprint="new")
    client.register(bench.registration())

    assert by_label(scrape(), LAST_SEEN, "device") == {}
