"""The operators of a search: their names, what they take, and how a value is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from db.kinds import NEEDS_SOMEBODY, Channel, Language, Status
from db.rows_search import ME, NOBODY, Condition, Field, Standing


class SearchSyntaxError(ValueError):
    """A query cannot be read; the message is one sentence with what to do, `position` where (in characters)."""

    def __init__(self, hint: str, position: int) -> None:
        super().__init__(hint)
        self.hint = hint
        self.position = position


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator as help shows it; `values` is the closed set it takes, if there is one."""

    field: Field
    example: str
    help: str
    values: tuple[str, ...] = ()
    meanings: tuple[tuple[str, str], ...] = ()
    """What some of its values mean that their name does not say."""


OPERATORS = {
    Field.CHANNEL: Operator(Field.CHANNEL, "email", "how the customer reached us", tuple(Channel)),
    Field.STATUS: Operator(
        Field.STATUS,
        "open",
        "where the case stands",
        tuple(Status),
        ((Status.NEW, "nobody has answered yet"), (Status.OPEN, "new ones too: what needs somebody")),
    ),
    Field.ASSIGNEE: Operator(Field.ASSIGNEE, "me", f"who has it: a login, {ME} or {NOBODY}"),
    Field.TAG: Operator(Field.TAG, "vip", "a tag it carries"),
    Field.TOPIC: Operator(Field.TOPIC, "refund", "what it is about"),
    Field.QUEUE: Operator(Field.QUEUE, "refunds", f"the queue it was put into, or {NOBODY} for the common one"),
    Field.PRIORITY: Operator(Field.PRIORITY, "1", "1 (most urgent) to 4", ("1", "2", "3", "4")),
    Field.LANGUAGE: Operator(Field.LANGUAGE, "id", "the customer's language", tuple(Language)),
    Field.FROM: Operator(Field.FROM, "budi@example.com", "who wrote: a name, an address, a number"),
    Field.BEFORE: Operator(Field.BEFORE, "2026-11-01", "opened before that day"),
    Field.SINCE: Operator(Field.SINCE, "7d", "opened on that day or later"),
    Field.IS: Operator(Field.IS, "overdue", "how it stands right now", tuple(Standing)),
}
ALIASES = {"after": Field.SINCE, "lang": Field.LANGUAGE}
NAMES: dict[str, Field] = {field.value: field for field in Field} | ALIASES

_DAYS_AGO = re.compile(r"([0-9]{1,4})([dw])")
_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was most likely meant to be, if one is near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else None


def condition(
    name: str, values: tuple[str, ...], *, excluded: bool, position: int, zone: tzinfo, now: datetime
) -> Condition:
    """The condition that `name:value,value` states. Raises `SearchSyntaxError`."""
    field = NAMES[name]
    operator = OPERATORS[field]
    if not values:
        raise SearchSyntaxError(f"{name}: needs a value, such as {name}:{operator.example}", position)
    if field in {Field.BEFORE, Field.SINCE}:
        moment = beginning_of_day(",".join(values), zone=zone, now=now, position=position)
        return Condition(field, excluded=excluded, moment=moment, position=position)
    if operator.values:
        values = tuple(_of_closed_set(name, value.casefold(), operator.values, position) for value in values)
    if field is Field.STATUS and Status.OPEN in values:
        # A case that nobody has answered is open in everybody's words; who looks for mail to answer means it, too.
        values = tuple(dict.fromkeys((*values, *map(str, NEEDS_SOMEBODY))))
    return Condition(field, values, excluded=excluded, position=position)


def beginning_of_day(value: str, *, zone: tzinfo, now: datetime, position: int = 0) -> datetime:
    """The moment, in UTC, at which a day begins in `zone`: `2026-11-01`, `today`, `yesterday`, `7d`, `2w` (ago).

    Raises `SearchSyntaxError`.
    """
    word = value.strip().casefold()
    today = now.astimezone(zone).date()
    try:
        if _ISO_DAY.fullmatch(word):
            day = today.fromisoformat(word)
        elif ago := _DAYS_AGO.fullmatch(word):
            day = today - timedelta(days=int(ago[1]) * (7 if ago[2] == "w" else 1))
        else:
            day = today - timedelta(days={"today": 0, "yesterday": 1}[word])
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    except (KeyError, ValueError, OverflowError) as error:
        hint = f"{shown(value)} is no day; write 2026-11-01, today, yesterday or 7d"
        raise SearchSyntaxError(hint, position) from error


def _of_closed_set(name: str, value: str, known: tuple[str, ...], position: int) -> str:
    if value in known:
        return str(value)
    near = nearest(value, known)
    asked = f"did you mean {name}:{near}?" if near else f"it takes {', '.join(known)}"
    raise SearchSyntaxError(f"{name}: does not know {shown(value)}; {asked}", position)


def shown(value: str) -> str:
    """A typed value for a message: printable and short."""
    text = "".join(sign if sign.isprintable() else "�" for sign in value)
    return f"“{text[:30]}…”" if len(text) > 30 else f"“{text}”"
