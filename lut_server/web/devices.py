"""``/devices``: who measures, what state and health they are in, and how that came to be."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from statistics import fmean

from fastapi import APIRouter, Response

from lut_server.models import HealthCheckRow
from lut_server.web.page import Page, PageRoute, picture
from lut_server.web.paging import paged
from lut_server.web.store import Looking
from lut_server.wire import DeviceView
from profiler.device import environment_digest, table_name
from profiler.health import WINDOW
from profiler.measuring.sentinels import SENTINELS
from profiler.pictures.canvas import grouped
from profiler.pictures.history import Moment, Series, history_svg

router = APIRouter(include_in_schema=False, route_class=PageRoute)

PER_PAGE = 100
CHECKS = 120
"""How many health checks the picture shows."""

LISTED_CHECKS = 30
CAMPAIGNS = 12
USUAL = 0.10
"""Half the width of the band around earlier passes, relative: what passes differ by at most."""


@router.get("/devices")
def devices_page(
    page: Page, looking: Looking, q: str = "", health: str = "", number: int = 1
) -> Response:
    """Show all devices, those that match *q* or one health."""
    with looking.store() as store:
        every = store.devices.all()
    found = [view for view in every if _matches(view, q.lower(), health)]
    return page(
        "devices.html.j2",
        some=paged(found, number, PER_PAGE, {"q": q, "health": health}),
        every=len(every),
        q=q,
        health=health,
        healths=("good", "unknown", "suspect", "bad", "maintenance", "retired"),
        address=str(page.request.base_url).rstrip("/"),
    )


@router.get("/devices/{fingerprint:path}")
def device_page(page: Page, looking: Looking, fingerprint: str) -> Response:
    """Show one device: what it is, its health over time, what it offers, its campaigns."""
    with looking.store() as store:
        view = store.devices.get(fingerprint)
        checks = store.checks(fingerprint, CHECKS)
        all_checks, since = store.count_checks(fingerprint), store.baseline(fingerprint)
        tables = store.table_names(table_name(view.device.model, e) for e in view.environments)
        ids = store.campaign_ids(CAMPAIGNS, fingerprint=fingerprint)
        campaigns = [store.campaign(campaign_id) for campaign_id in ids]
    pictures = [
        (environment, picture(history_svg(sentinels(of, since))))
        for environment in view.environments
        if (of := [c for c in checks if c.environment_digest == environment_digest(environment)])
    ]
    return page(
        "device.html.j2",
        view=view,
        offered=[(e, table_name(view.device.model, e)) for e in view.environments],
        tables=tables,
        checks=checks[:LISTED_CHECKS],
        all_checks=all_checks,
        pictures=pictures,
        campaigns=campaigns,
    )


def sentinels(checks: Sequence[HealthCheckRow], since: str) -> dict[str, Series]:
    """
    Return the latencies of each sentinel over time, with the band of what is usual.

    The band is 10 % around the geometric mean of the latest passes that were not suspect, as
    ``profiler.health`` compares them; a pass is judged by how much passes differ, so the band
    orients the eye and decides nothing.

    Args:
        checks: the newest first.
        since: passes before that moment are not compared with any more.
    """
    oldest_first = list(reversed(checks))
    return {name: _series(name, oldest_first, since) for name in SENTINELS}


def _series(name: str, checks: Sequence[HealthCheckRow], since: str) -> Series:
    with_it = [check for check in checks if name in check.latencies_us]
    calm = [c.latencies_us[name] for c in with_it if c.verdict != "suspect" and c.at > since]
    usual = None
    if calm:
        mean = exp(fmean(map(log, calm[-WINDOW:])))
        usual = (mean * (1 - USUAL), mean * (1 + USUAL))
    return Series(moments=[_moment(name, check) for check in with_it], usual_us=usual)


def _moment(name: str, check: HealthCheckRow) -> Moment:
    value = float(check.latencies_us[name])
    told = f"{check.at[:16].replace('T', ' ')} UTC, {grouped(value)} µs: {check.verdict}"
    return Moment(
        at=check.at, value_us=value, doubtful=check.verdict == "suspect",
        tooltip=f"{told}; {check.reason}",
    )  # fmt: skip


def _matches(view: DeviceView, q: str, health: str) -> bool:
    device = view.device
    texts = (device.name, device.model, device.fingerprint, *view.labels)
    return health in ("", view.health) and any(q in text.lower() for text in texts)
