"""What customers read about an incident, in their language: the supervisor's words in the frame of a seed file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import lru_cache

import msgspec

from db.kinds import IncidentState, Language
from db.rows import CaseDetail
from db.rows_incidents import IncidentRow, Texts
from desk.rules.answers import fill
from desk.rules.incidents import ACTIVE, PLANNED
from desk.rules.promises import told
from desk.services.seed_files import Words, read_seed_file, seeds_folder

FILE = "incidents.toml"
ANSWERED = (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)
VARIABLES = ("incident.title", "incident.text", "incident.expected", "incident.since")
"""What canned answers may ask about the incident that a case belongs to."""


class IncidentFrame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around an incident's text in one language."""

    message: Words
    closing: Words
    acknowledgement: Words
    expected: Words
    over: Words


class InLanguages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The frame in each language."""

    id: IncidentFrame
    en: IncidentFrame
    zh: IncidentFrame


@lru_cache(maxsize=1)
def frames() -> InLanguages:
    """The words, read once. Raises `SeedError`."""
    return read_seed_file(seeds_folder() / FILE, InLanguages)


def language_for(texts: Texts, wanted: Language, fallback: str) -> Language:
    """The language in which a customer is told: theirs, else the desk's own, else the first that there is."""
    known = [each for each in (wanted.value, fallback, *(one.value for one in ANSWERED)) if each in texts]
    return Language(known[0] if known else fallback)


def incident_values(incident: IncidentRow, language: Language, now: datetime, zone: tzinfo) -> dict[str, str]:
    """The `VARIABLES` of an incident in a language that it has a text in; moments are told in `zone`."""
    words = incident.texts.get(language.value, {})
    is_coming = incident.state in ACTIVE or incident.state is PLANNED
    expected = ""
    if is_coming and incident.expected_at is not None and incident.expected_at > now:
        until = told(incident.expected_at, now, zone, language)
        expected = getattr(frames(), language.value).expected.format(until=until)
    return {
        "incident.title": words.get("title", ""),
        "incident.text": words.get("text", ""),
        "incident.expected": expected,
        "incident.since": told(incident.starts_at, now, zone, language),
    }


def values(detail: CaseDetail, language: Language, now: datetime, zone: tzinfo, fallback: str = "en") -> dict[str, str]:
    """The `VARIABLES` for an answer on a case: of the newest incident that it is linked with, else none at all."""
    linked = [each.incident for each in detail.incidents if each.is_linked]
    if not linked:
        return {}
    newest = max(linked, key=lambda each: each.id)
    return incident_values(newest, language_for(newest.texts, language, fallback), now, zone)


def message_text(incident: IncidentRow, language: Language, values_of: Mapping[str, str], case_id: int) -> str:
    """What a linked case is told; the frame is that of an ending once the incident has ended."""
    frame: IncidentFrame = getattr(frames(), language.value)
    template = frame.closing if incident.state is IncidentState.RESOLVED else frame.message
    return without_gaps(fill(template.strip(), {**values_of, "case.reference": f"#{case_id}"}).text)


def acknowledgement_text(language: Language, values_of: Mapping[str, str], case_id: int, promise: str) -> str:
    """The confirmation of a new case that belongs to an incident."""
    frame: IncidentFrame = getattr(frames(), language.value)
    filled = {**values_of, "case.reference": f"#{case_id}", "promise": promise}
    return without_gaps(fill(frame.acknowledgement.strip(), filled).text)


def over_texts(texts: Texts) -> dict[str, dict[str, str]]:
    """The texts of an ending that nobody wrote words for, in the languages that the incident has."""
    found = {}
    for language, words in texts.items():
        title = words.get("title", "")
        found[language] = {
            "title": title,
            "text": fill(getattr(frames(), language).over, {"incident.title": title}).text,
        }
    return found


def without_gaps(text: str) -> str:
    """A paragraph that came out empty leaves no gap."""
    return re.sub(r"\n{3,}", "\n\n", text)
