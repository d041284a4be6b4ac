"""The page behind a merchant's link: shown as often as it is opened, answered once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from db.errors import DatabaseUnavailableError
from db.kinds import Language
from db.kinds_refunds import LinkStatus, MerchantAnswer
from db.rows_refunds import LinkSeen
from desk.rules.filenames import safe_name
from desk.rules.refunds.links import PATH
from desk.rules.refunds.money import Money, MoneyError, read_money
from desk.rules.text import is_blank
from desk.services.errors import CaseChangedError
from desk.services.refunds import merchant_links
from desk.services.refunds.errors import FilesTooLargeError, ForgedLinkError, MerchantLinkError
from desk.services.refunds.merchants import MOST_FILE_BYTES
from desk.web import merchant_page as html
from desk.web.guarding import MOST_BYTES, TOO_LARGE
from desk.web.languages import OFFERED, chosen
from desk.web.layout import SECRET_HEADERS
from desk.web.merchant_words import MERCHANT_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import Scope

    from desk.services.desk import Desk

MOST_PARSED = 20
"""Files and fields that are looked at before they are counted in earnest, so that what was typed is not lost."""
Files = tuple[tuple[str, str, bytes], ...]


class _UnfitAnswerError(Exception):
    """What was typed is no answer yet; the message says why, in words of the page."""


class MerchantPages:
    """The routes of the merchant's page of a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """`/refund/TOKEN`, what was answered below it, and the evidence."""
        at = f"{PATH}{{token}}"
        return [
            Route(at, self.show, methods=["GET"]),
            Route(at, self.answer, methods=["POST"]),
            Route(f"{at}/done", self.done, methods=["GET"]),
            Route(f"{at}/files/{{file:int}}", self.file, methods=["GET"]),
        ]

    async def most_bytes(self, scope: Scope) -> int:
        """How large a body may be: files are taken from who has an open link, and from nobody else."""
        token = str(scope["path"]).removeprefix(PATH)
        if not str(scope["path"]).startswith(PATH) or "/" in token:
            return MOST_BYTES
        try:
            await run_in_threadpool(merchant_links.find, self._desk, token)
        except MerchantLinkError:
            return MOST_BYTES
        except DatabaseUnavailableError:
            pass  # what was typed comes back, and is sent again
        return MOST_FILE_BYTES + MOST_BYTES

    async def show(self, request: Request) -> Response:
        """The page; nothing is changed, however often and by whatever program it is opened."""

        def shown(link: LinkSeen, language: Language) -> Response:
            if link.status is LinkStatus.OPEN:
                return _page(html.asked_page(link, language))
            return _page(html.closed_page(link, language), 410)

        return await self._with_link(request, shown)

    async def done(self, request: Request) -> Response:
        """What was answered by the link."""

        def thanked(link: LinkSeen, language: Language) -> Response:
            if link.status is LinkStatus.USED:
                return _page(html.done_page(link, language))
            return _elsewhere(f"{PATH}{link.token}", language)

        return await self._with_link(request, thanked)

    async def file(self, request: Request) -> Response:
        """A file of the evidence, never shown inside the page."""
        ask = partial(merchant_links.evidence, self._desk, request.path_params["token"], request.path_params["file"])
        try:
            name, data = await run_in_threadpool(ask)
        except ForgedLinkError:
            return self._forged(request)
        except MerchantLinkError:
            return await self.show(request)
        except DatabaseUnavailableError:
            return _page(html.busy_page(self._language(request)), 503)
        saved = quote(safe_name(name), safe="")
        headers = {"content-disposition": f"attachment; filename*=utf-8''{saved}", **SECRET_HEADERS}
        return Response(data, media_type="application/octet-stream", headers=headers)

    async def answer(self, request: Request) -> Response:
        """Take an answer, or say why it is not taken."""
        try:
            link = await self._seen(request)
        except ForgedLinkError:
            return self._forged(request)
        except DatabaseUnavailableError:
            link = None
        language = self._language(request, link)
        if request.scope.get(TOO_LARGE):
            return _page(html.too_large_page(language), 413)
        try:
            form = await request.form(max_files=MOST_PARSED, max_fields=MOST_PARSED)
        except HTTPException:
            return self._again(link, language, html.Typed(), MERCHANT_WORDS[language].wrong, 400)
        try:
            typed, files = _typed(form), await _files(form)
        finally:
            await form.close()
        try:
            link = link or await self._seen(request)
            return await self._taken(link, language, typed, files)
        except ForgedLinkError:
            return self._forged(request)
        except (DatabaseUnavailableError, CaseChangedError):
            return _page(html.busy_page(language, typed), 503)

    async def _taken(self, link: LinkSeen, language: Language, typed: html.Typed, files: Files) -> Response:
        try:
            answer, amount = _read(link, language, typed)
            use = partial(
                merchant_links.use, self._desk, link.token, answer, amount=amount, said=typed.said, files=files
            )
            await run_in_threadpool(use)
        except FilesTooLargeError:
            return self._again(link, language, typed, MERCHANT_WORDS[language].too_large, 413)
        except _UnfitAnswerError as error:
            return self._again(link, language, typed, str(error))
        except MerchantLinkError:
            now = await run_in_threadpool(merchant_links.seen, self._desk, link.token)
            return self._again(now, language, typed, MERCHANT_WORDS[language].wrong)
        return _elsewhere(f"{PATH}{link.token}/done", language)

    def _again(
        self, link: LinkSeen | None, language: Language, typed: html.Typed, error: str, status: int = 422
    ) -> Response:
        if link is None or link.status is not LinkStatus.OPEN:
            return _page(html.busy_page(language, typed), 503) if link is None else _second(link, language, typed)
        said = f"{error} {MERCHANT_WORDS[language].choose_again}" if typed.has_files else error
        return _page(html.asked_page(link, language, typed, said), status)

    async def _with_link(self, request: Request, then: Callable[[LinkSeen, Language], Response]) -> Response:
        """The page of a link of ours, or what there is to say where it is none."""
        try:
            link = await self._seen(request)
        except ForgedLinkError:
            return self._forged(request)
        except DatabaseUnavailableError:
            return _page(html.busy_page(self._language(request)), 503)
        return then(link, self._language(request, link))

    async def _seen(self, request: Request) -> LinkSeen:
        return await run_in_threadpool(merchant_links.seen, self._desk, request.path_params["token"])

    def _forged(self, request: Request) -> Response:
        return _page(html.forged_page(self._language(request)), 404)

    def _language(self, request: Request, link: LinkSeen | None = None) -> Language:
        """The one of the address, else the merchant's own, else what the browser asks for."""
        asked = request.query_params.get("lang", "")
        if asked not in OFFERED and link is not None and link.language in OFFERED:
            return link.language
        accept = request.headers.get("accept-language", "")
        return chosen(asked, accept, self._desk.settings.fallback_language)


