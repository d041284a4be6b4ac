"""What the case's page says about mail: addresses, warnings, delivery, and who stands around the case."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from db.kinds import (
    Channel,
    ContactKind,
    EventKind,
    Language,
    LinkKind,
    MessageKind,
    OutboxState,
    Status,
)
from db.rows import (
    CaseDetail,
    CaseRow,
    ContactRow,
    CustomerRow,
    DeliveryRow,
    EventRow,
    LinkRow,
    MessageRow,
    ParticipantRow,
    SideRow,
)
from desk.tui.case.card import card_rows
from desk.tui.case.delivery import both_times, is_later
from desk.tui.case.event_words import event_words
from desk.tui.case.message_rows import is_foldable, message_rows
from desk.tui.case.row import Row, View

NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
VIEW = View(76, NOW)
HOSTILE = (
    "x\x1b[31m\u202egnp\u2069 [@click=app.leave]a[/] \x00\r\n\u2028 付款" + "e\u0301\u0301\u0301\u0301\u0301\u0301"
)


def mail(**values: Any) -> MessageRow:
    made = MessageRow(
        7, MessageKind.INBOUND, Channel.EMAIL, NOW, None, "Budi", "budi@example.com", "Saldo", "halo", "halo",
        is_automatic=False, error=None, has_raw=True,
    )  # fmt: skip
    return replace(made, **values)


def ours(state: OutboxState = OutboxState.SENT, **values: Any) -> MessageRow:
    delivery = DeliveryRow(state, NOW, values.pop("attempts", 0), values.pop("error", None), NOW)
    delivery = replace(delivery, scheduled_for=values.pop("scheduled_for", None), held_why=values.pop("held_why", None))
    details = {"to": "budi@example.com", **values.pop("details", {})}
    return mail(kind=MessageKind.OUTBOUND, agent_name="Sari", details=details, delivery=delivery, **values)


def said(rows: list[Row]) -> str:
    return "\n".join("".join(text for _, text in row) for row in rows)


def shown(message: MessageRow, level: int = 0, view: View = VIEW) -> str:
    return said(message_rows(message, view, level))


def test_copies_are_seen_without_unfolding_and_all_addresses_with_it() -> None:
    message = mail(details={"to": ["support@desk.example"], "cc": ["ani@example.com", "toko@example.com"]})
    assert "via budi@example.com" in shown(message)
    assert "cc ani@example.com, toko@example.com" in shown(message)
    assert "support@desk.example" not in shown(message)
    assert is_foldable(message, VIEW)
    assert "from Budi <budi@example.com>" in shown(message, 1)
    assert "to support@desk.example" in shown(message, 1)


def test_an_answer_says_to_whom_it_goes_and_who_gets_copies() -> None:
    message = ours(details={"cc": ["ani@example.com"], "bcc": ["boss@example.com"]})
    assert "to budi@example.com" in shown(message)
    assert "cc ani@example.com" in shown(message)
    assert "bcc boss@example.com" in shown(message)


def test_an_address_too_long_for_the_head_stands_below_it_with_both_its_ends() -> None:
    long = "support@bank.example." + "a" * 60 + ".evil.test"
    text = shown(mail(sender_address=long))
    assert ".evil.test" in text.replace("\n  ", "")
    assert "…" not in text


def test_mail_to_hundreds_says_how_many_it_does_not_show() -> None:
    text = shown(mail(details={"cc": [f"person{number}@example.com" for number in range(300)]}))
    assert "300 addresses" in text
    assert len(text.splitlines()) < 12


@pytest.mark.parametrize("details", [{"auth": {"dmarc": "fail", "spf": "fail"}}, {"unverified": True}])
def test_an_unverified_sender_is_a_warning_in_words(details: dict[str, Any]) -> None:
    assert "⚠ UNVERIFIED SENDER" in shown(mail(details=details))


def test_what_the_receiving_server_found_stands_in_the_warning() -> None:
    text = shown(mail(details={"auth": {"dmarc": "fail", "spf": "softfail", "dkim": "none"}}))
    assert "dmarc fail, spf softfail, dkim none" in text


def test_a_verified_sender_is_no_news() -> None:
    assert "UNVERIFIED" not in shown(mail(details={"auth": {"dmarc": "pass"}}))


def test_a_new_sender_is_named_by_the_address() -> None:
    text = shown(mail(details={"joined": True}, sender_name="Budi Santoso", sender_address="other@example.net"))
    assert "NEW SENDER: other@example.net was not part" in text


def test_automatic_messages_say_who_did_not_write_them() -> None:
    assert "automatic message" in shown(mail(is_automatic=True))
    assert "automatic answer: the desk wrote this" in shown(ours(details={"automatic": True}))
    assert "→ the desk" in shown(replace(ours(), agent_name=None, sender_name="", sender_address=""))
    assert "→" not in shown(replace(mail(), sender_name="", sender_address=""))
    assert "from a mailing list" in shown(mail(details={"list": "users.example.com"}))


def test_an_answer_for_later_says_when_here_and_there() -> None:
    at = NOW + timedelta(days=1)
    text = shown(
        ours(OutboxState.QUEUED, scheduled_for=at),
        view=dataclasses.replace(VIEW, their_zone=timezone(timedelta(hours=8))),
    )
    assert "◷ goes Tue 24 Nov" in text
    assert "their time" in text
    assert "21:14" in text
    assert "w changes when · ^t takes it back" in text
    assert "lets it go" not in text


def test_another_day_there_is_said() -> None:
    zone = timezone(timedelta(hours=14))
    assert "their time Tue 24 Nov 03:14" in both_times(NOW, dataclasses.replace(VIEW, their_zone=zone))


def test_a_held_answer_says_why_and_which_keys_help() -> None:
    text = shown(ours(OutboxState.QUEUED, scheduled_for=NOW, held_why="the customer wrote again"))
    assert "⏸ waits: the customer wrote again" in text
    assert "y lets it go · w changes when · ^t takes it back" in text


def test_undelivered_answers_name_the_keys_that_settle_them() -> None:
    unknown = shown(ours(OutboxState.UNKNOWN))
    assert "Y it did arrive · R sends it again · X gives it up" in unknown
    failed = shown(ours(OutboxState.FAILED, error="550 no such user"))
    assert "✗ not sent: 550 no such user" in failed
    assert "R sends it again · X gives it up" in failed
    assert "did arrive" not in failed


def test_what_went_wrong_with_a_sent_answer_does_not_look_like_a_failed_one() -> None:
    why = "There is no copy in the Sent folder: NO [OVERQUOTA] mailbox is full, ask whoever looks after it"
    text = shown(ours(error=why))
    assert "✓ sent" in text
    assert "⚠ There is no copy in the Sent folder: NO [OVERQUOTA]" in text
    assert "looks after it" in text
    assert "✗" not in text


def test_only_what_waits_for_a_later_moment_is_later() -> None:
    assert is_later(ours(OutboxState.QUEUED, scheduled_for=NOW).delivery)
    assert not is_later(ours(OutboxState.QUEUED).delivery)
    assert not is_later(ours(OutboxState.SENT, scheduled_for=NOW).delivery)
    assert not is_later(None)


def test_a_side_conversation_stands_apart_on_every_row_and_says_who_it_is_with() -> None:
    sent = shown(ours(side_id=3, details={"to": "bank@bank.example"}))
    assert all(row.startswith("  ┊ ") for row in sent.splitlines() if row)
    assert "not the customer" in sent
    assert "↳ to bank@bank.example" in sent
    answer = shown(mail(side_id=3, sender_address="bank@bank.example"))
    assert "↳ from bank@bank.example  A answers" in answer


@pytest.mark.parametrize("width", [20, 56, 76])
@pytest.mark.parametrize("level", [0, 1])
def test_hostile_addresses_names_and_errors_are_only_shown_and_keep_their_width(width: int, level: int) -> None:
    details = {
        "to": [HOSTILE] * 3, "cc": HOSTILE * 40, "bcc": [HOSTILE * 200], "auth": {"dmarc": "fail", "spf": HOSTILE},
        "joined": True, "list": HOSTILE,
    }  # fmt: skip
    messages = [
        mail(sender_name=HOSTILE, sender_address=HOSTILE * 50, details=details),
        mail(sender_address=HOSTILE, details=details, side_id=1),
        ours(details=details, side_id=1, error=HOSTILE * 9),
        ours(OutboxState.QUEUED, details=details, held_why=HOSTILE),
        ours(OutboxState.UNKNOWN, details=details, error=HOSTILE * 20),
    ]
    for message in messages:
        for row in message_rows(message, View(width, NOW), level):
            text = "".join(piece for _, piece in row)
            assert text.isprintable() or "\u0301" in text
            assert not {"\x1b", "\u202e", "\x00", "\r", "\u2028"} & set(text)
            if width >= 56:
                assert cell_len(text) <= width, text


def a_case(number: int = 1, subject: str = "Saldo") -> CaseRow:
    return CaseRow(
        number, Channel.EMAIL, Status.OPEN, 3, 1, "Budi", subject, None, Language.INDONESIAN, NOW, NOW, None, None,
        None, None, 1,
    )  # fmt: skip


def a_detail(word: str = "", **values: Any) -> CaseDetail:
    contacts = (
        ContactRow(ContactKind.EMAIL, f"budi@example.com{word}", "", NOW, f"550 no such user{word}", None),
        ContactRow(ContactKind.EMAIL, f"old@example.com{word}", "", None, None, NOW),
    )
    made = CaseDetail(
        a_case(), CustomerRow(1, "Budi", None, NOW, contacts), (), 0, (), (), None, None, (),
        links=(LinkRow(LinkKind.MERGED_INTO, a_case(5, f"Lama{word}"), is_from_here=False),),
        participants=(ParticipantRow(f"ani@example.com{word}", f"Ani{word}", None, NOW, NOW),),
        sides=(SideRow(1, f"bank@bank.example{word}", f"Bank{word}", f"Transaksi{word}", "Sari", NOW),),
        mailbox=f"support{word}", queue=f"email-id{word}", spam_at=NOW,
    )  # fmt: skip
    return replace(made, **values)


def test_the_card_says_what_is_wrong_with_an_address_and_who_stands_around_the_case() -> None:
    card = "\n".join(text for _, text in card_rows(a_detail(), 38, NOW))
    for words in (
        "✗ comes back since", "550 no such user", "⊘ blocked", "SPAM since", "came in by support\nqueue email-id",
        "has taken in #5", "in copy 1", "ani@example.com", "by the customer · has written", "third parties 1",
        "↳ bank@bank.example",
    ):  # fmt: skip
        assert words in card


def test_the_card_only_shows_what_strangers_wrote() -> None:
    for _, text in card_rows(a_detail(HOSTILE), 38, NOW):
        assert not {"\x1b", "\u202e", "\x00", "\r", "\n", "\u2028"} & set(text)
        assert cell_len(text) <= 38


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_of_event_has_a_sentence_whatever_its_data(kind: EventKind) -> None:
    for data in ({}, {"after": None}, {"after": {"address": HOSTILE, "why": HOSTILE, "into": HOSTILE}, "at": HOSTILE}):
        sentence = event_words(EventRow(1, NOW, kind.value, "Sari", 1, data))
        assert sentence
        assert not {"\x1b", "\u202e", "\x00", "\r", "\n"} & set(sentence)
    assert "." not in event_words(EventRow(1, NOW, kind.value, "Sari", 1, {}))
