"""
A container engine, the images of the checkout, and the composed services.

``HNA_CONTAINERS=1`` runs what needs an engine.  ``HNA_ENGINE`` and ``HNA_COMPOSE`` name the
commands; ``HNA_PYTHON_IMAGE`` and ``HNA_POSTGRES_IMAGE`` stand in for images of a registry.
"""

import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = "hna-test"
PORT = 18765
BUILD_S = 600


class Engine:
    """Runs the container engine and its compose command, from the checkout."""

    def __init__(self):
        self.command = shlex.split(os.environ.get("HNA_ENGINE", "docker"))
        self.compose_command = shlex.split(os.environ.get("HNA_COMPOSE", "docker compose"))
        self.variables = {}

    def __call__(self, *arguments, check=True):
        return self._run([*self.command, *arguments], check)

    def compose(self, *arguments, check=True):
        files = ("--project-name", PROJECT, "--file", "docker/compose.yaml")
        return self._run([*self.compose_command, *files, *arguments], check)

    def _run(self, command, check):
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=BUILD_S,
            env=os.environ | self.variables,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done

    def is_podman(self):
        return self("--version").stdout.startswith("podman")

    def python(self, image, program):
        """Run *program* in a new container of *image*; return what it printed."""
        return self("run", "--rm", "--entrypoint", "python", image, "-c", program).stdout.strip()

    def build(self, role):
        """Build the image of *role*; say how long that took and how large it is."""
        tag = f"localhost/hna-{role}:test"
        base = os.environ.get("HNA_PYTHON_IMAGE")
        arguments = ("--build-arg", f"PYTHON_IMAGE={base}") if base else ()
        begin = time.monotonic()
        self("build", *arguments, "--file", f"docker/{role}.Dockerfile", "--tag", tag, ".")
        took_s = time.monotonic() - begin
        size = int(self("image", "inspect", "--format", "{{.Size}}", tag).stdout)
        # figures for docs/containers.md, shown by pytest -s
        print(f"\n{tag}: built in {took_s:.0f} s, {size / 1e6:.0f} MB")  # noqa: T201
        return tag


@pytest.fixture(scope="session")
def repository():
    return ROOT


@pytest.fixture(scope="session")
def engine():
    if os.environ.get("HNA_CONTAINERS") != "1":
        pytest.skip("builds and runs containers for minutes: set HNA_CONTAINERS=1")
    return Engine()


@pytest.fixture(scope="session")
def server_image(engine):
    return engine.build("server")


@pytest.fixture(scope="session")
def agent_image(engine):
    return engine.build("agent")


@pytest.fixture(scope="session")
def search_image(engine):
    return engine.build("search")


@pytest.fixture
def services(engine, server_image, agent_image):
    """The engine, with what the compose file wants to know; ends with nothing left of them."""
    engine.variables = {
        "POSTGRES_PASSWORD": "opensesame",
        "HNA_SERVER_IMAGE": server_image,
        "HNA_AGENT_IMAGE": agent_image,
        "HNA_PUBLISH": f"127.0.0.1:{PORT}",
        "HNA_BACKEND": "simulated",
    }
    if "HNA_POSTGRES_IMAGE" in os.environ:
        engine.variables["POSTGRES_IMAGE"] = os.environ["HNA_POSTGRES_IMAGE"]
    engine.compose("down", "--volumes", check=False)
    yield engine
    engine.compose("down", "--volumes")
