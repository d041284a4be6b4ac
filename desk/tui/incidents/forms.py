"""What a supervisor is asked for an incident: a form for a new one, for texts, and a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from db.kinds import Channel, IncidentKind
from desk.tui.dialogs.form import FormDialog, Line, Tick
from desk.tui.dialogs.moments import read

if TYPE_CHECKING:
    from db.rows_incidents import IncidentProposalRow, Texts
    from desk.services.incident_drafts import Draft

LANGUAGES = ("id", "en", "zh")
MOMENT_HINT = "2h, 16:00, fri 09:00 (your clock)"


def _words(text: str) -> str:
    return "" if text.strip() else "Say it in a few words: agents read it on every screen."


def moment_line(name: str, now: datetime, *, required: bool) -> Line:
    """A line for a moment to come."""

    def problem(text: str) -> str:
        if not text.strip():
            return "Say when." if required else ""
        return "" if read(text, now) else "No moment to come: write 16:00, 2h, or fri 09:00."

    return Line(name, problem=problem, hint=MOMENT_HINT)


def new_form(now: datetime, kind: IncidentKind, fallback: str, rise: IncidentProposalRow | None) -> FormDialog:
    """The form of a new incident; a rise fills in what it is known by."""
    is_work = kind is IncidentKind.MAINTENANCE
    topics = (rise.topic_key if rise else "") or ""
    codes = (rise.code if rise else "") or ""
    parts: list[Line | Tick] = [Line("what", problem=_words, hint="what agents read on every screen")]
    if is_work:
        parts.append(moment_line("from", now, required=True))
    parts += [
        moment_line("until", now, required=is_work),
        Line("channels", hint=f"{', '.join(Channel)}; nothing means all", problem=_channels),
        Line("topics", topics, hint="keys of topics, with commas"),
        Line("words", hint="words or phrases, with commas"),
        Line("codes", codes, hint="error codes, with commas"),
        *_text_lines({}, fallback),
        Line("internal", hint="what only agents read"),
        Tick("rule", "link new cases that match by themselves, and tell their customers"),
        Tick("public", "show it on the status page", on=True),
    ]
    return FormDialog("plan work" if is_work else "open an incident", parts)


def text_form(texts: Texts, fallback: str) -> FormDialog:
    """The form for another public text."""
    parts: list[Line | Tick] = [*_text_lines(texts, fallback), Tick("tell", "tell all linked cases now", on=True)]
    return FormDialog("new public text", parts)


def draft_of(answer: Mapping[str, str], kind: IncidentKind, now: datetime) -> Draft:
    """What was typed into `new_form`."""
    from desk.services.incident_drafts import Draft

    def listed(name: str) -> tuple[str, ...]:
        return tuple(each.strip() for each in answer[name].split(",") if each.strip())

    return Draft(
        title=answer["what"],
        texts=texts_of(answer),
        kind=kind,
        internal=answer["internal"],
        channels=listed("channels"),
        topics=listed("topics"),
        words=listed("words"),
        codes=listed("codes"),
        links_by_rule=answer["rule"] == "yes",
        is_public=answer["public"] == "yes",
        starts_at=read(answer["from"], now) if answer.get("from") else None,
        expected_at=read(answer["until"], now) if answer["until"] else None,
    )


def texts_of(answer: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The texts that were typed, by language."""
    return {each: {"text": answer[f"text-{each}"]} for each in LANGUAGES if answer[f"text-{each}"]}


def _text_lines(texts: Texts, fallback: str) -> list[Line]:
    def needed(text: str) -> str:
        return "" if text.strip() else "Everybody whose own language is missing reads this one."

    return [
        Line(
            f"text-{each}",
            str(texts.get(each, {}).get("text", "")).replace("\n", " "),
            problem=needed if each == fallback else lambda _text: "",
            hint="what customers read",
        )
        for each in LANGUAGES
    ]


def _channels(text: str) -> str:
    unknown = [each.strip() for each in text.split(",") if each.strip() and each.strip() not in set(Channel)]
    return f"There is no channel {unknown[0]!r}." if unknown else ""
