"""
Where errors become responses: problem documents (RFC 9457), and nothing else.

One table says which of the project's errors is which problem; one function writes the document.
The client's half, from documents to errors, is ``lut_server.problems``.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lut_server.edge.request_ids import request_id
from lut_server.problems import ENTRY_MISSING, LEASE_LOST
from lut_server.wire import DEVICE_WITHHELD, Problem
from profiler import errors
from profiler.errors import DeviceWithheld, EntryMissing, HnaError, RequestTooOften

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """What all problem documents of one type share."""

    type: str
    title: str
    status: int
    challenge: str | None = None
    """What ``WWW-Authenticate`` says (RFC 6750, 3), where a token is what is wrong."""


PROBLEMS: dict[type[HnaError], ProblemKind] = {
    errors.DeviceUnknown: ProblemKind("device-unknown", "No such device", 404),
    errors.DeviceUnregistered: ProblemKind("device-unregistered", "Register first", 409),
    errors.DeviceConflict: ProblemKind("device-conflict", "Another device", 409),
    DeviceWithheld: ProblemKind(DEVICE_WITHHELD, "The device gets no work", 409),
    errors.EnvironmentUnknown: ProblemKind("environment-unknown", "No such environment", 409),
    errors.CampaignUnknown: ProblemKind("campaign-unknown", "No such campaign", 404),
    errors.CampaignOver: ProblemKind("campaign-over", "The campaign is over", 409),
    errors.CampaignConflict: ProblemKind("campaign-conflict", "Another campaign", 409),
    errors.StreamsExhausted: ProblemKind("streams-exhausted", "Too many follow", 503),
    errors.TableUnknown: ProblemKind("table-unknown", "No such table", 404),
    errors.TableVersionUnknown: ProblemKind("table-version-unknown", "No such version", 404),
    errors.RepresentationUnknown: ProblemKind("not-acceptable", "Not acceptable", 406),
    errors.ImportRefused: ProblemKind("import-refused", "Rows that cannot be right", 422),
    errors.BundleInvalid: ProblemKind("bundle-invalid", "No sound bundle", 422),
    errors.MeasurementUnknown: ProblemKind("measurement-unknown", "No such measurement", 404),
    errors.PredictionImpossible: ProblemKind(
        "prediction-impossible", "Too little was measured", 409
    ),
    errors.TriageUnfinished: ProblemKind("triage-unfinished", "Measure first", 409),
    errors.TableMismatch: ProblemKind("table-mismatch", "Tables that do not compare", 409),
    errors.CertificateUnknown: ProblemKind("certificate-unknown", "No certificate", 404),
    errors.NetworkUnknown: ProblemKind("network-unknown", "No such searched network", 404),
    errors.NetworkConflict: ProblemKind("network-conflict", "Another network", 409),
    errors.LeaseExpired: ProblemKind(LEASE_LOST, "The lease is lost", 409),
    errors.ReportConflict: ProblemKind("report-conflict", "A contradicting report", 409),
    errors.ProtocolMismatch: ProblemKind("protocol-mismatch", "Another protocol", 409),
    errors.TokenMissing: ProblemKind("token-missing", "A token is needed", 401, "Bearer"),
    errors.TokenInvalid: ProblemKind(
        "token-invalid", "No such token", 401, 'Bearer error="invalid_token"'
    ),
    errors.TokenScope: ProblemKind(
        "token-scope", "Another scope is needed", 403, 'Bearer error="insufficient_scope"'
    ),
    errors.TokenUnknown: ProblemKind("token-unknown", "No such token", 404),
    errors.EnrolmentUnknown: ProblemKind("enrolment-unknown", "No such enrolment", 404),
    errors.EnrolmentNeedless: ProblemKind("enrolment-needless", "No token is needed", 409),
    errors.EnrolmentRefused: ProblemKind("enrolment-refused", "The code opens nothing", 403),
    errors.OriginRefused: ProblemKind("origin-refused", "Another site's page", 403),
    errors.BodyTooLarge: ProblemKind("body-too-large", "The request is too large", 413),
    errors.BodyTooSlow: ProblemKind("body-too-slow", "The request is too slow", 408),
    errors.BodyEncoded: ProblemKind("body-encoded", "The request is compressed", 415),
    errors.HeadersTooLarge: ProblemKind("headers-too-large", "The headers are too large", 431),
    errors.RequestTooOften: ProblemKind("request-too-often", "Too many requests", 429),
    errors.StoreFailed: ProblemKind("store-failed", "The database failed", 503),
    errors.ServerStopping: ProblemKind("server-stopping", "The server is stopping", 503),
    EntryMissing: ProblemKind(ENTRY_MISSING, "Entries are missing", 409),
    HnaError: ProblemKind("refused", "It cannot be done", 422),
}
"""The project's errors as problems; an error not listed is what its nearest base is."""

