"""The database file: made on first use, kept, and refused when it is not ours."""

import sqlite3

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from lut_server.app import create_app
from lut_server.client import LutClient
from lut_server.database import open_database
from lut_server.settings import Settings, default_database
from lut_server.wire import Report
from profiler.errors import StoreInvalid


def test_folders_are_made_on_first_use(tmp_path):
    path = tmp_path / "deep" / "down" / "lut.db"

    open_database(path, 1.0).close()

    assert path.exists()


def test_what_was_stored_is_there_after_a_restart(tmp_path, bench):
    settings = Settings(database=tmp_path / "lut.db")
    session = bench.session(bench.measured(bench.operation()))
    with TestClient(create_app(settings)) as http:
        LutClient(http=http).register(bench.registration())
        LutClient(http=http).report(Report(session=session))
        before = LutClient(http=http).tables()

    with TestClient(create_app(settings)) as http:
        assert LutClient(http=http).tables() == before
        assert LutClient(http=http).report(Report(session=session)).duplicates == 2


def test_a_text_file_is_no_database(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("this is no database, " * 100)

    with pytest.raises(StoreInvalid, match=r"notes.txt cannot be .* file is not a database"):
        open_database(path, 1.0)

    assert path.read_text().startswith("this is no database")


def test_a_folder_is_no_database(tmp_path):
    with pytest.raises(StoreInvalid, match="choose another with --database"):
        open_database(tmp_path, 1.0)


def test_a_file_where_a_folder_should_be_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreInvalid, match="its folder cannot be made"):
        open_database(tmp_path / "file" / "lut.db", 1.0)


def test_the_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE songs (title TEXT)")
    other.commit()
    other.close()

    with pytest.raises(StoreInvalid, match="another program's database"):
        open_database(path, 1.0)


def test_foreign_keys_are_kept_and_reading_never_waits_for_writing(tmp_path):
    database = open_database(tmp_path / "lut.db", 1.0)

    with database.writing() as writer, database.reading() as reader:
        assert writer.scalar(text("PRAGMA foreign_keys")) == 1
        assert reader.scalar(text("PRAGMA journal_mode")) == "wal"

    database.close()


def test_the_default_place_is_per_user(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_database() == tmp_path / "hna" / "lut.db"

    monkeypatch.delenv("XDG_DATA_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_database() == tmp_path / ".local" / "share" / "hna" / "lut.db"
