"""Tokens for the tests of access: made beside the database, as ``hna token`` does."""

import pytest

from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService


@pytest.fixture
def make(http, clock):
    """Return a function that makes a token of a scope and returns the header that carries it."""

    def create(scope, name="somebody"):
        with http.app.state.server.database.writing() as session:
            secret = TokenService(TokenRepository(session), clock).create(name, scope)[1]
        return {"authorization": f"Bearer {secret}"}

    return create


@pytest.fixture
def admin(make, clock):
    """Return the headers of an administrator called ada."""
    headers = make("admin", "ada")
    clock.move(seconds=2)  # the server has noticed that there are tokens now
    return headers
