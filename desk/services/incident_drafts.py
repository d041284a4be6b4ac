"""What a supervisor says of an incident, checked before it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from db.kinds import Channel, IncidentKind
from db.models import Topic
from db.rows_incidents import Texts
from db.uow import UnitOfWork
from desk.rules.text import clean_line, clean_text, is_blank
from desk.rules.words import is_findable
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.services.incident_words import ANSWERED

MOST_SIGNS = 50
LONGEST_TEXT = 4_000
LONGEST_SIGN = 60
LONGEST = timedelta(days=60)


class IncidentError(CaseError):
    """An incident cannot be opened or changed as asked; the message says what would do."""


class IncidentNotFoundError(IncidentError):
    """There is no such incident."""

    def __init__(self, incident_id: int) -> None:
        super().__init__(f"There is no incident {incident_id}. desk incidents list --all shows them.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a supervisor says of a new incident; moments are aware. `texts` holds `{language: {"title", "text"}}`."""

    title: str
    texts: Texts
    kind: IncidentKind = IncidentKind.OUTAGE
    internal: str = ""
    channels: Sequence[str] = ()
    topics: Sequence[str] = ()
    words: Sequence[str] = ()
    codes: Sequence[str] = ()
    links_by_rule: bool = False
    is_public: bool = True
    starts_at: datetime | None = None
    """Since when, or from when on; now when nobody says."""
    expected_at: datetime | None = None


def require_times(kind: IncidentKind, starts_at: datetime, expected_at: datetime | None, now: datetime) -> None:
    """Raise `IncidentError` unless an incident may have these times (aware)."""
    if kind is IncidentKind.MAINTENANCE and expected_at is None:
        raise IncidentError("Planned work ends by itself: say when.")
    if kind is IncidentKind.OUTAGE and starts_at > now:
        raise IncidentError("An outage has begun already. For what is to come, plan maintenance.")
    if abs(starts_at - now) > LONGEST or (expected_at is not None and expected_at - now > LONGEST):
        raise IncidentError("That is more than sixty days away. Look at the date again.")
    if expected_at is not None and expected_at <= max(starts_at, now):
        raise IncidentError("It is expected to be over at a moment to come, after it began. Choose another one.")


def draft_texts(desk: Desk, texts: Texts, known: Texts | None = None) -> dict[str, dict[str, str]]:
    """The texts made fit to store; the desk's fallback language has to be among them. Raises `IncidentError`."""
    found: dict[str, dict[str, str]] = {}
    for language in (each.value for each in ANSWERED):
        words = texts.get(language, {})
        title = words.get("title") or (known or {}).get(language, {}).get("title", "")
        text = clean_text(words.get("text", "")).strip()
        if is_blank(text):
            continue
        if len(text) > LONGEST_TEXT:
            raise IncidentError(f"The {language} text is longer than {LONGEST_TEXT:,} characters. Shorten it.")
        line = clean_line(title, 200)
        found[language] = {"title": clean_line(text.splitlines()[0], 80) if is_blank(line) else line, "text": text}
    fallback = desk.settings.fallback_language
    if fallback not in found:
        raise IncidentError(
            f"There is no public text in {fallback}, which everybody gets whose own language is missing. Write one."
        )
    return found


def draft_signs(unit: UnitOfWork, draft: Draft) -> dict[str, Any]:
    """What cases are known by, checked. Raises `IncidentError`."""
    signs: Mapping[str, Sequence[str]] = {
        "channels": draft.channels, "topics": draft.topics, "words": draft.words, "codes": draft.codes,
    }  # fmt: skip
    found = {name: list(dict.fromkeys(clean_line(each, 200) for each in those)) for name, those in signs.items()}
    for name, those in found.items():
        if len(those) > MOST_SIGNS:
            raise IncidentError(f"These are more than {MOST_SIGNS} {name}. Take the few that tell.")
    if unknown := [each for each in found["channels"] if each not in set(Channel)]:
        raise IncidentError(f"There is no channel {unknown[0]!r}: {', '.join(Channel)}.")
    topics = set(unit.session.scalars(select(Topic.key)))
    if unknown := [each for each in found["topics"] if each not in topics]:
        raise IncidentError(f"There is no topic {unknown[0]!r}: {', '.join(sorted(topics)) or 'none yet'}.")
    for each in (*found["words"], *found["codes"]):
        if not is_findable(each) or len(each) > LONGEST_SIGN:
            raise IncidentError(f"{each[:40]!r} cannot be looked for: it needs letters or digits, at most 60.")
    return found
