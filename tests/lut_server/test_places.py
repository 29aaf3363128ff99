"""Where a store is: files and addresses are told apart, and passwords are never shown."""

from pathlib import Path

import pytest

from lut_server.engines.place import place_of
from lut_server.settings import Settings
from profiler.errors import StoreInvalid

FULL = "postgresql://hna:s3cret@db.example:5433/lut?sslmode=require&password=s3cret"


@pytest.mark.parametrize("path", ["lut.db", "a folder/lut.db", "/var/lib/hna/lut.db"])
def test_a_path_is_a_file(path):
    place = place_of(path)

    assert place.is_file
    assert place.url.database == str(Path(path).absolute())
    assert place.shown == path


@pytest.mark.parametrize("word", ["", ":memory:"])
def test_no_path_means_a_database_in_memory(word):
    assert place_of(word).url.database == str(Path(word).absolute())


def test_an_address_is_a_server_spoken_to_with_psycopg():
    place = place_of(FULL)

    assert not place.is_file
    assert place.url.drivername == "postgresql+psycopg"
    assert (place.url.password, place.url.query["sslmode"]) == ("s3cret", "require")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (FULL, "postgresql://hna@db.example:5433/lut"),
        ("postgres://hna@db/lut", "postgresql://hna@db/lut"),
        ("postgresql:///lut?host=/run/postgresql", "postgresql:///lut"),
        ("postgresql://hna:p%40ss@db/lut", "postgresql://hna@db/lut"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_password(address, shown):
    place = place_of(address)

    assert place.shown == shown
    assert "s3cret" not in repr(place)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://hna:s3cret@db",
        "postgresql://hna:s3cret@db:port/lut",
        "postgresql://hna:s3@cret@db/lut",
        "postgresql://hna:s3cret/lut:@",
    ],
)
def test_an_address_that_is_wrong_is_not_repeated(address):
    with pytest.raises(StoreInvalid, match=r"address is wrong: .*; write it like") as e:
        place_of(address)

    assert "s3" not in str(e.value)
    assert "cret" not in str(e.value)
    assert e.value.__cause__ is None


def test_another_kind_of_database_is_refused_by_its_kind():
    with pytest.raises(StoreInvalid, match=r"^mysql:// is no database the server can use") as e:
        place_of("mysql://hna:s3cret@db/lut")

    assert "s3cret" not in str(e.value)


def test_the_environment_names_a_database_and_settings_show_no_password(monkeypatch):
    monkeypatch.setenv("HNA_SERVER_DATABASE", FULL)

    settings = Settings()

    assert settings.database.url.host == "db.example"
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in str(settings)


def test_a_wrong_database_in_the_environment_is_one_line_without_the_password(monkeypatch):
    monkeypatch.setenv("HNA_SERVER_DATABASE", "postgresql://hna:s3cret@db")

    with pytest.raises(StoreInvalid, match="it names no database"):
        Settings()
