"""Finding cases, and completing what is typed into the search line."""

from __future__ import annotations

from datetime import UTC, tzinfo

import msgspec
from sqlalchemy import Connection

from db.queries import search as queries
from db.queries.search_names import vocabulary as known_names
from db.rows import AgentRow
from db.rows_search import Field, SearchPage, Vocabulary
from desk.rules.permissions import Permission, require
from desk.rules.search_operators import SearchSyntaxError, nearest, shown
from desk.rules.search_query import parse
from desk.services.desk import Desk

MOST_ROWS = 100


def find(
    desk: Desk,
    me: AgentRow,
    text: str,
    *,
    after: int | None = None,
    limit: int = 50,
    zone: tzinfo = UTC,
) -> SearchPage:
    """Up to 100 cases that `text` asks for, newest first, older than the case `after`; days are those of `zone`.

    Raises `desk.rules.search_operators.SearchSyntaxError`, also for an agent, tag, topic or queue that does not
    exist.
    """
    require(me, Permission.WORK_CASES)
    now = desk.clock()
    query = parse(text, zone=zone, now=now)
    with desk.database.read() as connection:
        try:
            return queries.find(
                connection,
                query,
                me_id=me.id,
                now=now,
                after=after,
                limit=max(1, min(limit, MOST_ROWS)),
                queues=_mailbox_queues(desk),
            )
        except queries.UnknownNameError as error:
            raise _with_suggestion(desk, connection, error) from error


def vocabulary(desk: Desk, me: AgentRow) -> Vocabulary:
    """The names that `desk.rules.search_completion.complete` may offer."""
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        return _names(desk, connection)


def _names(desk: Desk, connection: Connection) -> Vocabulary:
    known = known_names(connection)
    return msgspec.structs.replace(known, queues=tuple(sorted({*known.queues, *_mailbox_queues(desk)})))


def _mailbox_queues(desk: Desk) -> set[str]:
    return {box.queue for box in desk.settings.mail.mailboxes.values() if box.queue}


def _with_suggestion(desk: Desk, connection: Connection, error: queries.UnknownNameError) -> SearchSyntaxError:
    names = _names(desk, connection)
    name = error.condition.field
    known = {
        Field.ASSIGNEE: names.agents,
        Field.TAG: names.tags,
        Field.TOPIC: names.topics,
        Field.QUEUE: names.queues,
    }[name]
    near = nearest(error.value, known)
    asked = f"did you mean {name}:{near}?" if near else "check its spelling"
    what = "agent" if name is Field.ASSIGNEE else name
    return SearchSyntaxError(f"there is no {what} {shown(error.value)}; {asked}", error.condition.position)
