"""The words that a step, an end or an error code has for a customer, in their language and filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.kinds import Language
from desk import services
from desk.rules.answers import fill, known_values
from desk.rules.guides import in_language
from desk.tui.guides.known import their_language

if TYPE_CHECKING:
    from db.rows import CaseDetail
    from desk.rules.guides import End, Step, Words
    from desk.tui.app import DeskApp


@dataclass(frozen=True, slots=True)
class Wording:
    """Words for a customer; `answer` names where they came from (`key@version:language`), `missing` what is open."""

    text: str
    language: Language
    answer: str = ""
    missing: tuple[str, ...] = ()


async def wording_of(app: DeskApp, detail: CaseDetail, place: Step | End) -> Wording | None:
    """What a step or an end says to the customer; None when it says nothing. Raises as `Gateway.run` does."""
    if place.answer:
        return await answer_wording(app, detail, place.answer)
    return said_wording(app, detail, place.say) if place.say is not None else None


def said_wording(app: DeskApp, detail: CaseDetail, said: Words) -> Wording:
    """Words of a guide or a code, filled in."""
    language = their_language(app, detail)
    me = app.gateway.me
    filled = fill(in_language(said, language), known_values(detail, me, language) if me is not None else {})
    return Wording(filled.text, language, missing=filled.missing)


async def answer_wording(app: DeskApp, detail: CaseDetail, key: str) -> Wording | None:
    """A canned answer, filled in with what is known; None when there is none approved of that key."""
    fallback = their_language(app, detail)
    written = await app.gateway.run(lambda desk, me: services.answers.written(desk, me, detail, key, fallback))
    return Wording(written.text, written.language, written.name, written.missing) if written is not None else None
