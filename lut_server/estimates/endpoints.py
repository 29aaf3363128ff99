"""``/v1/tables/{name}/estimate`` and ``/v1/cells``: networks nobody measured whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from lut_server.deps import Running
from lut_server.errors import problem_responses
from lut_server.estimates.deps import Estimates
from lut_server.json_requests import JsonRoute
from lut_server.tables.endpoints import Allow, foreseen
from lut_server.wire import EstimateRequest, ModelContents
from profiler.errors import OperationInvalid, TableUnknown
from profiler.estimate import Estimate
from profiler.onnx_cells.reader import contents_of
from profiler.operations import operation_key

router = APIRouter(prefix="/v1", tags=["estimates"], route_class=JsonRoute)

ONNX = "application/octet-stream"
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {ONNX: {"schema": {"type": "string", "format": "binary"}}},
    }
}

Model = Annotated[bytes, Body(media_type=ONNX, description="An ONNX file.")]


async def foreseen_as_asked(name: str, request: EstimateRequest, running: Running) -> None:
    """Wait for a fit, where the request allows predictions, before the endpoint takes a thread."""
    await foreseen(name, running, list(request.allow))


@router.post(
    "/tables/{name}/estimate",
    dependencies=[Depends(foreseen_as_asked)],
    responses=problem_responses(TableUnknown),
)
def estimate_network(name: str, request: EstimateRequest, estimates: Estimates) -> Estimate:
    """Return what a network takes by this table, with its interval and the rows that miss."""
    return estimates.estimate(name, request)


@router.post(
    "/tables/{name}/estimate-model",
    dependencies=[Depends(foreseen)],
    responses=problem_responses(TableUnknown, OperationInvalid),
    openapi_extra=FILE,
)
def estimate_model(
    name: str,
    model: Model,
    estimates: Estimates,
    allow: Allow = [],  # noqa: B006 - FastAPI copies it
) -> Estimate:
    """Return what an ONNX model takes by this table, with its interval and the missing rows."""
    return estimates.estimate_contents(name, contents_of(model), allow)


@router.post("/cells", responses=problem_responses(OperationInvalid), openapi_extra=FILE)
def read_cells(model: Model) -> ModelContents:
    """Return the operations an ONNX model consists of, as a campaign takes them."""
    contents = contents_of(model)
    return ModelContents(contents=contents, keys=tuple(map(operation_key, contents.operations)))
