"""What is particular to PostgreSQL: claims without locks, refused values, messages, passwords."""

import re
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.orm import Session

from lut_server.commands import serve
from lut_server.database import open_database
from lut_server.devices.repository import DeviceRepository
from lut_server.engines.place import place_of
from lut_server.engines.postgresql import WRITERS, postgresql_engines
from lut_server.jobs.repository import JobRepository
from lut_server.models import CampaignRow, DeviceRow, JobRow
from profiler.errors import ExtraMissing, HnaError, StoreFailed, StoreInvalid
from profiler.operations import Head


@pytest.fixture
def address(postgres):
    return postgres.empty_store()


@pytest.fixture
def place(address):
    return address


@pytest.fixture
def database(address):
    with closing(open_database(address, 5.0)) as database:
        yield database


def device(fingerprint="f00d", model="m"):
    return DeviceRow(
        fingerprint=fingerprint, model=model, document={}, agent_version="", last_seen=""
    )


def a_job(database):
    """Return the id of a job in the queue."""
    with database.writing() as session:
        DeviceRepository(session).add(device())
        session.add(CampaignRow(id="c", name="", state="running", priority=0, created_at=""))
        session.flush()
        JobRepository(session).add("c", 0, [[Head(channels=8, height=8, width=8)]])
        return session.scalar(select(JobRow.id))


def test_a_claim_needs_no_lock_the_second_looks_again_when_the_first_is_done(database, address):
    job_id = a_job(database)
    engine = create_engine(
        address.replace("postgresql", "postgresql+psycopg", 1), isolation_level="READ COMMITTED"
    )

    def claim(session, lease_id):
        jobs = JobRepository(session)
        return jobs.claim(job_id, lease_id, ("f00d", "agent"), now_s=0.0, until_s=60.0)

    with Session(engine) as first, Session(engine) as second, ThreadPoolExecutor(1) as pool:
        won = claim(first, "first")
        waiting = pool.submit(claim, second, "second")
        wait_until_blocked(engine)
        first.commit()
        lost = waiting.result(timeout=3)
    engine.dispose()

    assert (won, lost) == (True, False)


def wait_until_blocked(engine):
    """Return once a connection waits for another one's row."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(query):
            pass


def test_a_writer_holds_the_lock_and_a_reader_cannot_write(database):
    held = text(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted "
        "AND (classid::bigint << 32) + objid::bigint = :key AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with database.reading() as session:
        without = session.scalar(held, {"key": WRITERS})
    with database.writing() as session:
        within = session.scalar(held, {"key": WRITERS})

    assert (without, within) == (0, 1)
    with pytest.raises(StoreFailed, match="read-only transaction"), database.reading() as session:
        DeviceRepository(session).add(device())


@pytest.mark.parametrize(
    ("fingerprint", "model", "why"),
    [("f" * 201, "m", "too long"), ("f00d", "a\0b", r"NUL \(0x00\)")],
)
def test_a_value_it_cannot_keep_is_the_requests_fault(database, fingerprint, model, why):
    said = rf"cannot keep a value of this request \(.*{why}"
    with pytest.raises(HnaError, match=said) as fault, database.writing() as session:
        DeviceRepository(session).add(device(fingerprint, model))

    assert not isinstance(fault.value, StoreFailed)


def test_a_value_that_is_too_long_is_answered_with_422(http, bench):
    document = bench.registration().model_dump(mode="json")
    document["device"]["fingerprint"] = "f" * 201

    response = http.post("/v1/devices", json=document)

    assert response.status_code == 422
    assert response.json()["type"] == "refused"


def test_connections_that_the_server_closed_are_replaced(postgres):
    address = postgres.new_database()
    database = open_database(address, 5.0)
    database.ping()
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    engine = create_engine(address.replace("postgresql", "postgresql+psycopg", 1))
    with engine.connect() as connection:
        killed = connection.scalars(kill).all()
    engine.dispose()
    assert killed and all(killed)

    database.ping()
    database.close()


def test_a_server_that_is_not_there_is_named_without_the_password():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"postgresql://hna:s3cret@127.0.0.1:{port}/lut"

    with pytest.raises(StoreInvalid) as refusal:
        serve(port=0, database=address)

    said = str(refusal.value)
    assert re.search(rf"postgresql://hna@127.0.0.1:{port}/lut cannot be .*refused", said)
    assert "s3cret" not in said
    assert "\n" not in said


def test_a_user_it_does_not_know_is_refused_in_its_words(postgres):
    address = postgres.address("postgres").replace("postgres@", "nobody:s3cret@")

    with pytest.raises(StoreInvalid, match='role "nobody" does not exist') as refusal:
        open_database(address, 5.0)

    assert "s3cret" not in str(refusal.value)


def test_another_programs_tables_are_left_alone(postgres):
    address = postgres.new_database()
    engine = create_engine(address.replace("postgresql", "postgresql+psycopg", 1))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE songs (title TEXT)"))
    engine.dispose()

    with pytest.raises(StoreInvalid, match="another program's database"):
        open_database(address, 5.0)


def test_without_psycopg_the_extra_that_brings_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ExtraMissing, match=r"psycopg is not installed.*hna-nas\[postgres\]"):
        open_database("postgresql://hna@127.0.0.1/lut", 5.0)


def test_both_kinds_of_connection_lead_to_one_database(address):
    engines = postgresql_engines(place_of(address), 5.0)
    try:
        query = text("SELECT current_setting('transaction_isolation')")
        with ExitStack() as opened:
            levels = [opened.enter_context(each.begin()).scalar(query) for each in engines]
    finally:
        for each in engines:
            each.dispose()

    assert levels == ["repeatable read", "read committed", "read committed"]
