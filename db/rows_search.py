"""What a search asks for and what it gives: frozen words that rules, services and queries share."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from db.rows import CaseRow


class Field(StrEnum):
    """What a condition looks at; the value is the operator's name in a query."""

    CHANNEL = "channel"
    STATUS = "status"
    ASSIGNEE = "assignee"
    TAG = "tag"
    TOPIC = "topic"
    QUEUE = "queue"
    PRIORITY = "priority"
    LANGUAGE = "language"
    FROM = "from"
    BEFORE = "before"
    SINCE = "since"
    IS = "is"


class Standing(StrEnum):
    """What `is:` can ask."""

    SNOOZED = "snoozed"
    OVERDUE = "overdue"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    SPAM = "spam"


ME = "me"
NOBODY = "none"


class Sought(Struct, frozen=True):
    """Words as they were typed; `exact` when they were in quotes, `excluded` when they must not occur."""

    text: str
    exact: bool = False
    excluded: bool = False


class Condition(Struct, frozen=True):
    """One operator with its values, any of which will do; `moment` (aware) instead for dates.

    `position` is the place of the operator in the text, in characters, for messages.
    """

    field: Field
    values: tuple[str, ...] = ()
    excluded: bool = False
    moment: datetime | None = None
    position: int = 0


class SearchQuery(Struct, frozen=True):
    """All words and all conditions have to be met; `reference` names one case by its number."""

    words: tuple[Sought, ...] = ()
    conditions: tuple[Condition, ...] = ()
    reference: int | None = None


class SearchPage(Struct, frozen=True):
    """Cases found, newest first.

    With `has_more`, pass `last_id` as `after` to go on. A page may be short, even empty, and still have more:
    one call looks at a bounded number of cases (`db.queries.search_sqlite.MOST_HITS`).
    """

    rows: tuple[CaseRow, ...]
    has_more: bool
    last_id: int | None


class Vocabulary(Struct, frozen=True):
    """Names that a query can be completed with: agents' logins, tags (most used first), topic keys and queues."""

    agents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