def _second(link: LinkSeen, language: Language, typed: html.Typed) -> Response:
    """For who comes after the first answer: a second tap on the same button is thanked, another answer is told."""
    if link.status is LinkStatus.USED and link.answer is html.ANSWERS.get(typed.answer) and not typed.amount:
        return _elsewhere(f"{PATH}{link.token}/done", language)
    return _page(html.closed_page(link, language), 409 if link.status is LinkStatus.USED else 410)


def _read(link: LinkSeen, language: Language, typed: html.Typed) -> tuple[MerchantAnswer, Money | None]:
    """What is answered, and how much is approved: None for all. Raises `_UnfitAnswerError` with what is wrong."""
    words = MERCHANT_WORDS[language]
    answer = html.ANSWERS.get(typed.answer)
    if answer is None:
        raise _UnfitAnswerError(words.wrong)
    if is_blank(typed.said) and words.lacks[answer]:
        raise _UnfitAnswerError(words.lacks[answer])
    if typed.answer != html.PART:
        return answer, None
    try:
        money = read_money(typed.amount, link.refund.currency)
    except MoneyError:
        money = None
    asked = Money(link.refund.amount, link.refund.currency)
    if money is None or money.amount > asked.amount or not (link.partial or money == asked):
        raise _UnfitAnswerError(words.bad_amount.replace("{amount}", html.amount_of(link, language)))
    return answer, money


def _typed(form: FormData) -> html.Typed:
    given = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    has_files = any(isinstance(value, UploadFile) and value.filename for value in form.values())
    return html.Typed(
        answer=given.get("answer", "")[:20],
        amount=given.get("amount", "")[:40],
        said=given.get("said", "")[: merchant_links.LONGEST_ANSWER],
        has_files=has_files,
    )


async def _files(form: FormData) -> Files:
    """What was uploaded, without the empty place of a field that was left empty."""
    found = [each for each in form.getlist("files") if isinstance(each, UploadFile) and each.filename]
    return tuple([(each.filename or "", each.content_type or "", await each.read()) for each in found])


def _page(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=SECRET_HEADERS)


def _elsewhere(path: str, language: Language) -> Response:
    return RedirectResponse(f"{path}?lang={language}", 303, headers=SECRET_HEADERS)
