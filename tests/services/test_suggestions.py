"""Which answers fit a case: learned from what was sent, at once, on either engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import AnswerState, Status
from db.models import AnswerVersion, CannedAnswer
from desk.services import replies, suggestions
from desk.services.learned_texts import past_texts
from tests.services.acting import mail, receive

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

PRIZE = "Where is my lottery prize from the scratch voucher?"


def asked(desk: Desk, me: AgentRow, number: int, text: str, subject: str = "Question") -> CaseDetail:
    from desk.services import cases, queue

    raw = mail(f"{number}@example.org", sender=f"C{number} <c{number}@example.org>", subject=subject, text=text)
    receive(desk, raw)
    rows = queue.page(desk, me, queue.Lane.ALL, limit=100).rows
    return cases.open_case(desk, me, max(row.id for row in rows))


def answered(desk: Desk, me: AgentRow, case: CaseDetail, key: str, then: Status | None = None) -> int:
    return replies.reply(
        desk, me, case.case.id, "We look into it.", seen=case.last_message_id, then=then, answers=[f"{key}@1"]
    ).message_id


def keys(found: suggestions.Suggestions) -> list[str]:
    return [each.answer.key for each in found.found]


def test_with_no_past_case_the_words_of_titles_and_texts_decide_and_it_is_unsure(desk: Desk, ana: AgentRow) -> None:
    case = asked(desk, ana, 1, "I was charged twice for one payment at the merchant", "Payment charged twice")

    found = suggestions.for_case(desk, ana, case.case.id)

    assert keys(found)[0] == "payment-failed.double"
    assert len(found.found) == 3
    assert not found.is_sure
    assert found.found[0].refs == ()


def test_a_sent_answer_is_learned_once_it_cannot_be_taken_back(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    first = asked(desk, ana, 1, PRIZE)
    assert "statement.request" not in keys(suggestions.for_case(desk, ana, first.case.id))[:1]
    answered(desk, ana, first, "statement.request", Status.SOLVED)
    like_it = asked(desk, ana, 2, "My lottery prize of the scratch voucher has not come")
    assert all(each.refs == () for each in suggestions.for_case(desk, ana, like_it.case.id).found)

    clock.advance(seconds=desk.settings.outbox.undo_seconds + 1)

    best = suggestions.for_case(desk, ana, like_it.case.id).found[0]
    assert best.answer.key == "statement.request"
    assert best.refs == (first.case.id,)
    assert best.reason.startswith(f"like #{first.case.id}: '")


def test_a_likeness_is_put_into_words_and_not_into_numbers(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    for number in range(1, 4):
        past = asked(desk, ana, number, "Rp199.000 ke 199000 voucher 199000 199000", subject="199000")
        answered(desk, ana, past, "statement.request", Status.SOLVED)
    clock.advance(seconds=desk.settings.outbox.undo_seconds + 1)

    case = asked(desk, ana, 4, "Rp199.000 ke 199000 voucher 199000", subject="199000")
    best = suggestions.for_case(desk, ana, case.case.id).found[0]

    assert best.refs
    said = best.reason.partition(": ")[2]
    assert said
    assert not any(sign.isdigit() for sign in said), best.reason


def test_what_was_taken_back_or_came_back_is_not_learned(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    taken_back = asked(desk, ana, 1, PRIZE)
    replies.take_back(desk, ana, answered(desk, ana, taken_back, "login.cannot"))
    reopened = asked(desk, ana, 2, PRIZE)
    answered(desk, ana, reopened, "login.cannot", Status.SOLVED)
    clock.advance(minutes=5)
    from desk.services import changes

    changes.set_status(desk, ana, [reopened.case.id], Status.OPEN)

    with desk.database.read() as connection:
        assert past_texts(connection, clock(), most=100).texts == ()


def test_what_was_learned_is_there_at_once_after_a_restart(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    from db.engine import Database
    from desk.services.desk import Desk as Another

    first = asked(desk, ana, 1, PRIZE)
    answered(desk, ana, first, "statement.request", Status.SOLVED)
    clock.advance(minutes=1)
    assert suggestions.learn(desk) == 1
    like_it = asked(desk, ana, 2, "My lottery prize of the scratch voucher has not come")

    database = Database(desk.database.url, clock=clock)
    found = suggestions.for_case(Another(database, desk.settings, clock), ana, like_it.case.id)
    database.close()

    assert keys(found)[0] == "statement.request"
    assert found.found[0].refs == (first.case.id,)


def test_only_approved_answers_of_today_are_suggested(desk: Desk, ana: AgentRow) -> None:
    case = asked(desk, ana, 1, "I was charged twice for one payment at the merchant", "Payment charged twice")
    with desk.database.write() as unit:
        from sqlalchemy import select

        query = select(AnswerVersion).join(CannedAnswer).where(CannedAnswer.key == "payment-failed.double")
        for version in unit.session.scalars(query):
            version.state = AnswerState.RETIRED

    assert "payment-failed.double" not in keys(suggestions.for_case(desk, ana, case.case.id))


def test_learning_anew_is_due_after_many_answers_and_one_worker_does_it(
    desk: Desk, ana: AgentRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not suggestions.is_stale(desk)
    monkeypatch.setattr(suggestions, "NEW_ANSWERS", 1)
    answered(desk, ana, asked(desk, ana, 1, PRIZE), "login.cannot", Status.SOLVED)

    assert suggestions.is_stale(desk)
    assert suggestions.claim_learning(desk)
    assert not suggestions.claim_learning(desk)
    assert not suggestions.is_stale(desk)


def test_without_numpy_the_words_of_titles_still_decide(
    desk: Desk, ana: AgentRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "_new_model", lambda: None)
    case = asked(desk, ana, 1, "I was charged twice for one payment at the merchant", "Payment charged twice")

    found = suggestions.for_case(desk, ana, case.case.id)

    assert "payment-failed.double" in keys(found)
    assert not found.is_sure
    with pytest.raises(suggestions.NotInstalledError, match="pip install"):
        suggestions.learn(desk)
