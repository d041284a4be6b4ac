"""The status page: which incidents are known, in three languages, as HTML and as JSON from the same data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from db.errors import DatabaseUnavailableError
from db.kinds import IncidentKind, IncidentState, Language
from desk.rules.promises import told
from desk.services.public_status import PublicIncident, PublicStatus, public_status
from desk.web.languages import chosen
from desk.web.layout import page, shown

if TYPE_CHECKING:
    from starlette.requests import Request

    from desk.services.desk import Desk

CACHE_SECONDS = 5
"""So long what was read is shown again: however many people look, the database is asked this often."""

WORDS = {
    Language.INDONESIAN: {
        "title": "Status layanan", "fine": "Semua layanan berjalan normal.", "past": "7 hari terakhir",
        "since": "Sejak {at}", "expected": "Perkiraan selesai: {at}",
        "late": "Belum selesai pada perkiraan waktu semula.",
        "from": "Direncanakan: {start} – {end}", "ended": "Selesai: {at}", "now": "Keadaan pada {at}",
        "away": "Status tidak dapat dibaca saat ini. Silakan coba lagi sebentar lagi.",
        "planned": "Pemeliharaan terjadwal", "open": "Gangguan", "recovering": "Sedang pulih", "overdue": "Gangguan",
        "resolved": "Selesai", "work": "Sedang dalam pemeliharaan",
    },
    Language.ENGLISH: {
        "title": "Service status", "fine": "Everything works as it should.", "past": "The last 7 days",
        "since": "Since {at}", "expected": "Expected to be over: {at}",
        "late": "It is not over at the time that we expected.",
        "from": "Planned: {start} – {end}", "ended": "Over since {at}", "now": "As of {at}",
        "away": "The status cannot be read just now. Please try again in a minute.",
        "planned": "Planned maintenance", "open": "Problem", "recovering": "Recovering", "overdue": "Problem",
        "resolved": "Over", "work": "Maintenance going on",
    },
    Language.CHINESE: {
        "title": "服务状态", "fine": "所有服务运行正常。", "past": "最近 7 天",
        "since": "开始时间：{at}", "expected": "预计恢复时间：{at}", "late": "尚未在原定时间恢复。",
        "from": "计划时间：{start} – {end}", "ended": "恢复时间：{at}", "now": "更新时间：{at}",
        "away": "暂时无法读取状态，请稍后再试。",
        "planned": "计划维护", "open": "故障", "recovering": "正在恢复", "overdue": "故障",
        "resolved": "已恢复", "work": "正在维护",
    },
}  # fmt: skip
LOOKS = {IncidentState.PLANNED: "soon", IncidentState.RECOVERING: "soon", IncidentState.RESOLVED: "good"}


class StatusPages:
    """The routes of the status page of a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: tuple[datetime, PublicStatus] | None = None

    def routes(self) -> list[Route]:
        """`/`, `/status` and `/status.json`."""
        return [
            Route("/", self.html),
            Route("/status", self.html),
            Route("/status.json", self.json),
        ]

    async def html(self, request: Request) -> Response:
        """The page."""
        fallback = self._desk.settings.fallback_language
        language = chosen(request.query_params.get("lang", ""), request.headers.get("accept-language", ""), fallback)
        headers = {"cache-control": f"public, max-age={CACHE_SECONDS}", "vary": "accept-language"}
        try:
            status = await self._status()
        except DatabaseUnavailableError:
            words = WORDS[language]
            body = f"<p>{shown(words['away'])}</p>\n"
            return HTMLResponse(page(words["title"], language, body), 503, {"retry-after": "60"})
        return HTMLResponse(status_page(status, language, fallback), headers=headers)

    async def json(self, _request: Request) -> Response:
        """The same for programs."""
        try:
            status = await self._status()
        except DatabaseUnavailableError:
            return JSONResponse({"error": "The database does not answer."}, 503, {"retry-after": "60"})
        return JSONResponse(document(status), headers={"cache-control": f"public, max-age={CACHE_SECONDS}"})

    async def _status(self) -> PublicStatus:
        now = self._desk.clock()
        if self._known is not None and 0 <= (now - self._known[0]).total_seconds() < CACHE_SECONDS:
            return self._known[1]
        status = await run_in_threadpool(public_status, self._desk)
        self._known = (now, status)
        return status


