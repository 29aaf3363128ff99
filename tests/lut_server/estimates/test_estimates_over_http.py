"""Networks priced by a table over HTTP: with an interval, with what is missing, from ONNX files."""

import json

import pytest
from onnx import TensorProto, helper

from lut_server.wire import Report
from profiler.errors import ServerRefused
from profiler.onnx_cells.contents import NETWORK
from profiler.operations import border_of, operation_key, operation_to_json

pytestmark = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def name(client, bench, registered):
    """A table with two operations, of 20 and 40 us."""
    latencies = {}
    for channels, us in ((8, 30.0), (16, 50.0)):
        latencies |= bench.measured(bench.operation(channels), us)
        latencies[border_of(bench.operation(channels))] = 10.0
    client.report(Report(session=bench.session(latencies)))
    return client.tables()[0].name


def onnx_file(properties=None):
    side = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "made", [side], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    helper.set_model_props(model, properties or {})
    return model.SerializeToString()


def test_operations_one_after_the_other_cost_their_sum_with_an_interval(client, bench, name):
    estimate = client.estimate(name, [bench.operation(8), bench.operation(8), bench.operation(16)])

    assert estimate.latency_us == estimate.sum_us == pytest.approx(80.0)
    assert estimate.low_us <= 80.0 <= estimate.high_us
    assert (estimate.rows, estimate.value_kinds, estimate.missing) == (3, {"measured": 3}, ())
    assert "no certificate" in estimate.doubts[0]
    assert estimate.table_version == client.tables()[0].version


def test_what_has_no_row_is_named_and_never_priced(client, bench, name):
    unknown = bench.operation(32)

    estimate = client.estimate(name, [bench.operation(8), unknown, unknown])

    assert estimate.missing == (operation_key(unknown),)
    assert (estimate.latency_us, estimate.low_us, estimate.high_us) == (None, None, None)
    assert estimate.sum_us == pytest.approx(20.0)


def test_a_network_is_estimated_from_its_parts(client, bench, name):
    network = bench.network(1)

    estimate = client.estimate(name, network)

    assert set(estimate.missing) == {operation_key(part) for part in network.parts()}


def test_a_network_that_was_measured_whole_is_its_own_row(client, bench, name):
    network = bench.network(1)
    client.report(Report(session=bench.session({network: 900.0})))

    estimate = client.estimate(name, network)

    assert (estimate.latency_us, estimate.rows, estimate.missing) == (900.0, 1, ())
    assert estimate.doubts == ()


def test_a_model_exported_here_is_the_network_it_says_it_is(client, bench, name):
    network = bench.network(1)
    model = onnx_file({NETWORK: json.dumps(operation_to_json(network))})

    assert client.cells(model).operations == tuple(network.parts())
    assert client.estimate_model(name, model) == client.estimate(name, network)


def test_a_model_from_elsewhere_is_cut_into_cells_that_a_campaign_takes(client, bench, name):
    contents = client.cells(onnx_file())

    campaign = client.start_campaign(bench.campaign(contents.operations))
    lease = client.lease(bench.lease_request())

    assert campaign.requested == 1
    assert lease.operations == contents.operations


@pytest.mark.usefixtures("name")
def test_a_file_that_is_no_model_is_refused(client):
    with pytest.raises(ServerRefused, match="no ONNX model") as refusal:
        client.cells(b"GIF89a")

    assert refusal.value.status == 422


def test_a_request_of_both_or_neither_is_refused(http, name):
    for body in ({}, {"network": None, "operations": []}):
        assert http.post(f"/v1/tables/{name}/estimate", json=body).status_code == 422


def test_a_table_that_is_not_there_is_named(client, bench):
    with pytest.raises(ServerRefused, match="nowhere@none"):
        client.estimate("nowhere@none", bench.network(1))
