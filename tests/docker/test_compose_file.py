"""The compose file: what it refers to exists, and its order and secrets are as promised."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DOCKER = Path(__file__).parents[2] / "docker"
COMPOSE_FILE = DOCKER / "compose.yaml"


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load(COMPOSE_FILE.read_text())


@pytest.fixture(scope="module")
def services(document):
    return document["services"]


def named_volumes(service):
    """Volume and place of each named volume a service mounts."""
    mounts = [text.split(":") for text in service.get("volumes", [])]
    return {mount[0]: mount[1] for mount in mounts if not mount[0].startswith(("/", "."))}


def validators():
    """The commands on this machine that know the schema of compose files."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    probe = ("docker", "compose", "version")
    if shutil.which("docker") and subprocess.run(probe, capture_output=True).returncode == 0:
        return ["docker", "compose"]
    return None


def test_the_schema_of_compose_files_is_kept():
    command = validators()
    if command is None:
        pytest.skip("neither docker-compose nor docker compose is on this machine")

    result = subprocess.run(
        [*command, "--file", COMPOSE_FILE, "config", "--quiet"],
        capture_output=True, text=True, env=os.environ | {"POSTGRES_PASSWORD": "x"},
    )  # fmt: skip

    assert result.returncode == 0, result.stderr


def test_every_volume_that_is_mounted_is_declared_and_used(document, services):
    mounted = {name for service in services.values() for name in named_volumes(service)}

    assert mounted == set(document["volumes"])


def test_every_service_waits_for_services_that_can_tell(services):
    for service in services.values():
        for name, on in service.get("depends_on", {}).items():
            healthy = on["condition"] == "service_healthy"
            has_check = "healthcheck" in services[name] or "HEALTHCHECK" in dockerfile(
                services[name]
            )
            assert not healthy or has_check


def dockerfile(service):
    """The text of the Dockerfile a service is built from; empty where it is not."""
    build = service.get("build")
    return (DOCKER / build["context"] / build["dockerfile"]).read_text() if build else ""


def test_the_order_is_database_token_server_agent(services):
    waits = {name: list(service.get("depends_on", {})) for name, service in services.items()}

    assert waits == {
        "postgres": [], "token": ["postgres"], "server": ["token"], "agent": ["server"],
    }  # fmt: skip


def test_built_images_come_from_files_that_exist(services):
    assert "EXPOSE 8765" in dockerfile(services["server"])
    assert '"agent"' in dockerfile(services["agent"])


def test_the_token_is_in_no_variable_and_reaches_the_agent_read_only(services):
    agent = services["agent"]

    assert agent["environment"]["HNA_TOKEN_FILE"].startswith(named_volumes(agent)["token"])
    assert "token:/run/hna:ro" in agent["volumes"]
    assert "HNA_TOKEN" not in agent["environment"]
    assert named_volumes(services["token"])["token"] == named_volumes(agent)["token"]
    assert "umask 077" in services["token"]["command"][0]


def test_the_server_is_published_on_loopback_unless_asked(services):
    assert services["server"]["ports"] == ["${HNA_PUBLISH:-127.0.0.1:8765}:8765"]


def test_images_of_others_have_a_version(services):
    image = services["postgres"]["image"]

    assert re.fullmatch(r"\$\{POSTGRES_IMAGE:-postgres:\d+\.\d+-\w+\}", image)


def test_the_example_names_every_variable_a_person_has_to_set():
    required = set(re.findall(r"\$\{(\w+):\?", COMPOSE_FILE.read_text()))
    named = set(re.findall(r"^(\w+)=", (DOCKER / ".env.example").read_text(), re.MULTILINE))

    assert required == {"POSTGRES_PASSWORD"}
    assert required <= named
    assert "POSTGRES_PASSWORD=\n" in (DOCKER / ".env.example").read_text()
