"""What the endpoints of enrolments and tokens depend on."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from lut_server.deps import Running, Transaction
from lut_server.edge.rates import Rates, address_of
from lut_server.enrolment.repository import EnrolmentRepository
from lut_server.enrolment.service import EnrolmentService
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService


async def token_service(session: Transaction, running: Running) -> TokenService:
    """Return the rules about tokens in this transaction."""
    return TokenService(TokenRepository(session), running.clock)


Tokens = Annotated[TokenService, Depends(token_service, scope="function")]


async def enrolment_service(
    session: Transaction, tokens: Tokens, running: Running
) -> EnrolmentService:
    """Return the rules about enrolments in this transaction."""
    return EnrolmentService(EnrolmentRepository(session), tokens, running.clock)


Enrolments = Annotated[EnrolmentService, Depends(enrolment_service, scope="function")]


async def wrong_codes(request: Request) -> Rates:
    """
    Return who sent how many wrong codes, if this request's sender may still try.

    Raises:
        RequestTooOften: it sent too many.
    """
    rates = cast(Rates, request.app.state.wrong_codes)
    rates.require(address_of(request.scope))
    return rates


WrongCodes = Annotated[Rates, Depends(wrong_codes)]
