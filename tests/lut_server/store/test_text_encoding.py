"""PostgreSQL databases that do not keep text as UTF-8 are refused, and it is said what to do."""

import pytest
from sqlalchemy import create_engine, text

from lut_server.database import open_database
from profiler.errors import StoreInvalid


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_is_refused_with_the_way_out(postgres, encoding):
    name = f"encoded_{encoding.lower()}"
    admin = create_engine(
        postgres.address("postgres").replace("postgresql", "postgresql+psycopg", 1),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.execute(
            text(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        )
    admin.dispose()

    with pytest.raises(StoreInvalid, match=rf"{name} .*text as {encoding}.*--encoding=UTF8"):
        open_database(postgres.address(name), 5.0)
