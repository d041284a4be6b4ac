"""Writing the demo's rows in bulk: plain tuples, straight to the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection, text

COLUMNS = {
    "blob": "sha256 size data",
    "tag": "id name folded",
    "customer": "id name language created_at",
    "contact_point": "id customer_id kind provider value folded created_at",
    "support_case": "id channel status priority topic_key language subject customer_id assignee_id created_at "
    "updated_at due_at snoozed_until solved_at closed_at follows_id version",
    "message": "id case_id kind channel external_id at sent_at agent_id sender_name sender_address subject text "
    "new_text is_automatic details",
    "case_tag": "case_id tag_id",
    "attachment": "id message_id position filename content_type size sha256",
    "message_answer": "message_id version_id language",
    "outbox": "id message_id channel state not_before attempts error provider_id created_at sent_at",
    "promise": "id case_id channel made_at until told state settled_at",
    "search_document": "case_id terms",
    "event": "id at kind agent_id case_id data hash",
}
"""The columns that are written, in order; parents before children. Moments are text as `moments.stored` makes it."""

Row = tuple[Any, ...]
Write = Callable[[str, list[Row]], None]

Kept = tuple[int, str, int | None, int, str]
"""An event before it is chained: its second, kind, agent, case, and data as canonical JSON (keys sorted, ASCII)."""


class Rows:
    """What is to be written next, by table, and the events that go with it."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Row]] = {table: [] for table in COLUMNS}
        self._last = dict.fromkeys(COLUMNS, 0)
        self.events: list[Kept] = []

    def next_id(self, table: str) -> int:
        """The next id of a table whose rows are numbered here."""
        self._last[table] += 1
        return self._last[table]

    def of(self, table: str) -> list[Row]:
        """The rows of a table that wait to be written; append to it."""
        return self._waiting[table]

    def taken(self) -> tuple[dict[str, list[Row]], list[Kept]]:
        """All that waits, parents first; nothing waits afterwards."""
        rows, events = self._waiting, self.events
        self._waiting, self.events = {table: [] for table in COLUMNS}, []
        return rows, events


def writer(connection: Connection) -> Write:
    """Writes rows of one table (as `COLUMNS` has them) in the connection's transaction."""
    return _copy(connection) if connection.dialect.name == "postgresql" else _many(connection)


def _many(connection: Connection) -> Write:
    def write(table: str, rows: list[Row]) -> None:
        columns = COLUMNS[table].split()
        places = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)

    return write


def _copy(connection: Connection) -> Write:
    cursor: Any = connection.connection.cursor()

    def write(table: str, rows: list[Row]) -> None:
        with cursor.copy(f"COPY {table} ({', '.join(COLUMNS[table].split())}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    return write


def set_sequences(connection: Connection, tables: Iterable[str]) -> None:
    """Let PostgreSQL number on after the ids given out here; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        sequence = "pg_get_serial_sequence(:table, 'id')"
        highest = f"(SELECT coalesce(max(id), 0) FROM {table})"
        query = f"SELECT setval({sequence}, greatest({highest}, 1), {highest} > 0)"
        connection.execute(text(query), {"table": table})
