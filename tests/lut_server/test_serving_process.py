"""``hna serve`` as a real process on a real socket, and the client in front of it."""

import signal
import socket
import sys

import pytest
from typer.testing import CliRunner

from lut_server.client import LutClient
from lut_server.commands import serve
from lut_server.settings import Settings, is_loopback
from lut_server.table_commands.group import table
from lut_server.wire import Report
from profiler.errors import ExtraMissing, HnaError, ListenFailed, ServerUnreachable, StoreInvalid


def test_a_server_with_no_set_up_serves_agents_and_stops_on_interrupt(process, bench, tmp_path):
    running, ready = process
    with LutClient(ready.read_text().strip()) as client:
        client.health()
        client.register(bench.registration())
        client.report(Report(session=bench.session(bench.measured(bench.operation()))))
        (view,) = client.tables()
        first = client.table(view.name)
        again = client.table(view.name)

    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=20)

    assert again is first
    assert first.version == view.version
    assert running.returncode == 0
    assert output.startswith("listening at http://127.0.0.1:")
    assert (tmp_path / "hna" / "lut.db").exists()
    assert not ready.exists()


def test_a_port_in_use_is_named_with_the_way_out(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(ListenFailed, match=f"port {port}: another program .*--port 0"):
            serve(port=port, database=tmp_path / "lut.db")


def test_a_database_file_that_is_none_stops_the_command(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("no database " * 100)

    with pytest.raises(StoreInvalid, match=r"notes\.txt"):
        serve(port=0, database=path)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_nothing_is_served_off_loopback_without_tokens(host, tmp_path):
    with pytest.raises(ListenFailed, match=f"refusing to listen at {host}: .*hna token create"):
        serve(host=host, port=0, database=tmp_path / "lut.db")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_addresses_are_served(host):
    assert is_loopback(host)


def test_an_impossible_setting_is_named():
    with pytest.raises(HnaError, match="setting port=70000"):
        serve(port=70000)


def test_settings_come_from_the_environment_too(monkeypatch):
    monkeypatch.setenv("HNA_SERVER_LEASE_SECONDS", "5")

    assert Settings().lease_seconds == 5.0


def test_a_missing_web_framework_names_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for module in ("listen", "workers.serving"):
        monkeypatch.delitem(sys.modules, f"lut_server.{module}", raising=False)

    with pytest.raises(ExtraMissing, match=r"uvicorn is not installed.*hna-nas\[server\]"):
        serve(port=0)


def test_tables_are_listed_and_printed_in_the_terminal(process, bench, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    url = process[1].read_text().strip()
    with LutClient(url) as client:
        client.register(bench.registration())
        client.report(Report(session=bench.session(bench.measured(bench.operation()))))
        (view,) = client.tables()

    listed = CliRunner().invoke(table, ["list", "--server", url])
    printed = CliRunner().invoke(table, ["show", view.name, "--server", url])

    assert view.name in listed.output
    assert view.version in listed.output
    assert "residual/" in printed.output
    assert "10.00" in printed.output


def test_no_server_says_how_to_start_one():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with (
        LutClient(f"http://127.0.0.1:{port}") as client,
        pytest.raises(ServerUnreachable, match=f":{port} .*start one with: hna serve"),
    ):
        client.health()