REQUEST_INVALID = ProblemKind("request-invalid", "The request is invalid", 422)
INTERNAL = ProblemKind("internal", "The server failed", 500)


def install_error_handlers(app: FastAPI) -> None:
    """Have *app* answer every error with a problem document."""
    app.add_exception_handler(HnaError, _answer)
    app.add_exception_handler(RequestValidationError, _answer)
    app.add_exception_handler(HTTPException, _answer)
    app.add_exception_handler(Exception, _answer)


def problem_responses(*kinds: type[HnaError]) -> dict[int | str, dict[str, Any]]:
    """Return what an endpoint's OpenAPI says about the errors it answers with."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in dict.fromkeys((*map(_kind_of, kinds), REQUEST_INVALID)):
        texts = described.get(kind.status, {}).get("description", "")
        described[kind.status] = {
            "model": Problem,
            "description": f"{texts}, {kind.type}" if texts else f"Problem types: {kind.type}",
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    return described


def refusal(error: HnaError) -> JSONResponse:
    """Return *error* as a problem document."""
    response = _document(problem_kind(error), str(error), {})
    if isinstance(error, RequestTooOften):
        response.headers["retry-after"] = str(ceil(error.retry_after_s))
    return response


def failure() -> JSONResponse:
    """Return that the server failed: nothing but where its log says how."""
    return _document(INTERNAL, "the server's log says how, under this request_id", {})


async def _answer(_: Request, error: Exception) -> JSONResponse:
    match error:
        case EntryMissing():
            fields = {"missing": list(error.keys), "table": error.table}
            return _document(problem_kind(error), str(error), fields)
        case DeviceWithheld():
            fields = {"health": error.health, "reason": error.reason}
            return _document(problem_kind(error), str(error), fields)
        case HnaError():
            return refusal(error)
        case RequestValidationError():
            faults = _faults(error)
            detail = "; ".join(f"{fault['where']}: {fault['what']}" for fault in faults[:3])
            return _document(REQUEST_INVALID, detail, {"errors": faults[:100]})
        case HTTPException(status_code=400):
            return _document(REQUEST_INVALID, f"body: {error.detail}", {})
        case HTTPException():
            kind = ProblemKind("about:blank", str(error.detail), error.status_code)
            return _document(kind, f"{error.detail}; the API is described at /openapi.json", {})
        case _:
            return failure()


def problem_kind(error: HnaError) -> ProblemKind:
    """Return which problem *error* is: its own, or its nearest base's."""
    return _kind_of(type(error))


def _kind_of(error: type[HnaError]) -> ProblemKind:
    return next(PROBLEMS[base] for base in error.__mro__ if base in PROBLEMS)


def _faults(error: RequestValidationError) -> list[dict[str, str]]:
    """Return where and what is wrong; of a fault inside a fault, the inner one."""
    found = error.errors()
    around = {fault["loc"][:depth] for fault in found for depth in range(len(fault["loc"]))}
    return [
        {
            "where": ".".join(map(str, fault["loc"])),
            "what": fault["msg"].removeprefix("Value error, "),
        }
        for fault in found
        if fault["loc"] not in around
    ]


def _document(kind: ProblemKind, detail: str, fields: dict[str, Any]) -> JSONResponse:
    document: dict[str, Any] = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
    }
    if (known := request_id.get()) is not None:
        document["request_id"] = known
    headers = {"www-authenticate": kind.challenge} if kind.challenge else None
    return JSONResponse({**document, **fields}, kind.status, headers, PROBLEM_JSON)