def status_page(status: PublicStatus, language: Language, fallback: str) -> str:
    """The page in a language."""
    words = WORDS[language]
    body = "".join(_article(each, status, language, fallback) for each in status.current)
    if not any(each.state is not IncidentState.PLANNED for each in status.current):
        body = f'<p class="state good">✓ {shown(words["fine"])}</p>\n{body}'
    if status.past:
        articles = "".join(_article(each, status, language, fallback) for each in status.past)
        body += f"<article><h2>{shown(words['past'])}</h2></article>\n{articles}"
    return page(words["title"], language, body, foot=words["now"].format(at=_at(status.at, status, language)))


def document(status: PublicStatus) -> dict[str, Any]:
    """What the page says, for programs; moments as ISO 8601 in UTC."""
    bad = [each for each in status.current if each.state is not IncidentState.PLANNED]
    return {
        "at": _iso(status.at),
        "status": "problems" if bad else "ok",
        "incidents": _documents(status.current),
        "past": _documents(status.past),
    }


def _documents(incidents: Sequence[PublicIncident]) -> list[dict[str, Any]]:
    return [
        {
            "key": each.key,
            "kind": each.kind.value,
            "state": each.state.value,
            "since": _iso(each.starts_at),
            "expected": _iso(each.expected_at),
            "ended": _iso(each.ended_at),
            "texts": {language: dict(words) for language, words in each.texts.items()},
        }
        for each in incidents
    ]


def _article(each: PublicIncident, status: PublicStatus, language: Language, fallback: str) -> str:
    words = WORDS[language]
    own = each.texts.get(language.value)
    said = own or each.texts.get(fallback) or next(iter(each.texts.values()), {})
    spoken = "" if own else f' lang="{shown(fallback)}"'
    is_work = each.kind is IncidentKind.MAINTENANCE and each.state is IncidentState.OPEN
    state = words["work"] if is_work else words[each.state.value]
    lines = [_when(each, status, language)]
    if each.state is IncidentState.OVERDUE:
        lines.append(words["late"])
    elif each.state is not IncidentState.RESOLVED and each.expected_at and each.state is not IncidentState.PLANNED:
        lines.append(words["expected"].format(at=_at(each.expected_at, status, language)))
    quiet = "".join(f'<p class="quiet">{shown(text)}</p>\n' for text in lines)
    look = "soon" if is_work else LOOKS.get(each.state, "bad")
    return (
        f'<article>\n<h2{spoken}>{shown(said.get("title", ""))}</h2>\n<p class="state {look}">{shown(state)}</p>\n'
        f"<p{spoken}>{shown(said.get('text', ''))}</p>\n{quiet}</article>\n"
    )


def _when(each: PublicIncident, status: PublicStatus, language: Language) -> str:
    words = WORDS[language]
    if each.ended_at is not None:
        return words["ended"].format(at=_at(each.ended_at, status, language))
    if each.state is IncidentState.PLANNED and each.expected_at is not None:
        start, end = (_at(moment, status, language) for moment in (each.starts_at, each.expected_at))
        return words["from"].format(start=start, end=end)
    return words["since"].format(at=_at(each.starts_at, status, language))


def _at(moment: datetime, status: PublicStatus, language: Language) -> str:
    zone: tzinfo = status.zone
    if (status.at.astimezone(zone).date() - moment.astimezone(zone).date()).days > 0:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"  # a weekday alone would be taken for the next one
    return told(moment, status.at, zone, language)


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")
