"""All pages together, behind the same rules of access as the API."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from lut_server.tokens.gate import require_scope
from lut_server.web import (
    assets,
    campaigns,
    certificates,
    compare,
    devices,
    networks,
    operations,
    overview,
    signing_in,
    tables,
)

router = APIRouter()
for pages in (
    overview,
    devices,
    tables,
    operations,
    compare,
    certificates,
    campaigns,
    networks,
):
    router.include_router(pages.router, dependencies=[Depends(require_scope)])
router.include_router(signing_in.router)
router.include_router(assets.router)
