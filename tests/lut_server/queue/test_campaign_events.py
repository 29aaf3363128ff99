"""Campaigns followed as server-sent events: in process, and from real servers that stop."""

import asyncio
import json
import socket
import threading
import time
from itertools import pairwise

import httpx2
import pytest

from lut_server.campaigns.streams import Streams
from lut_server.client import LutClient
from lut_server.client.events import events_in
from lut_server.stopping import Stopping
from profiler.errors import ServerRefused, ServerUnreachable, StreamsExhausted


def until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def events_of(response):
    return [(event.name, json.loads(event.data)) for event in events_in(response.iter_lines())]


@pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)
def test_a_finished_campaign_is_one_event_the_last(http, client, bench, boards):
    campaign = boards.campaign([bench.operation()])
    boards.report("left", boards.lease("left"))
    headers = {"last-event-id": "of another stream"}

    with http.stream("GET", f"/v1/campaigns/{campaign.id}/events", headers=headers) as response:
        ((name, document),) = events_of(response)

    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-cache"
    assert (name, document["state"], document["measured"]) == ("finished", "finished", 2)
    assert list(client.follow(campaign.id)) == [client.campaign(campaign.id)]


def test_a_campaign_nobody_knows_is_refused_before_the_stream_begins(http, client):
    answer = http.get("/v1/campaigns/nothing/events")

    assert (answer.status_code, answer.json()["type"]) == (404, "campaign-unknown")
    with pytest.raises(ServerRefused, match="no campaign has id 'nothing'"):
        next(client.follow("nothing"))


def test_more_than_so_many_streams_are_refused(http):
    server = http.app.state.server
    streams = Streams(server.database, server.clock, Stopping(), most=1)

    too_many = pytest.raises(StreamsExhausted, match="1 follow campaigns at this server already")
    with streams.place(), too_many, streams.place():
        pass
    with streams.place():
        pass
    streams.close()


def test_a_stream_tells_of_each_change_once_and_ends_when_the_server_does(
    http, client, bench, boards
):
    campaign = boards.campaign([bench.operation(8), bench.operation(10)], operations_per_job=2)
    server, stopping = http.app.state.server, Stopping()
    streams = Streams(server.database, server.clock, stopping, pause_s=0.01)
    told = []

    async def follow():
        async for event in streams.events(await streams.look(campaign.id)):
            told.append((event.event, json.loads(event.raw_data)["jobs"]))

    async def act():
        stream = asyncio.create_task(follow())
        await asyncio.to_thread(until, lambda: told)
        await asyncio.to_thread(boards.lease, "left")
        await asyncio.to_thread(until, lambda: len(told) > 1)
        await asyncio.sleep(0.1)  # for what must not come
        stopping.end()
        await asyncio.wait_for(stream, 2)

    asyncio.run(act())
    streams.close()

    assert told == [("campaign", {"queued": 2}), ("campaign", {"queued": 1, "leased": 1})]


def test_what_another_server_wrote_is_told_and_the_last_event_is_finished(
    served, client, bench, boards
):
    campaign = boards.campaign([bench.operation()])
    url, *_ = served()
    seen = []
    with LutClient(url) as follower:
        thread = threading.Thread(target=lambda: seen.extend(follower.follow(campaign.id)))
        thread.start()
        until(lambda: seen)
        boards.report("left", boards.lease("left"))
        thread.join(10)

    assert seen[0].jobs == {"queued": 1}
    assert (seen[-1].state, seen[-1].measured) == ("finished", 2)
    assert all(before != after for before, after in pairwise(seen))


def test_a_server_that_stops_ends_its_streams_and_the_client_asks_the_next_one(
    monkeypatch, served, client, bench, boards
):
    campaign = boards.campaign([bench.operation()])
    monkeypatch.setattr("lut_server.client.campaigns.RECONNECT_AFTER_S", 0.05)
    monkeypatch.setattr("lut_server.client.campaigns.RECONNECTIONS", 200)
    url, server, served_by, _ = served()
    seen = []
    with LutClient(url) as follower:
        thread = threading.Thread(target=lambda: seen.extend(follower.follow(campaign.id)))
        thread.start()
        until(lambda: seen)

        server.leave()
        began_s = time.monotonic()
        served_by.join(10)
        stopped_after_s = time.monotonic() - began_s
        boards.report("left", boards.lease("left"))
        served(int(url.rsplit(":", 1)[1]))
        thread.join(10)

    assert stopped_after_s < 4
    assert [view.state for view in seen] == ["running", "finished"]


def test_a_client_that_goes_away_gives_its_place_back(served, bench, boards):
    campaign = boards.campaign([bench.operation()])
    url, _, _, app = served()
    streams = app.state.server.streams

    with httpx2.stream("GET", f"{url}/v1/campaigns/{campaign.id}/events") as response:
        lines = response.iter_lines()  # kept: its end would close the connection
        first = next(lines)
        during = streams.followers

    assert (first, during) == ("event: campaign", 1)
    until(lambda: streams.followers == 0)


def test_a_client_that_no_server_answers_gives_up(monkeypatch):
    monkeypatch.setattr("lut_server.client.campaigns.RECONNECT_AFTER_S", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with LutClient(f"http://127.0.0.1:{port}") as follower, pytest.raises(ServerUnreachable):
        next(follower.follow("any"))


def test_events_are_read_as_they_are_written():
    lines = [": alive", "", "retry: 5", "event: campaign", "data: 1", "data:2", "", "data: 3", ""]

    assert [(event.name, event.data) for event in events_in(lines)] == [
        ("campaign", "1\n2"),
        ("message", "3"),
    ]
