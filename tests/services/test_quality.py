"""Checks of answers where they are sent: kept back by policy, sent with a reason that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from db.kinds import CheckLevel, EventKind
from db.models import Event
from desk.rules.permissions import NotAllowedError
from desk.services import cases, quality, replies
from desk.services.errors import HeldBackError, UnfilledAnswerError

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk

LEAK = "Your card 4111 1111 1111 1111 works again."


def send(desk: Desk, me: AgentRow, case: CaseDetail, text: str, despite: str = "") -> replies.Sent:
    return replies.reply(desk, me, case.case.id, text, seen=case.last_message_id, despite=despite)


def events(desk: Desk, kind: EventKind) -> list[Event]:
    from sqlalchemy.orm import Session

    with desk.database.read() as connection, Session(connection) as session:
        return list(session.scalars(select(Event).where(Event.kind == kind)))


def test_a_blocking_check_keeps_an_answer_back_and_nothing_is_sent(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(HeldBackError, match="card number in the text") as held:
        send(desk, ana, case, LEAK)

    assert "4111 1111 1111 1111" not in str(held.value)
    assert cases.open_case(desk, ana, case.case.id).last_message_id == case.last_message_id


def test_a_reason_sends_it_and_stays_as_an_event_without_the_text(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    sent = send(desk, ana, case, LEAK, despite="the bank's own test number")

    (event,) = events(desk, EventKind.CHECK_OVERRIDDEN)
    assert event.case_id == case.case.id
    assert event.data == {"message": sent.message_id, "checks": ["secret"], "reason": "the bank's own test number"}


def test_no_reason_sends_an_open_variable(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(UnfilledAnswerError, match="Fill it in or take it out"):
        send(desk, ana, case, "Write {customer.name} in the field.", despite="it is what they have to type")


def test_another_place_to_fill_in_is_sent_with_a_reason(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    send(desk, ana, case, "Write [name] in the field.", despite="it is what they have to type")

    (event,) = events(desk, EventKind.CHECK_OVERRIDDEN)
    assert event.data["checks"] == ["variable"]


def test_a_warning_is_said_and_stops_nothing(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    text = "Please find attached the statement."

    (found,) = quality.look(desk, ana, case, text)
    assert (found.finding.check, found.blocks) == ("attachment", False)
    assert quality.look(desk, ana, case, text, files=1) == ()
    send(desk, ana, case, text)
    assert events(desk, EventKind.CHECK_OVERRIDDEN) == []


def test_a_supervisor_changes_what_blocks_and_that_is_an_event(
    desk: Desk, boss: AgentRow, ana: AgentRow, case: CaseDetail
) -> None:
    wanted = replace(quality.Levels(), secret=CheckLevel.OFF, attachment=CheckLevel.BLOCK)
    assert [each.check for each in quality.changes(desk, ana, wanted)] == ["secret", "attachment"]
    with pytest.raises(NotAllowedError):
        quality.apply(desk, ana, wanted)

    assert len(quality.apply(desk, boss, wanted)) == 2
    assert quality.apply(desk, boss, wanted) == ()

    assert [event.data["check"] for event in events(desk, EventKind.CHECK_CHANGED)] == ["secret", "attachment"]
    with pytest.raises(HeldBackError, match="nothing is attached"):
        replies.reply(desk, ana, case.case.id, "Please find attached the bill.", seen=case.last_message_id, files=[])
    send(desk, ana, case, LEAK)


def test_the_shipped_file_says_what_holds_without_one() -> None:
    assert quality.read_levels() == quality.Levels()
