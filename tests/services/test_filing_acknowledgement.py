"""The confirmation of a new case: one, in the customer's language, to people alone, and nothing hangs on it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import Channel, Language, OutboxState, Status
from desk.channels.mail.incoming import read_incoming
from desk.channels.messages import read_kept
from desk.rules.answers import fill
from desk.services import cases, changes, hours, outbox, replies, spam
from desk.services.acknowledging import acknowledgement
from desk.services.desk import Desk
from desk.services.intake import Delivery, recover, take_in
from desk.settings import Mail, Settings
from tests.services.acting import arrived, in_queue, kinds, mail, newest, receive
from tests.services.filing import (
    EVE,
    acknowledgements,
    all_cases,
    bounce,
    contact,
    item_of,
    messages,
    receive_live,
    sent,
    sent_now,
)

if TYPE_CHECKING:
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow
    from tests.clock import SettableClock

ENGLISH = "Please give me the money back that I have paid twice."


def test_a_new_case_by_live_mail_is_confirmed(desk: Desk, ana: AgentRow) -> None:
    receive_live(desk, mail(text=ENGLISH))

    (confirmed,) = acknowledgements(desk)
    assert "#1" in confirmed.text
    assert "We have received your message" in confirmed.text
    assert confirmed.is_automatic
    assert confirmed.details["automatic"] is True
    assert confirmed.details["to"] == "dewi@example.org"
    assert confirmed.details["in_reply_to"] == "first@example.org"
    assert confirmed.external_id is not None
    assert confirmed.subject.startswith("Re: My payment failed [#1-")
    assert item_of(desk, confirmed.id).state is OutboxState.QUEUED
    assert [row.message_id for row in outbox.lease(desk, "worker")] == [confirmed.id]
    assert kinds(desk, ana, 1) == ["case.opened", "message.received", "message.acknowledged"]


def test_old_mail_from_a_file_is_not(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail())

    assert acknowledgements(desk) == []


def test_it_is_no_answer_the_case_waits_as_before_and_can_be_answered_at_once(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    receive_live(desk, mail())
    receive(desk, mail("eve@example.net", sender=EVE))
    confirmed, plain = all_cases(desk)

    assert (confirmed.status, confirmed.due_at) == (plain.status, plain.due_at)
    assert confirmed.due_at is not None
    assert in_queue(desk, ana) == [1, 2]
    seen = next(each.id for each in messages(desk, 1) if each.details.get("automatic") is None)
    replies.reply(desk, ana, 1, "We look into it.", seen=seen)


def test_the_answer_that_follows_refers_to_what_the_customer_wrote(desk: Desk, ana: AgentRow) -> None:
    receive_live(desk, mail())
    replies.reply(desk, ana, 1, "We look into it.", seen=newest(desk, ana).last_message_id)

    assert messages(desk, 1)[-1].details["in_reply_to"] == "first@example.org"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        (Language.ENGLISH, ENGLISH, "We have received"),
        (
            Language.INDONESIAN,
            "Saya sudah membayar dua kali, tolong kembalikan uang saya secepatnya.",
            "sudah kami terima",
        ),
        (Language.CHINESE, "我付了两次款，请把钱退还给我。", "您的来信"),
        (
            Language.OTHER,
            "Ich habe zweimal bezahlt und möchte mein Geld gerne zurück haben, bitte.",
            "We have received",
        ),
    ],
)
def test_it_is_in_the_cases_language_and_else_in_the_fallback(
    desk: Desk, ana: AgentRow, language: Language, text: str, words: str
) -> None:
    receive_live(desk, mail(subject="", text=text))

    assert all_cases(desk)[0].language is language
    assert words in acknowledgements(desk)[0].text


def test_its_words_stand_in_the_seeds_and_take_nothing_from_the_sender() -> None:
    found = acknowledgement()

    assert {fill(each.text, {}).missing for each in (found.id, found.en, found.zh)} == {("case.reference", "promise")}


def test_an_address_gets_at_most_one_a_day(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(desk, mail("1@example.org"), mail("2@example.org"))
    clock.advance(hours=23)
    receive_live(desk, mail("3@example.org", sender="DEWI@example.org"))
    assert len(acknowledgements(desk)) == 1

    clock.advance(hours=1)
    receive_live(desk, mail("4@example.org"))
    assert [each.case_id for each in acknowledgements(desk)] == [1, 4]


def test_two_addresses_get_one_each(desk: Desk, ana: AgentRow) -> None:
    receive_live(desk, mail(), mail("eve@example.net", sender=EVE))

    assert [each.details["to"] for each in acknowledgements(desk)] == ["dewi@example.org", "eve@example.net"]


def test_a_clock_that_is_set_back_sends_no_second_one(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(desk, mail())
    clock.advance(days=-3)
    receive_live(desk, mail("2@example.org"))

    assert len(acknowledgements(desk)) == 1


def test_what_joins_a_case_is_not_confirmed(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(desk, mail())
    clock.advance(days=2)
    receive_live(desk, mail("2@example.org", in_reply_to="<first@example.org>"))

    assert len(acknowledgements(desk)) == 1


def test_the_same_mail_again_is_not_confirmed_again(desk: Desk, ana: AgentRow, clock: SettableClock) -> None:
    receive_live(desk, mail())
    clock.advance(days=2)
    receive_live(desk, mail(), b"X-Again: 1\r\n" + mail())

    assert len(acknowledgements(desk)) == 1


UNANSWERED = [
    {"auto_submitted": "auto-generated"},
    {"auto_submitted": "auto-replied"},
    {"precedence": "bulk"},
    {"precedence": "junk"},
    {"precedence": "list"},
    {"list_id": "Offers <offers.shop.example>"},
    {"list_unsubscribe": "<https://shop.example/u>"},
    {"list_post": "<mailto:l@shop.example>"},
    {"return_path": "<>"},
    {"x_auto_response_suppress": "All"},
    {"x_auto_response_suppress": "DR, OOF, AutoReply"},
    {"x_loop": "yes"},
    {"subject": "Out of office"},
    {"sender": "noreply@shop.example"},
    {"sender": "No-Reply@shop.example"},
    {"sender": "do_not_reply@shop.example"},
    {"sender": "MAILER-DAEMON@shop.example"},
    {"sender": "postmaster@shop.example"},
    {"sender": "bounces+dewi=example.org@shop.example"},
    {"sender": "list-request@shop.example"},
    {"sender": "owner-list@shop.example"},
    {"sender": "support@example.com"},
    {"sender": "support+case1-abcdefgh@example.com"},
    {"sender": "Support <SUPPORT@EXAMPLE.COM>"},
    {"sender": "nobody"},
]


@pytest.mark.slow
@pytest.mark.parametrize("headers", UNANSWERED, ids=lambda headers: ":".join(*headers.items()))
def test_what_no_person_reads_is_not_confirmed(desk: Desk, ana: AgentRow, headers: dict[str, str]) -> None:
    receive_live(desk, mail(**headers))  # type: ignore[arg-type]

    assert len(all_cases(desk)) == 1
    assert acknowledgements(desk) == []


@pytest.mark.parametrize("sender", ["owner@shop.example", "info@shop.example", "Auto@bengkel.example"])
def test_small_shops_are(desk: Desk, ana: AgentRow, sender: str) -> None:
    receive_live(desk, mail(sender=sender))

    assert len(acknowledgements(desk)) == 1


def test_a_bounce_or_an_invitations_answer_is_not(desk: Desk, ana: AgentRow) -> None:
    reply = mail("reply@example.org").replace(
        b'Content-Type: text/plain; charset="utf-8"', b'Content-Type: text/calendar; method=REPLY; charset="utf-8"'
    )
    assert b"method=REPLY" in reply

    receive_live(desk, bounce("unknown@example.org"), reply)

    assert len(all_cases(desk)) == 2
    assert acknowledgements(desk) == []


def test_an_address_that_bounces_is_not_written_to_until_it_writes(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    out = sent(desk, ana, arrived(desk, ana), clock)
    receive_live(desk, bounce(out.external_id or ""))
    assert contact(desk).undeliverable_at is not None

    receive_live(desk, mail("again@example.org"))

    assert contact(desk).undeliverable_at is None
    assert len(acknowledgements(desk)) == 1


def test_a_blocked_sender_is_not_written_to(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail())
    spam.block(desk, ana, 1)

    receive_live(desk, mail("2@example.org"))

    assert acknowledgements(desk) == []


def test_the_setting_turns_it_off(database: Database, ana: AgentRow, tmp_path: Path) -> None:
    silent = Desk(database, Settings(data_dir=str(tmp_path), mail=Mail(acknowledge=False)), database.clock)

    receive_live(silent, mail())

    assert acknowledgements(silent) == []


def test_a_bounced_confirmation_marks_the_address_and_wakes_nobody(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    receive_live(desk, mail())
    out = sent_now(desk)
    changes.set_status(desk, ana, [1], Status.SOLVED)

    assert receive_live(desk, bounce(out.external_id or "")).threaded == 1

    assert all_cases(desk)[0].status is Status.SOLVED
    assert item_of(desk, out.message_id).state is OutboxState.FAILED
    assert contact(desk).undeliverable_at is not None


def test_an_automatic_answer_to_it_opens_no_second_case(desk: Desk, ana: AgentRow) -> None:
    receive_live(desk, mail())
    out = sent_now(desk)
    away = mail("away@example.org", in_reply_to=f"<{out.external_id}>", auto_submitted="auto-replied")
    nameless = mail("away-2@example.org", subject="Automatic reply: hello", auto_submitted="auto-replied")

    assert receive_live(desk, away, nameless).threaded == 2
    assert len(all_cases(desk)) == 1
    assert len(acknowledgements(desk)) == 1


def test_live_mail_that_a_program_died_over_is_confirmed_when_it_is_filed(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    def die(_raw: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(desk, None, Channel.EMAIL, [Delivery(mail(), "test", "refunds", is_live=True)], die)  # type: ignore[arg-type]
    clock.advance(minutes=6)

    recover(desk, lambda _channel: read_incoming)

    assert len(acknowledgements(desk)) == 1
    assert cases.open_case(desk, ana, 1).mailbox == "refunds"


def close_chat(desk: Desk, boss: AgentRow, clock: SettableClock, **until: float) -> None:
    """Close chat on the spot, for so long."""
    hours.close(desk, boss, Channel.CHAT, clock.moment + timedelta(**until), "power cut")


def chat_now(desk: Desk, clock: SettableClock, name: str) -> None:
    """A line of a live chat, at once."""
    sender = {"handle": "dewi"}
    said = {"channel": "chat", "external_id": name, "from": sender, "text": "Halo?", "at": clock.moment.isoformat()}
    delivery = Delivery(json.dumps(said).encode(), "test", is_live=True)
    take_in(desk, None, Channel.CHAT, [delivery], lambda raw: read_kept(raw, Channel.CHAT))


@pytest.mark.seeded
def test_who_was_promised_minutes_is_told_once_that_chat_has_closed_since(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    clock.moment = datetime(2026, 11, 23, 3, tzinfo=UTC)
    chat_now(desk, clock, "open")
    clock.advance(minutes=5)
    close_chat(desk, boss, clock, hours=4)
    for number in range(3):
        clock.advance(minutes=5)
        chat_now(desk, clock, f"closed-{number}")

    first, closed = acknowledgements(desk)
    assert (first.case_id, closed.case_id) == (1, 2)
    promised = cases.open_case(desk, boss, 2).promise
    assert promised is not None
    assert promised.until > clock.moment + timedelta(hours=3)
    assert promised.told in closed.text

    hours.reopen(desk, boss, Channel.CHAT)
    clock.advance(minutes=5)
    close_chat(desk, boss, clock, hours=8)
    clock.advance(minutes=5)
    chat_now(desk, clock, "again")
    assert [each.case_id for each in acknowledgements(desk)][2:] == [5], "another closure, behind what was promised"


@pytest.mark.seeded
def test_mail_is_confirmed_once_more_when_it_has_closed_since_and_machines_that_answer_fall_silent(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    clock.moment = datetime(2026, 11, 23, 2, tzinfo=UTC)
    receive_live(desk, mail())
    clock.moment = datetime(2026, 11, 23, 12, tzinfo=UTC)
    for number in range(5):
        receive_live(desk, mail(f"machine-{number}@example.org"))
        clock.advance(minutes=1)

    assert [each.case_id for each in acknowledgements(desk)] == [1, 2]
    assert "closed at the moment" in acknowledgements(desk)[1].text


@pytest.mark.seeded
def test_who_knows_that_it_takes_until_after_the_opening_is_not_told_again(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    clock.moment = datetime(2026, 11, 23, 10, tzinfo=UTC)
    receive_live(desk, mail())
    clock.advance(hours=4)
    receive_live(desk, mail("2@example.org"))

    assert [each.case_id for each in acknowledgements(desk)] == [1]
