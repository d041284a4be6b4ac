"""What `db.check` finds, each fault alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from db.check import UNREAD_AFTER, check
from db.engine import Database
from db.kinds import Channel, EventKind, InboundState, Language, MessageKind, OutboxState, Status
from db.models import Blob, Case, Customer, Inbound, Message, OutboxItem

NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)


def problems(database: Database) -> set[str]:
    with database.read() as connection:
        return {finding.name for finding in check(connection, NOW) if finding.problems}


def a_case(connection: Connection) -> None:
    connection.execute(insert(Customer), {"id": 1, "name": "Budi", "created_at": NOW})
    row = {"id": 1, "channel": Channel.EMAIL, "status": Status.NEW, "priority": 3, "language": Language.OTHER}
    times = {"created_at": NOW, "updated_at": NOW, "due_at": NOW}
    connection.execute(insert(Case), row | times | {"subject": "Saldo", "customer_id": 1, "version": 1})


def a_message(connection: Connection, kind: MessageKind) -> None:
    a_case(connection)
    row = {"id": 1, "case_id": 1, "kind": kind, "channel": Channel.EMAIL, "at": NOW, "text": "", "new_text": ""}
    connection.execute(insert(Message), row | {"details": {}, "is_automatic": False})


def in_outbox(connection: Connection, **more: object) -> None:
    row = {"message_id": 1, "channel": Channel.EMAIL, "not_before": NOW, "created_at": NOW, "attempts": 1}
    connection.execute(insert(OutboxItem), row | more)


def miscounted(connection: Connection) -> None:
    connection.exec_driver_sql("INSERT INTO lane_count (channel, cases) VALUES ('chat', -1)")


def left_unread(connection: Connection) -> None:
    connection.execute(insert(Blob), {"sha256": "0" * 64, "size": 1, "data": b"x"})
    row = {"channel": Channel.EMAIL, "raw_sha256": "0" * 64, "source": "stdin", "state": InboundState.RECEIVED}
    connection.execute(insert(Inbound), row | {"received_at": NOW - UNREAD_AFTER - timedelta(seconds=1)})


def being_read(connection: Connection) -> None:
    left_unread(connection)
    connection.exec_driver_sql(
        "UPDATE inbound SET received_at = "
        + ("'2026-11-23 13:13:00'" if connection.dialect.name == "sqlite" else "'2026-11-23T13:13:00Z'")
    )


def unsearchable(connection: Connection) -> None:
    a_case(connection)


def a_note_to_be_sent(connection: Connection) -> None:
    a_message(connection, MessageKind.NOTE)
    in_outbox(connection, state=OutboxState.QUEUED)


def sent_by_nobody(connection: Connection) -> None:
    a_message(connection, MessageKind.OUTBOUND)
    in_outbox(connection, state=OutboxState.SENDING)


def sent_by_somebody_who_stopped(connection: Connection) -> None:
    a_message(connection, MessageKind.OUTBOUND)
    in_outbox(connection, state=OutboxState.SENDING, lease_owner="x", lease_until=NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (miscounted, {"lane counts"}),
        (left_unread, {"deliveries"}),
        (being_read, set()),
        (unsearchable, {"search"}),
        (a_note_to_be_sent, {"outbox", "search"}),
        (sent_by_nobody, {"outbox", "search"}),
        (sent_by_somebody_who_stopped, {"outbox", "search"}),
    ],
)
def test_each_fault_is_found(database: Database, spoil: Callable[[Connection], None], found: set[str]) -> None:
    assert problems(database) == set()
    with database.engine.begin() as connection:
        spoil(connection)
    assert problems(database) == found


def test_an_event_changed_from_outside_is_found(database: Database) -> None:
    for n in range(3):
        with database.write() as unit:
            unit.record(EventKind.AGENT_ADDED, n=n)
    assert problems(database) == set()
    with database.engine.begin() as connection:
        off, on = (
            ("DROP TRIGGER event_no_update", "SELECT 1")
            if database.is_sqlite
            else ("ALTER TABLE event DISABLE TRIGGER USER", "ALTER TABLE event ENABLE TRIGGER USER")
        )
        connection.exec_driver_sql(off)
        connection.exec_driver_sql("""UPDATE event SET data = '{"n": 7}' WHERE id = 2""")
        connection.exec_driver_sql(on)
    assert problems(database) == {"events"}


def test_a_row_that_refers_to_nothing_is_found(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        connection.exec_driver_sql("INSERT INTO case_tag (case_id, tag_id) VALUES (7, 7)")
        connection.commit()
    assert problems(sqlite_database) == {"storage"}


def test_an_index_that_is_not_valid_is_found(postgres_database: Database) -> None:
    with postgres_database.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_support_case_queue'::regclass"
        )
    assert problems(postgres_database) == {"storage"}


def test_of_another_schema_nothing_else_is_looked_at(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with database.read() as connection:
        assert [finding.name for finding in check(connection, NOW)] == ["schema"]
