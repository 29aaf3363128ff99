"""The images built and the composed services at work: minutes, only with ``HNA_CONTAINERS=1``."""

import json
import time
from contextlib import contextmanager

from lut_server.client import LutClient
from lut_server.wire import CampaignRequest, DeviceSelection
from profiler.operations import ResidualConv

URL = "http://127.0.0.1:18765"
WAIT_S = 60.0
MISSING = "from importlib.util import find_spec as f; print([n for n in {} if f(n)])"


def until(condition, what):
    """Return the first true answer of *condition*."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"{what} did not happen within {WAIT_S} s")


def bring_up(services):
    """
    Start the services in the order the compose file states.

    One by one, because an engine without systemd's timers never calls a container healthy.
    """
    services.compose("up", "--detach", "--no-build", "--no-deps", "postgres")
    ready = ("pg_isready", "--username=hna", "--dbname=hna", "--host=127.0.0.1")
    until(
        lambda: services.compose("exec", "-T", "postgres", *ready, check=False).returncode == 0,
        "the database being ready",
    )
    services.compose("run", "-T", "--rm", "--no-deps", "token")
    services.compose("up", "--detach", "--no-build", "--no-deps", "server", "agent")
    until(
        lambda: (
            services.compose("exec", "-T", "server", *probe(services), check=False).returncode == 0
        ),
        "the server being ready",
    )


def probe(services):
    """Return the server's health check as its image declares it."""
    (image,) = json.loads(
        services("image", "inspect", services.variables["HNA_SERVER_IMAGE"]).stdout
    )
    check = image.get("Healthcheck") or image["Config"]["Healthcheck"]  # podman, docker
    kind, *command = check["Test"]
    assert kind == "CMD"
    return command


@contextmanager
def administrator(services):
    create = ("hna", "token", "create", "--scope", "admin", "--name", "test")
    secret = services.compose("exec", "-T", "server", *create).stdout.strip().splitlines()[-1]
    with LutClient(URL, token=secret) as client:
        yield client


def test_the_agents_image_has_neither_torch_nor_a_web_framework_nor_a_database(engine, agent_image):
    unwanted = ["torch", "fastapi", "starlette", "sqlalchemy", "uvicorn"]

    assert engine.python(agent_image, MISSING.format(unwanted)) == "[]"


def test_no_image_runs_as_root(engine, server_image, agent_image, search_image):
    ask = "import os; print(os.getuid())"

    for image in (server_image, agent_image, search_image):
        assert engine.python(image, ask) == "10001"


def test_an_agents_container_measures_real_operations(engine, agent_image):
    arguments = (
        "profile",
        "--channels",
        "8",
        "8",
        "--size",
        "16",
        "--quick",
        "--candidate",
        "3x3_ResConv",
    )

    printed = engine("run", "--rm", agent_image, *arguments).stdout

    assert "3x3_ResConv 8>8 @16x16" in printed
    assert "latency us" in printed


def test_the_search_image_has_torch_and_no_server(engine, search_image):
    assert engine.python(search_image, "import torch; print(torch.ones(2).sum().item())") == "2.0"
    assert engine.python(search_image, MISSING.format(["fastapi", "sqlalchemy"])) == "[]"
    assert "search" in engine("run", "--rm", search_image).stdout


def test_composed_services_measure_report_and_keep_what_they_measured(services):
    operation = ResidualConv(channels_in=8, channels_out=8, height=8, width=8)
    bring_up(services)
    with administrator(services) as client:
        (view,) = until(client.devices, "the agent registering")
        campaign = client.start_campaign(
            CampaignRequest(
                name="containers",
                devices=DeviceSelection(fingerprints=(view.device.fingerprint,)),
                environment=view.environments[0],
                operations=(operation,),
            )
        )
        until(lambda: client.campaign(campaign.id).finished, "the agent measuring")
        (table,) = client.tables()

    services.compose("down")
    bring_up(services)

    with administrator(services) as client:
        (kept,) = client.tables()
        (again,) = until(client.devices, "the agent registering again")
    listed = services.compose("exec", "-T", "server", "hna", "token", "list").stdout
    assert kept.version == table.version
    assert again.device.fingerprint == view.device.fingerprint
    assert listed.count("compose") == 1
