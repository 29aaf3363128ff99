"""``/v1/enrolments`` and ``/v1/tokens``: how boards are let in, and put out again."""

from __future__ import annotations

from fastapi import APIRouter, Request

from lut_server.audit.noting import Noting
from lut_server.edge.rates import address_of
from lut_server.enrolment.deps import Enrolments, Tokens, WrongCodes
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.tokens.token import Token
from lut_server.wire.access import (
    EnrolmentMade,
    EnrolmentRequest,
    EnrolmentView,
    Redeemed,
    Redemption,
)
from profiler.errors import (
    EnrolmentNeedless,
    EnrolmentRefused,
    EnrolmentUnknown,
    RequestTooOften,
    TokenUnknown,
)

router = APIRouter(prefix="/v1", tags=["access"], route_class=JsonRoute)

at_the_door = APIRouter(prefix="/v1", tags=["access"], route_class=JsonRoute)
"""What is asked by those who have no token yet."""


@router.post("/enrolments", status_code=201, responses=problem_responses(EnrolmentNeedless))
def create_enrolment(
    request: EnrolmentRequest, enrolments: Enrolments, noting: Noting
) -> EnrolmentMade:
    """Make a code that boards turn into tokens of scope agent; it is shown this once."""
    made = enrolments.create(request)
    noting.about(made.enrolment.id, **request.model_dump(mode="json"))
    return made


@router.get("/enrolments")
def list_enrolments(enrolments: Enrolments) -> tuple[EnrolmentView, ...]:
    """Return all enrolments, the newest first; codes are not known any more."""
    return enrolments.all()


@router.delete("/enrolments/{enrolment_id}", responses=problem_responses(EnrolmentUnknown))
def revoke_enrolment(
    enrolment_id: str, enrolments: Enrolments, noting: Noting, tokens: bool = False
) -> EnrolmentView:
    """Have a code open nothing any more; with ``tokens`` also what came of it."""
    view, revoked = enrolments.revoke(enrolment_id, tokens=tokens)
    noting.about(name=view.name, tokens=[token.id for token in revoked])
    return view


@at_the_door.post(
    "/enrolments/redeem",
    responses=problem_responses(EnrolmentRefused, RequestTooOften),
)
def redeem_code(
    request: Request,
    redemption: Redemption,
    wrong_codes: WrongCodes,
    enrolments: Enrolments,
    noting: Noting,
) -> Redeemed:
    """Turn a code into a token, which is shown this once; needs no token itself."""
    try:
        enrolment, redeemed = enrolments.redeem(redemption.code)
    except EnrolmentRefused:
        wrong_codes.charge(address_of(request.scope))
        raise
    noting.about(redeemed.token_id, by=f"enrolment:{enrolment.id}", name=redeemed.name)
    return redeemed


@router.get("/tokens")
def list_tokens(tokens: Tokens) -> tuple[Token, ...]:
    """Return all tokens, the oldest first, revoked ones too; secrets are not known any more."""
    return tokens.all()


@router.get("/tokens/mine")
def get_my_token(request: Request) -> Token | None:
    """Return the token that this request carries; null on a server that asks for none."""
    token: Token | None = request.state.token
    return token


@router.delete("/tokens/{token_id}", responses=problem_responses(TokenUnknown))
def revoke_token(token_id: str, tokens: Tokens, noting: Noting) -> Token:
    """Have a token allow nothing any more, from the next request on."""
    revoked = tokens.revoke(token_id)
    noting.about(name=revoked.name)
    return revoked
