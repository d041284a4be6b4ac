"""Promises at a desk: made with the confirmation, in the customer's language, and settled once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from db.kinds import Channel, PromiseState, Status
from db.models import HoursCalendar
from desk.channels.messages import read_kept
from desk.services import agents, alarms, cases, changes, hours, intake, replies, sla, spam
from desk.services.hour_files import read_hours
from desk.worker import Worker
from tests.services.acting import kinds, mail, newest
from tests.services.filing import acknowledgements, receive_live

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow, PromiseRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

MONDAY_NINE = datetime(2026, 11, 23, 2, tzinfo=UTC)
SATURDAY_NIGHT = datetime(2026, 11, 21, 14, tzinfo=UTC)


@pytest.fixture
def seeded(desk: Desk, clock: SettableClock) -> Desk:
    clock.moment = MONDAY_NINE
    return desk


def promise(desk: Desk, me: AgentRow, case_id: int = 1) -> PromiseRow:
    found = cases.open_case(desk, me, case_id).promise
    assert found is not None
    return found


def told(desk: Desk, me: AgentRow) -> list[str]:
    return [kind for kind in kinds(desk, me, 1) if kind.startswith("promise.")]


def test_while_open_a_moment_by_the_policy_is_promised_where_nobody_has_answered_lately(
    seeded: Desk, ana: AgentRow
) -> None:
    receive_live(seeded, mail(text="Hello, my payment failed and the shop got nothing at all."))

    assert promise(seeded, ana).until == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert promise(seeded, ana).told == "We will answer by today, 17:00 WIB."
    assert promise(seeded, ana).told in acknowledgements(seeded)[0].text
    assert told(seeded, ana) == ["promise.made"]


def test_who_writes_in_a_language_is_promised_when_somebody_who_reads_it_is_there(
    seeded: Desk, ana: AgentRow, tmp_path: Path
) -> None:
    (tmp_path / "chinese.toml").write_text(
        'title = { id = "Surel", en = "Mail", zh = "邮件" }\nzone = "Asia/Jakarta"\nchannels = ["email"]\n'
        'languages = ["zh"]\n[weekly]\ntue = ["13:00-15:00"]\n',
        encoding="utf-8",
    )
    hours.apply(seeded, agents.sign_in(seeded, "boss"), read_hours(tmp_path))
    Worker(seeded).step()
    receive_live(seeded, mail(text="Hello, my payment failed and the shop got nothing at all."))
    receive_live(
        seeded,
        mail("zh@example.org", sender="zh@example.org", text="您好，我的付款失败了，商家没有收到钱。"),
    )

    assert promise(seeded, ana).told == "We will answer by today, 17:00 WIB."
    tuesday = datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert promise(seeded, ana, 2).until > tuesday
    assert "周二 13:00 (WIB)" in promise(seeded, ana, 2).told
    due = cases.open_case(seeded, ana, 2).case.due_at
    assert due is not None
    assert due > tuesday
    assert list(sla.verify(seeded, ana)) == []


def test_the_pace_of_the_last_hour_shortens_what_is_promised(seeded: Desk, ana: AgentRow) -> None:
    for number in range(4):
        receive_live(seeded, mail(f"m{number}@example.org", sender=f"c{number}@example.org"))
        page = newest(seeded, ana)
        replies.reply(seeded, ana, page.case.id, "Hello", seen=page.last_message_id)

    receive_live(seeded, mail("last@example.org", sender="last@example.org"))

    assert promise(seeded, ana, 5).until == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def chats(desk: Desk, clock: SettableClock, *names: str, **more: str) -> None:
    """Chats that arrive now, each of its own customer."""
    for name in names:
        said = {"channel": "chat", "external_id": name, "from": {"handle": name}, "text": "Halo, ada orang di sini?"}
        line = json.dumps(said | {"at": clock.moment.isoformat(), "language": "id"} | more).encode()
        delivery = [intake.Delivery(line, "test", is_live=True)]
        intake.take_in(desk, None, Channel.CHAT, delivery, lambda raw: read_kept(raw, Channel.CHAT))


def wait(desk: Desk, me: AgentRow, clock: SettableClock) -> timedelta:
    """How long whoever came last was told that it takes."""
    return promise(desk, me, newest(desk, me).case.id).until - clock.moment


def test_where_nobody_answers_any_more_who_comes_behind_others_is_promised_the_pace_that_there_was(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    chats(seeded, clock, "a", "b")
    for number in (1, 2):
        replies.reply(
            seeded, ana, number, "Halo", seen=cases.open_case(seeded, ana, number).last_message_id, then=Status.SOLVED
        )
    clock.advance(hours=2)
    chats(seeded, clock, *(f"c{number}" for number in range(10)))
    clock.advance(minutes=1)
    chats(seeded, clock, "early")
    assert wait(seeded, ana, clock) == timedelta(minutes=10), "nobody is late: what the policy says"

    clock.advance(minutes=15)
    chats(seeded, clock, "last")

    assert wait(seeded, ana, clock) == timedelta(hours=9), "11 before, two an hour, half as long again"


def test_one_case_that_lies_there_does_not_lengthen_what_others_are_told_by_its_age(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    chats(seeded, clock, "a", language="zh")
    clock.advance(hours=3)
    for number in range(9):
        chats(seeded, clock, f"b{number}")
        page = newest(seeded, ana)
        replies.reply(seeded, ana, page.case.id, "Halo", seen=page.last_message_id, then=Status.SOLVED)

    chats(seeded, clock, "c")
    assert wait(seeded, ana, clock) == timedelta(minutes=30), "one before, nine an hour"
    replies.reply(seeded, ana, 11, "Halo", seen=newest(seeded, ana).last_message_id, then=Status.SOLVED)
    clock.advance(hours=2)
    chats(seeded, clock, "d")
    assert wait(seeded, ana, clock) == timedelta(minutes=30), "the same at the pace of two hours ago"


def test_what_the_customer_was_told_is_when_the_case_is_due(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    for number in range(4):
        receive_live(seeded, mail(f"m{number}@example.org", sender=f"c{number}@example.org"))
        page = newest(seeded, ana)
        replies.reply(seeded, ana, page.case.id, "Hello", seen=page.last_message_id)
    receive_live(seeded, mail("last@example.org", sender="last@example.org"))

    def due() -> datetime | None:
        return cases.open_case(seeded, ana, 5).case.due_at

    assert due() == promise(seeded, ana, 5).until
    clock.advance(hours=2)
    Worker(seeded).step()
    assert promise(seeded, ana, 5).state is PromiseState.BROKEN
    assert due() == promise(seeded, ana, 5).until, "a broken promise is still what is most urgent"
    replies.reply(seeded, ana, 5, "Hello", seen=cases.open_case(seeded, ana, 5).last_message_id)
    clock.advance(minutes=5)
    receive_live(seeded, mail("more@example.org", sender="last@example.org", in_reply_to="<last@example.org>"))
    asked = due()
    assert asked is not None
    assert asked > clock.moment, "what was told is not what is owed now"
    assert list(sla.verify(seeded, ana)) == []


def test_a_promise_that_was_not_kept_counts_again_when_the_case_comes_back(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    receive_live(seeded, mail())
    until = promise(seeded, ana).until
    changes.set_status(seeded, ana, [1], Status.SOLVED)
    clock.advance(hours=2)
    receive_live(seeded, mail("more@example.org", in_reply_to="<first@example.org>"))
    due = cases.open_case(seeded, ana, 1).case.due_at
    assert due is not None
    assert due <= until
    assert list(sla.verify(seeded, ana)) == []


def test_while_closed_it_says_when_we_open_and_what_else_is_open(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    clock.moment = SATURDAY_NIGHT
    text = "Halo, saldo saya terpotong dua kali, tolong dibantu ya. Terima kasih banyak."
    receive_live(seeded, mail(text=text, subject="Saldo terpotong"))

    words = promise(seeded, ana).told
    assert "mulai Senin, 08.00 WIB" in words
    assert "paling lambat Senin, 16.00 WIB" in words
    assert "chat" in words
    assert "telepon" not in words


def test_an_answer_in_time_keeps_it_and_that_is_noted_once(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(seeded, mail())
    clock.advance(hours=1)
    page = cases.open_case(seeded, ana, 1)
    replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)
    assert promise(seeded, ana).state is PromiseState.OPEN

    clock.advance(hours=7)
    for _ in range(2):
        Worker(seeded).step()

    assert promise(seeded, ana).state is PromiseState.KEPT
    assert told(seeded, ana) == ["promise.made", "promise.kept"]


def test_silence_breaks_it_and_a_late_answer_does_not_mend_it(
    seeded: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    receive_live(seeded, mail())
    clock.advance(hours=9)
    page = cases.open_case(seeded, ana, 1)
    replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)

    assert [alarms.settle_promises(seeded) for _ in range(2)] == [1, 0]

    assert promise(seeded, ana).state is PromiseState.BROKEN
    assert told(seeded, ana) == ["promise.made", "promise.broken"]


def test_an_answer_taken_back_keeps_nothing(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(seeded, mail())
    page = cases.open_case(seeded, ana, 1)
    clock.advance(minutes=1)
    sent = replies.reply(seeded, ana, 1, "Hello", seen=page.last_message_id)
    replies.take_back(seeded, ana, sent.message_id)
    clock.advance(hours=8)

    alarms.settle_promises(seeded)

    assert promise(seeded, ana).state is PromiseState.BROKEN


def test_solving_keeps_it_and_spam_is_owed_nothing(seeded: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(seeded, mail())
    receive_live(seeded, mail("other@example.org", sender="eve@example.net"))
    changes.set_status(seeded, ana, [1], Status.SOLVED)
    spam.mark(seeded, ana, [2])
    clock.advance(hours=9)

    alarms.settle_promises(seeded)

    assert [promise(seeded, ana, each).state for each in (1, 2)] == [PromiseState.KEPT, PromiseState.VOID]


def test_a_desk_that_does_not_say_when_it_is_there_promises_nothing(desk: Desk, ana: AgentRow) -> None:
    with desk.database.write() as unit:
        unit.session.execute(delete(HoursCalendar))
    receive_live(desk, mail())

    assert cases.open_case(desk, ana, 1).promise is None
    assert "\n\n\n" not in acknowledgements(desk)[0].text
