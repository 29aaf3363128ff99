"""``/metrics``: what Prometheus asks for."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from lut_server.deps import Running

router = APIRouter(tags=["operations"])

TEXT: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/metrics", response_class=Response, responses=TEXT)
def get_metrics(running: Running) -> Response:
    """Return the server's numbers in Prometheus' text format."""
    return Response(generate_latest(running.registry), media_type=CONTENT_TYPE_LATEST)
