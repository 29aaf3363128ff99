"""``/v1/tables/{name}/predictor``: what was learnt of a table, as data."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Response

from lut_server.deps import Running
from lut_server.documents import adapter
from lut_server.errors import problem_responses
from lut_server.json_requests import JsonRoute
from lut_server.tables.negotiation import JSON, is_current
from profiler.errors import PredictionImpossible, TableUnknown, TableVersionUnknown
from profiler.prediction import Predictor

router = APIRouter(prefix="/v1/tables/{name}/predictor", tags=["tables"], route_class=JsonRoute)

UNCHANGED: dict[int | str, dict[str, object]] = {304: {"description": "You have this one"}}

Version = Annotated[str | None, Query(max_length=64)]


async def learnt(name: str, running: Running, version: Version = None) -> None:
    """Wait for the fit before the endpoint takes a thread."""
    if version is None:
        await running.predictors.ready(name)


@router.get(
    "",
    response_model=Predictor,
    dependencies=[Depends(learnt)],
    responses=UNCHANGED
    | problem_responses(TableUnknown, TableVersionUnknown, PredictionImpossible),
)
def get_predictor(
    name: str,
    running: Running,
    version: Version = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """
    Return the predictor of a table, fitted anew where the table has changed.

    ``version`` returns that of the table as it was when it was handed out as that.  The entity
    tag is the version of the table it was fitted on.
    """
    predictors = running.predictors
    found = predictors.current(name) if version is None else predictors.of_version(name, version)
    headers = {"etag": f'"{found.table_version}"', "cache-control": "no-cache"}
    if is_current(if_none_match, JSON, found.table_version):
        return Response(status_code=304, headers=headers)
    return Response(adapter(Predictor).dump_json(found), headers=headers, media_type=JSON)
