"""The ASGI application of a desk: its pages, `/health`, and what guards them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from db.errors import DatabaseUnavailableError
from desk.web.guarding import Guard
from desk.web.layout import STYLE
from desk.web.merchant import MerchantPages
from desk.web.progress import ProgressPages
from desk.web.status import StatusPages

if TYPE_CHECKING:
    from starlette.requests import Request

    from desk.services.desk import Desk


def application(desk: Desk) -> Starlette:
    """The pages of a desk; each module of `desk.web` gives its routes."""

    async def health(_request: Request) -> Response:
        try:
            await run_in_threadpool(_ask, desk)
        except DatabaseUnavailableError:
            return JSONResponse({"status": "no database"}, 503, {"cache-control": "no-store"})
        return JSONResponse({"status": "ok"}, headers={"cache-control": "no-store"})

    async def style(_request: Request) -> Response:
        return PlainTextResponse(STYLE, media_type="text/css", headers={"cache-control": "public, max-age=3600"})

    own = [Route("/health", health), Route("/style.css", style)]
    merchants = MerchantPages(desk)
    pages = [*StatusPages(desk).routes(), *merchants.routes(), *ProgressPages(desk).routes()]
    return Starlette(routes=[*own, *pages], middleware=[Middleware(Guard, most_bytes=merchants.most_bytes)])


def _ask(desk: Desk) -> None:
    with desk.database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
