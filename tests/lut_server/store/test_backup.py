"""Backups: whole, checked, made while a server works, and never over another file."""

import sqlite3
from contextlib import closing
from threading import Event, Thread

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from lut_server.app import create_app
from lut_server.backup import postgresql
from lut_server.backup.backing_up import back_up
from lut_server.client import LutClient
from lut_server.engines.place import place_of
from lut_server.settings import Settings
from lut_server.table_commands.group import table
from lut_server.wire import Report
from profiler.errors import BackupFailed, StoreInvalid


def quietly(done, whole):
    pass


@pytest.fixture
def reported(client, registered, bench):
    session = bench.session(bench.measured(bench.operation()))
    client.report(Report(session=session))
    return session


def test_the_backup_of_a_store_in_use_is_a_store(http, client, reported, settings, tmp_path):
    target = tmp_path / "backups" / "today.db"

    made = back_up(settings.database, target, quietly)

    (view,) = client.tables()
    with TestClient(create_app(Settings(database=target))) as restored:
        assert LutClient(http=restored).tables() == (view,)
        assert LutClient(http=restored).sessions(view.name) == (reported,)
    assert (made.path, made.size_bytes > 0, made.rows > 5) == (target, True, True)
    assert made.restore == f"hna serve --database {target}"


def test_it_is_one_state_of_the_store_however_much_is_written(
    client, reported, bench, settings, tmp_path
):
    stop, failed = Event(), []

    def write():
        while not stop.is_set():
            receipt = client.report(
                Report(session=bench.session(bench.measured(bench.operation())))
            )
            if receipt.stored != 2:
                failed.append(receipt)

    writer = Thread(target=write)
    writer.start()
    try:
        for index in range(5):
            back_up(settings.database, tmp_path / f"{index}.db", quietly)
    finally:
        stop.set()
        writer.join()

    assert not failed
    for index in range(5):
        with closing(sqlite3.connect(tmp_path / f"{index}.db")) as copy:
            torn = "SELECT count(*) FROM sessions s WHERE 2 <> (SELECT count(*) FROM measurements"
            assert copy.execute(f"{torn} m WHERE m.session_id = s.id)").fetchone() == (0,)


def test_a_file_of_that_name_is_left_alone_unless_it_may_be_replaced(reported, settings, tmp_path):
    target = tmp_path / "today.db"
    target.write_text("precious")

    with pytest.raises(BackupFailed, match=r"exists already.*--force"):
        back_up(settings.database, target, quietly)
    kept = target.read_text()
    back_up(settings.database, target, quietly, force=True)

    assert kept == "precious"
    assert target.read_bytes().startswith(b"SQLite format 3")
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_a_damaged_store_is_not_called_backed_up(reported, http, settings, tmp_path):
    http.close()
    http.app.state.server.database.close()
    path = tmp_path / "lut.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'measurements_of_a_session'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    target = tmp_path / "today.db"

    with pytest.raises(BackupFailed, match=r"damaged|malformed"):
        back_up(settings.database, target, quietly)

    assert not target.exists()


def test_where_no_store_is_nothing_is_made(tmp_path):
    with pytest.raises(StoreInvalid, match="no such file"):
        back_up(place_of(tmp_path / "none.db"), tmp_path / "backup.db", quietly)

    assert list(tmp_path.iterdir()) == []


def test_the_command_says_what_it_made_and_how_to_use_it(reported, tmp_path):
    target = tmp_path / "today.db"

    done = CliRunner().invoke(
        table, ["backup", str(target), "--database", str(tmp_path / "lut.db")]
    )

    assert done.exit_code == 0
    assert "checked" in done.output
    assert "use it with: hna serve --database" in done.output.replace("\n", " ")


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
class TestPostgresql:
    """What ``pg_dump`` makes."""

    def test_its_dump_holds_every_table_and_is_whole(self, reported, settings, tmp_path):
        target = tmp_path / "today.dump"

        made = back_up(settings.database, target, quietly)

        assert target.read_bytes().startswith(b"PGDMP")
        assert made.tables > 10
        assert made.rows is None
        assert "pg_restore" in made.restore

    def test_without_pg_dump_it_is_said_what_to_type(self, settings, tmp_path, monkeypatch):
        monkeypatch.setattr(postgresql, "PACKAGED", tmp_path)
        monkeypatch.setenv("PATH", str(tmp_path))

        with pytest.raises(BackupFailed, match=r"type on a machine .*pg_dump --format=custom"):
            back_up(settings.database, tmp_path / "today.dump", quietly)

    def test_what_pg_dump_says_is_passed_on_without_the_password(self, settings, tmp_path):
        url = settings.database.url.set(username="nobody", password="s3cret")

        with pytest.raises(BackupFailed, match=r'pg_dump failed: .*"nobody"') as failure:
            back_up(place_of(url.render_as_string(False)), tmp_path / "d", quietly)

        assert "s3cret" not in str(failure.value)
