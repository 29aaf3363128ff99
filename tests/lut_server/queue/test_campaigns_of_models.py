"""A campaign by an ONNX file: its cells, and the whole where the file says which network it is."""

import base64
import json

import pytest
from onnx import TensorProto, helper

from lut_server.campaigns.commands import campaign
from lut_server.campaigns.selecting import select
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from lut_server.wire import CampaignRequest, DeviceSelection
from profiler.command import main
from profiler.errors import HnaError, ServerRefused
from profiler.onnx_cells.contents import NETWORK
from profiler.operations import OnnxCell, border_of, operation_key, operation_to_json

PI = DeviceSelection(models=("pi",))


def onnx_file(*nodes, properties=None):
    nodes = nodes or (helper.make_node("Relu", ["x"], ["y"]),)
    side = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    outs = [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)]
    graph = helper.make_graph(nodes, "made", [side], outs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    helper.set_model_props(model, properties or {})
    return model.SerializeToString()


def request(model, **fields):
    return CampaignRequest(name="a model", devices=PI, model=model, **fields)


def exported(network):
    return onnx_file(properties={NETWORK: json.dumps(operation_to_json(network))})


SPLIT = helper.make_node("Split", ["x"], ["a", "b"], name="halves", axis=2)
TANH = helper.make_node("Tanh", ["x"], ["y"])


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_a_model_exported_here_is_measured_in_parts_and_whole(client, bench, boards):
    network = bench.network(1)
    parts = tuple(network.parts())

    view = client.start_campaign(request(exported(network)))
    leased = {operation_key(operation) for operation in boards.lease("left").operations}

    borders = {border_of(part) for part in parts} - {None}
    assert leased == {operation_key(each) for each in (*parts, *borders, network)}
    assert view.requested == len(leased)
    assert view.notes == ()


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_a_model_from_elsewhere_is_measured_in_cells_and_what_is_not_is_said(client, boards):
    model = onnx_file(SPLIT, helper.make_node("Relu", ["x"], ["y"]))

    started = client.start_campaign(request(model))
    (cell,) = boards.lease("left").operations

    assert isinstance(cell, OnnxCell)
    assert "the whole is not" in started.notes[0]
    assert "1 nodes of the model are in no operation: halves: Split" in started.notes[1]
    assert client.campaign(started.id).notes == started.notes


def test_the_same_model_with_the_same_id_is_one_campaign(client, boards):
    asked = request(onnx_file(), id="0123456789")

    first, second = client.start_campaign(asked), client.start_campaign(asked)
    with pytest.raises(ServerRefused, match="asked for something else"):
        client.start_campaign(request(onnx_file(TANH), id="0123456789"))

    assert first == second
    assert len(client.campaigns()) == 1


def test_base64_of_either_alphabet_is_a_model(http, boards):
    model = onnx_file(helper.make_node("Relu", ["x"], ["ÿ>ÿ?"]))
    asked = {"name": "a model", "devices": {"models": ["pi"]}}

    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        answer = http.post("/v1/campaigns", json=asked | {"model": encode(model).decode()})

        assert answer.status_code == 201
        assert answer.json()["requested"] == 1


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (b"GIF89a", "no ONNX model"),
        (onnx_file(SPLIT), "nothing of the model can be measured: 1 nodes"),
    ],
)
def test_a_model_nothing_of_which_can_be_measured_is_refused(client, boards, model, said):
    with pytest.raises(ServerRefused, match=said) as refusal:
        client.start_campaign(request(model))

    assert refusal.value.status == 422
    assert client.campaigns() == ()


def test_no_transaction_waits_for_a_model_to_be_read(client, boards, monkeypatch, http):
    looked = []

    def read(model):
        database = http.app.state.server.database
        with database.writing() as session:
            looked.append(session.connection().closed)
        raise HnaError("read")

    monkeypatch.setattr("lut_server.campaigns.selecting.contents_of", read)
    with pytest.raises(ServerRefused, match="read"):
        client.start_campaign(request(onnx_file()))

    assert looked == [False]


def test_a_model_is_not_read_for_whoever_may_not_start_a_campaign(http, clock, monkeypatch):
    with http.app.state.server.database.writing() as session:
        secret = TokenService(TokenRepository(session), clock).create("reader", "read")[1]
    clock.move(seconds=2)  # the server has noticed that there are tokens now
    read = []
    monkeypatch.setattr("lut_server.campaigns.selecting.contents_of", read.append)
    asked = request(onnx_file()).model_dump_json()

    answer = http.post(
        "/v1/campaigns", content=asked, headers={"authorization": f"Bearer {secret}"}
    )

    assert (answer.status_code, read) == (403, [])


def test_a_model_of_the_same_network_asks_for_what_its_operations_ask_for(bench):
    network = bench.network(2)

    selected = select(request(exported(network)))

    assert selected.operations == (*network.parts(), network)


def test_a_campaign_by_a_file_says_what_is_not_measured(served, boards, capsys, tmp_path):
    url, *_ = served()
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_file())
    arguments = ["start", "a model", "--model", "pi", "--server", url]

    started = main(["campaign", *arguments, "--onnx", str(path)], command=campaign)
    printed = capsys.readouterr().out
    both = main(["campaign", *arguments, "--onnx", str(path), "--space", "paper"], command=campaign)

    assert (started, both) == (0, 2)
    assert "note: the model is from elsewhere" in printed
    assert "say what to measure" in capsys.readouterr().err
