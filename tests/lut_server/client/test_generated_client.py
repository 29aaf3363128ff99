"""
A client generated from the server's own description works against the server that runs.

The generator wants other versions of what this project uses, so it lives in an environment of its
own, which ``HNA_OPENAPI_PYTHON_CLIENT`` names: the path of its ``openapi-python-client``.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import httpx2
import pytest

from lut_server.client import LutClient
from lut_server.wire import Report

NAMED = os.environ.get("HNA_OPENAPI_PYTHON_CLIENT")

pytestmark = pytest.mark.skipif(
    not NAMED, reason="HNA_OPENAPI_PYTHON_CLIENT names no openapi-python-client"
)

USE = """
import sys
from made import Client
from made.api.campaigns import list_campaigns
from made.api.devices import get_device, list_devices
from made.api.tables import get_table, list_tables, query_entries
from made.models import EntriesRequest, Problem

with Client(base_url=sys.argv[1], raise_on_unexpected_status=True) as client:
    (device,) = list_devices.sync(client=client)
    (line,) = list_tables.sync(client=client)
    table = get_table.sync(line.name, client=client)
    key = "residual/nothing"
    answer = query_entries.sync(line.name, client=client, body=EntriesRequest(keys=[key]))
    refusal = get_device.sync("nobody", client=client)
    assert isinstance(refusal, Problem) and refusal.type_ == "device-unknown", refusal
    assert list_campaigns.sync(client=client) == []
    assert answer.missing == [key] and answer.version == line.version
    print(device.device.fingerprint, line.version, len(table.entries))
    print([entry.latency_us for entry in table.entries if entry.border_us])
"""


@pytest.fixture
def made(process, tmp_path):
    """Return where a client was generated from the description of a server that runs."""
    url = process[1].read_text().strip()
    described = tmp_path / "openapi.json"
    described.write_bytes(httpx2.get(f"{url}/openapi.json").content)
    config = tmp_path / "config.yaml"
    config.write_text("package_name_override: made\npost_hooks: []\n")
    command = [str(NAMED), "generate", "--path", str(described), "--config", str(config)]
    done = subprocess.run(
        [*command, "--meta", "none", "--output-path", str(tmp_path / "made")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    return tmp_path


def test_a_generated_client_reads_devices_tables_entries_and_problems(process, bench, made):
    url = process[1].read_text().strip()
    with LutClient(url) as client:
        client.register(bench.registration())
        client.report(Report(session=bench.session(bench.measured(bench.operation(), 30.0))))
        (view,) = client.tables()

    done = subprocess.run(
        [str(Path(str(NAMED)).parent / "python"), "-c", USE, url],
        cwd=made,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"f00d {view.version} 2", "[10.0]"]
