"""``/certificates/{table}``: how well sums over a table predict whole networks."""

from __future__ import annotations

from fastapi import APIRouter, Response

from lut_server.web.page import Page, PageRoute, picture
from lut_server.web.store import Looking
from profiler.certificates import residual_lines
from profiler.pictures.scatter import scatter_svg

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HISTORY = 50
WORST = 8
"""How many of the networks predicted worst are listed."""


@router.get("/certificates/{name}")
def certificate_page(page: Page, looking: Looking, name: str, number: int = 0) -> Response:
    """Show a certificate of a table, the newest unless *number* counts back from it."""
    shelved = looking.tables.get(name)
    with looking.store() as store:
        history = store.certificates(name, HISTORY)
        number = min(max(number, 0), max(len(history) - 1, 0))
        chosen = history[number] if history else None
        newer = store.software(name, chosen.created_at) if chosen else ()
    worst = sorted(
        chosen.points if chosen else (),
        key=lambda point: -abs(point.predicted_us / point.measured_us - 1),
    )
    return page(
        "certificate.html.j2",
        table=shelved.table,
        history=history,
        number=number,
        certificate=chosen,
        doubts=chosen.doubts(shelved.table, looking.server.clock(), newer) if chosen else (),
        expires=chosen.expires_at.isoformat() if chosen else None,
        residual=list(residual_lines(chosen.residual)) if chosen and chosen.residual else [],
        scatter=picture(scatter_svg(chosen)) if chosen else None,
        worst=worst[:WORST],
        address=str(page.request.base_url).rstrip("/"),
    )
