"""The Dockerfiles as text: linted, pinned, unprivileged, and true about the checkout."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))
AGENTS = [path for path in DOCKERFILES if path.name.startswith("agent")]
DEPLOYED = [path for path in (ROOT / "docker").iterdir() if path.is_file()]
HADOLINT = Path(sys.executable).parent / "hadolint"


def name_of(path):
    return path.name


def instructions(path):
    """Each instruction of a Dockerfile with its arguments, continuation lines joined."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def arguments_of(path, instruction):
    return [rest for name, rest in instructions(path) if name == instruction]


def base_images(path):
    """The images a Dockerfile starts from, with the defaults of its arguments put in."""
    defaults = dict(text.split("=", 1) for text in arguments_of(path, "ARG") if "=" in text)
    found = []
    for text in arguments_of(path, "FROM"):
        image = text.split()[0]
        for name, value in defaults.items():
            image = image.replace(f"${{{name}}}", value)
        found.append(image)
    return found


def foreign_hosts(text):
    """Hosts of addresses and of images that a text names; numbers and services are nobody's."""
    addresses = re.findall(r"https?://([\w.-]+)", text)
    images = re.findall(r"\b([\w-]+(?:\.[\w-]+)+(?::\d+)?)/[\w./-]+:[\w.-]+", text)
    return {host for host in (*addresses, *images) if re.search(r"\.[a-z]+$", host)}


def test_there_is_one_dockerfile_a_role():
    roles = {path.name.removesuffix(".Dockerfile") for path in DOCKERFILES}

    assert roles == {"server", "agent", "agent-cuda", "agent-jetson", "search"}


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not installed beside this Python")
@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_hadolint_finds_nothing(path):
    command = [HADOLINT, "--no-color", "--config", ROOT / "docker/hadolint.yaml", path]

    result = subprocess.run(command, capture_output=True, text=True)

    assert (result.stdout + result.stderr, result.returncode) == ("", 0)


@pytest.mark.skipif(not HADOLINT.exists(), reason="hadolint is not installed beside this Python")
def test_hadolint_would_find_an_image_that_is_not_pinned(tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM python:latest\n")
    config = ROOT / "docker/hadolint.yaml"

    result = subprocess.run(
        [HADOLINT, "--config", config, tmp_path / "Dockerfile"], capture_output=True, text=True
    )

    assert result.returncode == 1
    assert "DL3007" in result.stdout


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_every_base_image_has_a_version(path):
    images = base_images(path)

    assert len(images) == 2
    for image in images:
        tag = image.rpartition(":")[2]
        assert re.search(r"\d+\.\d+", tag), image


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_an_image_ends_unprivileged_with_a_folder_of_its_own(path):
    assert arguments_of(path, "USER") == ["10001"]
    assert arguments_of(path, "VOLUME") == ["/var/lib/hna"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_every_installation_obeys_the_constraints(path):
    installs = re.findall(r"pip install ([^&]*)", " ".join(arguments_of(path, "RUN")))

    assert installs
    assert all(text.startswith("-c constraints.txt ") for text in installs)


@pytest.mark.parametrize("path", AGENTS, ids=name_of)
def test_an_agents_image_installs_neither_torch_nor_the_servers_packages(path):
    runs = " ".join(arguments_of(path, "RUN"))

    assert not re.search(r"torch|search|server|postgres|dev\b|fastapi", runs)


def test_the_searchs_image_installs_torch_before_anything_can_ask_for_another():
    (command,) = arguments_of(ROOT / "docker/search.Dockerfile", "RUN")[:1]

    first, second = re.findall(r"pip install ([^&]*)", command)
    assert first.split()[-1] == "torch"
    assert ".[search]" in second


@pytest.mark.parametrize("path", DOCKERFILES, ids=name_of)
def test_what_is_copied_exists(path):
    copied = [text.split()[:-1] for text in arguments_of(path, "COPY") if "--from" not in text]

    assert copied == [["."]]


def test_the_context_of_a_build_is_what_the_packages_need_and_all_of_it_exists():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]

    assert "*" in lines
    assert {"profiler", "lut_server", "device_agents", "search", "constraints.txt"} <= {*allowed}
    assert [name for name in allowed if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DEPLOYED, ids=name_of)
def test_no_host_of_a_registry_or_index_is_written_down(path):
    assert foreign_hosts(path.read_text()) == set()


def test_a_host_would_be_noticed():
    assert foreign_hosts("FROM registry.example.org/python:3.11") == {"registry.example.org"}
    assert foreign_hosts("--index-url https://wheels.example.org/cpu") == {"wheels.example.org"}
