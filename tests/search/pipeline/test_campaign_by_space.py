"""A campaign by a search space and the campaigns of a search ask for the same keys."""

from lut_server.wire import CampaignRequest, DeviceSelection, SpaceSelection
from profiler.operations import operation_key
from profiler.space import known_topology, named_space, random_networks
from profiler.space.inputs import input_operations
from search.devices import measure_space
from search.target import measure_on

CANDIDATES = ("3x3_ResConv", "3x3_SpaConv")
SMALL = {"channels": "one", "backbone": "resnet_10", "height": 32, "width": 32}


def start(client, agent, **selection):
    devices = DeviceSelection(fingerprints=(agent.device.fingerprint,))
    space = SpaceSelection(**SMALL, candidates=CANDIDATES, **selection)
    view = client.start_campaign(CampaignRequest(name="by space", devices=devices, space=space))
    agent.work()
    return view


def test_after_a_campaign_by_its_space_a_search_measures_nothing(client, agent):
    by_space = start(client, agent, topology="unet", networks=5, seed=4)
    space = named_space(
        SMALL["channels"], SMALL["backbone"], height=32, width=32, candidates=CANDIDATES
    )
    topology = known_topology("unet")
    seen = []

    measure_space(
        client,
        agent.target,
        space,
        topology,
        random_networks(space, topology, 5, seed=4),
        seen.append,
    )

    assert client.campaign(by_space.id).state == "finished"
    assert seen[-1].already_measured == seen[-1].requested == by_space.requested
    assert len(agent.sessions) == 1


def test_after_a_campaign_of_inputs_stage_1_measures_nothing(client, agent):
    by_space = start(client, agent, parts="inputs")
    operations = input_operations(
        named_space(SMALL["channels"], SMALL["backbone"], height=32, width=32)
    )

    view = measure_on(client, agent.target, operations, name="inputs", sleep=agent.work)

    assert (view.requested, view.already_measured) == (by_space.requested, by_space.requested)
    assert len(agent.sessions) == 1
    keys = {entry.key for entry in client.table(agent.target.table).entries}
    assert {operation_key(operation) for operation in operations} <= keys
