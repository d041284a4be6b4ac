"""What the desk knows for the variables of a canned answer: the case, its channel's hours, its promise, and more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import Connection, select

from db.kinds import Channel, Language, PromiseState
from db.models import Topic
from db.rows import AgentRow, CaseDetail
from desk.rules.answers import as_value, known_values
from desk.services.desk import Desk
from desk.services.figures import zone_of
from desk.services.hours import plans_of
from desk.templates.values import Moment, Style, Value

Source = Callable[[Connection, CaseDetail, Language, datetime], Mapping[str, Value]]
"""Gives what it knows of a case for names of `desk.rules.answer_variables`; the language is that of the answer."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known for one case: its values by language, and the zone in which its customer reads times."""

    values: Mapping[Language, Mapping[str, Value]]
    zone: tzinfo
    now: datetime

    def style(self, language: Language) -> Style:
        """How values are written in a language."""
        return Style(language, self.zone, self.now)


def known(desk: Desk, connection: Connection, me: AgentRow, detail: CaseDetail) -> Known:
    """All values for a case. Nothing here asks anything outside the database."""
    now = desk.clock()
    channel = detail.case.channel
    hours = values_of_channel(connection, channel, now)
    values: dict[Language, Mapping[str, Value]] = {}
    for language in (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE):
        found: dict[str, Value] = {**known_values(detail, me, language), **hours}
        for source in SOURCES:
            found |= source(connection, detail, language, now)
        values[language] = found
    return Known(values, style_of(connection, Language.ENGLISH, now, channel).zone, now)


def values_of_channel(connection: Connection, channel: Channel, now: datetime) -> dict[str, Value]:
    """`hours.open`, `hours.opens`, `hours.closes` of a channel; nothing for one without hours."""
    plan = plans_of(connection, now).get(channel)
    if plan is None:
        return {}
    standing = plan.standing(now)
    found: dict[str, Value] = {"hours.open": standing.is_open}
    if standing.until is not None:
        found["hours.closes" if standing.is_open else "hours.opens"] = Moment(standing.until)
    return found


def style_of(connection: Connection, language: Language, now: datetime, channel: Channel | None = None) -> Style:
    """How values are written: in the zone of the channel's hours, by default of most channels'."""
    plans = plans_of(connection, now)
    plan = plans.get(channel) if channel is not None else None
    return Style(language, plan.zone if plan is not None else zone_of(plans), now)


def _of_case(connection: Connection, detail: CaseDetail, language: Language, _now: datetime) -> Mapping[str, Value]:
    found: dict[str, Value] = {"case.opened": Moment(detail.case.created_at)}
    if detail.case.topic_key is not None:
        titles = connection.scalar(select(Topic.titles).where(Topic.key == detail.case.topic_key)) or {}
        if title := titles.get(language.value):
            found["case.topic"] = str(title)
    return found


def _of_promise(
    _connection: Connection, detail: CaseDetail, _language: Language, _now: datetime
) -> Mapping[str, Value]:
    promise = detail.promise
    if promise is None or promise.state is not PromiseState.OPEN:
        return {}
    return {"promise.until": Moment(promise.until), "promise.text": as_value(promise.told)}


def _of_incident(connection: Connection, detail: CaseDetail, language: Language, now: datetime) -> Mapping[str, Value]:
    from desk.services.incident_words import values  # few cases belong to one

    if not any(each.is_linked for each in detail.incidents):
        return {}
    zone = style_of(connection, language, now, detail.case.channel).zone
    return {name: as_value(said) for name, said in values(detail, language, now, zone).items() if said}


def _of_guide(connection: Connection, detail: CaseDetail, language: Language, _now: datetime) -> Mapping[str, Value]:
    if detail.guide_run is None:
        return {}
    from desk.services.guides import words_of_run

    title, step = words_of_run(connection, detail.guide_run[0], language)
    return {"guide.title": as_value(title), "guide.step": as_value(step)}


def _of_safety(_connection: Connection, detail: CaseDetail, _language: Language, _now: datetime) -> Mapping[str, Value]:
    return {"safety.report": detail.safety_run.report} if detail.safety_run is not None else {}


def _of_refund(connection: Connection, detail: CaseDetail, language: Language, now: datetime) -> Mapping[str, Value]:
    if not detail.refunds:
        return {}
    from desk.services.refunds.answering import values

    return values(connection, detail.refunds, language, now)


SOURCES: tuple[Source, ...] = (_of_case, _of_promise, _of_incident, _of_guide, _of_refund, _of_safety)
"""Where values come from; what a part of the desk knows of refunds, incidents, transactions or guides joins here."""
