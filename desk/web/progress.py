"""The page on which a customer follows a refund: read only, in their language, and without anybody's name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from db.errors import DatabaseUnavailableError
from db.kinds import Language
from desk.services.refunds import progress
from desk.services.refunds.progress_links import PATH
from desk.services.refunds.words import words_of
from desk.web.languages import OFFERED, chosen
from desk.web.layout import SECRET_HEADERS, page, shown
from desk.web.merchant_page import busy_page, definitions, forged_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from desk.services.desk import Desk


class ProgressPages:
    """The route of the customer's page of a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """`/progress/TOKEN`, for reading."""
        return [Route(f"{PATH}{{token}}", self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """The page."""
        link = request.query_params.get("lang", "")
        asked = Language(link) if link in OFFERED else None
        accept = request.headers.get("accept-language", "")
        browsers = chosen(link, accept, self._desk.settings.fallback_language)
        look = partial(progress.look, self._desk, request.path_params["token"], asked)
        try:
            found = await run_in_threadpool(look)
        except progress.NoProgressError:
            return HTMLResponse(forged_page(browsers), 404, headers=SECRET_HEADERS)
        except progress.EndedProgressError as error:
            words = words_of(error.language).progress
            text = page(words.title, error.language, f"<p>{shown(words.gone)}</p>\n", is_secret=True)
            return HTMLResponse(text, 410, headers=SECRET_HEADERS)
        except DatabaseUnavailableError:
            return HTMLResponse(busy_page(browsers), 503, headers=SECRET_HEADERS)
        return HTMLResponse(progress_page(found), headers=SECRET_HEADERS)


def progress_page(found: progress.Progress) -> str:
    """The page of a refund."""
    steps = "".join(_step(number, each.label, each.is_done, each.is_now) for number, each in enumerate(found.steps, 1))
    late = f'<p class="state soon">{shown(found.late)}</p>\n' if found.late else ""
    body = f'<ol class="steps">\n{steps}</ol>\n<p>{shown(found.says)}</p>\n{late}{definitions(found.facts)}'
    return page(found.title, found.language, body, foot=found.at, is_secret=True)


def _step(number: int, label: str, is_done: bool, is_now: bool) -> str:
    look, mark = ("done", "✓") if is_done else ("now", "●") if is_now else ("next", str(number))
    current = ' aria-current="step"' if is_now else ""
    return f'<li class="{look}"{current}><span aria-hidden="true">{mark}</span> {shown(label)}</li>\n'
