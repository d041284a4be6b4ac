"""Messages in: each once, none lost, each on its sender's own case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db.kinds import Channel, InboundState, Language, OutboxState, Status
from db.models import Blob, ContactPoint, Customer, Inbound, Message
from desk.channels.mail.incoming import read_incoming
from desk.rules.addressing import signature
from desk.rules.incoming import Incoming
from desk.services import attachments, cases, changes, intake, outbox, replies
from tests.services.acting import (
    arrived,
    counted,
    in_queue,
    key_of,
    kinds,
    mail,
    newest,
    receive,
    receive_line,
)

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

REPORT = intake.IntakeReport
STRANGER = "Eve <eve@example.net>"


def states(desk: Desk) -> list[InboundState]:
    with desk.database.read() as connection:
        return list(connection.scalars(select(Inbound.state).order_by(Inbound.id)))


def test_a_mail_becomes_a_case_that_an_agent_can_read(desk: Desk, ana: AgentRow) -> None:
    page = arrived(desk, ana, mail(files=(("shot.png", b"picture"),)))

    assert (page.case.status, page.case.channel, page.case.subject) == (Status.NEW, Channel.EMAIL, "My payment failed")
    assert (page.customer.name, [each.value for each in page.customer.contacts]) == (
        "Dewi Lestari",
        ["dewi@example.org"],
    )
    assert page.messages[0].text.strip() == "The money is gone, the shop got nothing."
    assert [(each.filename, each.size) for each in page.messages[0].attachments] == [("shot.png", 7)]
    assert kinds(desk, ana, page.case.id) == ["case.opened", "message.received"]


def test_the_same_mailbox_twice_adds_nothing(desk: Desk, ana: AgentRow) -> None:
    box = [mail(f"{number}@example.org", sender=f"c{number % 3}@example.org") for number in range(10)]
    assert receive(desk, *box) == REPORT(taken_in=10, new_cases=10)
    tables = (Message, Customer, Inbound, Blob, ContactPoint)
    before = [counted(desk, table) for table in tables]

    assert receive(desk, *box, *box) == REPORT(known=20)
    assert [counted(desk, table) for table in tables] == before


def test_the_same_mail_by_another_way_is_one_message(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert receive(desk, b"Received: from elsewhere\r\n" + mail()) == REPORT(known=1)
    assert states(desk) == [InboundState.TAKEN, InboundState.KNOWN]


def test_one_mail_twice_in_one_mailbox_is_one_message(desk: Desk, ana: AgentRow) -> None:
    raw = mail()

    assert receive(desk, raw, b"X-Seen: yes\r\n" + raw, raw) == REPORT(taken_in=1, new_cases=1, known=2)
    with desk.database.read() as connection:
        assert len(set(connection.scalars(select(Inbound.message_id)))) == 1


def test_two_mails_under_one_message_id_are_both_kept(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    forged = mail(sender=STRANGER, text="Something else entirely")

    assert receive(desk, forged) == REPORT(taken_in=1, new_cases=1)
    assert receive(desk, b"X-Again: 1\r\n" + forged) == REPORT(known=1)


def test_mails_without_a_message_id_that_differ_in_a_file_only_are_both_kept(desk: Desk, ana: AgentRow) -> None:
    one, other = (mail("", files=(("shot.png", content),)) for content in (b"first", b"second"))

    assert receive(desk, one, other).taken_in == 2
    assert receive(desk, b"X-Again: 1\r\n" + one) == REPORT(known=1)


def test_an_answer_joins_the_case_of_the_message_it_answers(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert receive(desk, mail("second@example.org", in_reply_to="<first@example.org>")) == REPORT(
        taken_in=1, threaded=1
    )
    assert len(cases.open_case(desk, ana, case.case.id).messages) == 2


def test_an_older_reference_is_enough(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    answer = mail(
        "3@example.org", in_reply_to="<lost@example.org>", references="<first@example.org> <lost@example.org>"
    )

    assert receive(desk, answer).threaded == 1


def test_a_thread_within_one_mailbox_is_one_case(desk: Desk, ana: AgentRow) -> None:
    box = [mail("a@x.org"), mail("b@x.org", in_reply_to="<a@x.org>"), mail("c@x.org", references="<a@x.org> <b@x.org>")]

    assert receive(desk, *box) == REPORT(taken_in=3, new_cases=1, threaded=2)
    assert [message.id for message in newest(desk, ana).messages] == [1, 2, 3]


NAMES = [
    {"subject": "Re: My payment failed [#1{signature}]"},
    {"to": "support+case1{signature}@example.com"},
    {"cc": "s+CASE1{signature}@x.org"},
]


def named_with(desk: Desk, named: dict[str, str], signed: str) -> dict[str, str]:
    return {name: value.format(signature=signed) for name, value in named.items()}


@pytest.mark.parametrize("named", NAMES)
def test_a_token_of_ours_joins_its_senders_own_case(
    desk: Desk, ana: AgentRow, case: CaseDetail, named: dict[str, str]
) -> None:
    signed = f"-{signature(1, key_of(desk))}"

    assert receive(desk, mail("second@example.org", **named_with(desk, named, signed))).threaded == 1


@pytest.mark.parametrize("signed", ["", "-aaaaaaaa", "-{of_two}"])
@pytest.mark.parametrize("named", NAMES)
def test_a_number_that_we_did_not_sign_joins_nothing_and_is_linked_for_review(
    desk: Desk, ana: AgentRow, case: CaseDetail, named: dict[str, str], signed: str
) -> None:
    signed = signed.format(of_two=signature(2, key_of(desk)))

    assert receive(desk, mail("second@example.org", **named_with(desk, named, signed))).new_cases == 1
    assert newest(desk, ana).review_id == 1
    assert len(cases.open_case(desk, ana, 1).messages) == 1


@pytest.mark.parametrize("named", [{"subject": "Re: [#1]"}, {"in_reply_to": "<first@example.org>"}])
def test_a_stranger_who_quotes_a_case_gets_a_new_one_linked_for_review(
    desk: Desk, ana: AgentRow, case: CaseDetail, named: dict[str, str]
) -> None:
    assert receive(desk, mail("eve@example.net", sender=STRANGER, **named)).new_cases == 1  # type: ignore[arg-type]

    page = newest(desk, ana)
    assert (page.review_id, page.follows_id) == (case.case.id, None)
    assert len(cases.open_case(desk, ana, case.case.id).messages) == 1


def test_a_stranger_who_quotes_a_case_of_the_same_mailbox_is_linked_for_review_too(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail(), mail("eve@example.net", sender=STRANGER, in_reply_to="<first@example.org>"))

    assert newest(desk, ana).review_id == 1


def test_of_several_cases_named_the_senders_own_is_joined(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    receive(desk, mail("eve@example.net", sender=STRANGER))

    both = mail("3@x.org", in_reply_to="<eve@example.net>", references="<first@example.org> <eve@example.net>")
    assert receive(desk, both).threaded == 1
    assert newest(desk, ana).case.id == case.case.id


def test_a_number_that_is_no_case_names_nothing(desk: Desk, ana: AgentRow) -> None:
    page = arrived(desk, ana, mail(subject="About [#999999999999999999] and [#4]"))

    assert page.review_id is None


def test_after_closing_a_follow_up_is_opened(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.CLOSED)

    receive(desk, mail("second@example.org", in_reply_to="<first@example.org>"))

    page = newest(desk, ana)
    assert (page.follows_id, page.review_id, page.case.status) == (case.case.id, None, Status.NEW)


@pytest.mark.parametrize(
    "status", [Status.WAITING_CUSTOMER, Status.WAITING_MERCHANT, Status.ON_HOLD, Status.SOLVED, Status.OPEN]
)
def test_a_customers_message_reopens_the_case(desk: Desk, ana: AgentRow, case: CaseDetail, status: Status) -> None:
    changes.set_status(desk, ana, [case.case.id], status)

    receive(desk, mail("second@example.org", in_reply_to="<first@example.org>"))

    row = cases.open_case(desk, ana, case.case.id).case
    assert row.status is Status.OPEN
    assert row.due_at is not None
    assert in_queue(desk, ana) == [case.case.id]


@pytest.mark.parametrize("status", [Status.WAITING_CUSTOMER, Status.SOLVED, Status.CLOSED])
def test_an_automatic_answer_joins_the_case_and_reopens_nothing(
    desk: Desk, ana: AgentRow, case: CaseDetail, status: Status
) -> None:
    changes.set_status(desk, ana, [case.case.id], status)

    away = mail("away@example.org", in_reply_to="<first@example.org>", auto_submitted="auto-replied")
    assert receive(desk, away) == REPORT(taken_in=1, threaded=1)
    assert cases.open_case(desk, ana, case.case.id).case.status is status
    assert in_queue(desk, ana) == []


def bounce(message_id: str, to: str = "dewi@example.org") -> bytes:
    return (
        b"From: MAILER-DAEMON@mx.example.org\r\nTo: support@example.com\r\nSubject: Undelivered Mail\r\n"
        b"Message-ID: <bounce@mx.example.org>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        b"Final-Recipient: rfc822; " + to.encode() + b"\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <" + message_id.encode() + b">\r\n"
        b"From: support@example.com\r\nTo: dewi@example.org\r\n\r\nWe look into it.\r\n--b--\r\n"
    )


def test_a_bounce_lands_on_the_answer_that_came_back(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    replies.reply(desk, ana, case.case.id, "We look into it.", seen=case.last_message_id)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "worker")
    outbox.settle_sent(desk, out.outbox_id, "worker", out.external_id)

    assert receive(desk, bounce(out.external_id or "")) == REPORT(taken_in=1, threaded=1)

    page = cases.open_case(desk, ana, case.case.id)
    delivery = page.messages[1].delivery
    assert delivery is not None
    assert delivery.state is OutboxState.FAILED
    assert "no such user" in (delivery.error or "")
    assert page.case.status is Status.OPEN
    assert counted(desk, Customer) == 1


def test_a_report_about_somebody_elses_address_neither_fails_an_answer_nor_wakes_its_case(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    replies.reply(desk, ana, case.case.id, "We look into it.", seen=case.last_message_id)
    clock.advance(seconds=10)
    (out,) = outbox.lease(desk, "worker")
    outbox.settle_sent(desk, out.outbox_id, "worker", out.external_id)

    assert receive(desk, bounce(out.external_id or "", to="eve@example.net")).new_cases == 1

    own = newest(desk, ana)
    assert (own.review_id, own.case.id != case.case.id) == (case.case.id, True)
    page = cases.open_case(desk, ana, case.case.id)
    assert len(page.messages) == 2
    assert page.case.status is Status.WAITING_CUSTOMER
    assert page.messages[1].delivery is not None
    assert page.messages[1].delivery.state is OutboxState.SENT


def test_two_mails_that_nothing_tells_apart_but_their_bytes_are_both_kept(desk: Desk, ana: AgentRow) -> None:
    first, second = b"javascript:alert(1)", b"mailto:ann"
    short = b"From: Ann <ann@example.org>\r\nSubject: ok\r\n\r\nok\r\n"

    assert receive(desk, first, second).taken_in == 2
    assert receive(desk, short, b"X-Phone: second time\r\n" + short).taken_in == 2
    assert receive(desk, first, second, short) == REPORT(known=3)


def test_two_mails_under_one_message_id_that_differ_only_in_what_is_attached_are_both_kept(
    desk: Desk, ana: AgentRow
) -> None:
    def mail(attached: bytes) -> bytes:
        return (
            b"From: Ann <ann@example.org>\r\nSubject: proof\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee.\r\n'
            b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\n"
            + attached + b"\r\n--b--\r\n"
        )  # fmt: skip

    assert receive(desk, mail(b"one"), mail(b"two")).taken_in == 2
    assert receive(desk, mail(b"one"), mail(b"two")) == REPORT(known=2)


def test_a_bounce_of_what_we_never_sent_is_a_case_of_its_own(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    assert receive(desk, bounce("first@example.org")).new_cases == 1


def test_what_cannot_be_read_is_a_case_with_the_original_and_the_reason(desk: Desk, ana: AgentRow) -> None:
    def fail(raw: bytes) -> Incoming:
        return Incoming(Channel.EMAIL, "d" * 64, "", "", error="it is no mail")

    report = intake.take_in(desk, None, Channel.EMAIL, [intake.Delivery(b"\0\xff", "test")], fail)

    assert report == REPORT(taken_in=1, new_cases=1, unparsed=1)
    message = newest(desk, ana).messages[0]
    assert (message.error, message.attachments[0].filename) == ("it is no mail", "message.eml")
    assert attachments.content(desk, ana, message.attachments[0].id) == b"\0\xff"
    assert cases.raw(desk, ana, message.id) == b"\0\xff"


def test_one_message_that_no_database_takes_spoils_no_other(desk: Desk, ana: AgentRow) -> None:
    def read(raw: bytes) -> Incoming:
        spoilt = {"broken": object()} if b"spoilt" in raw else {}
        return Incoming(Channel.EMAIL, intake.sha256(raw), "text", "text", details=spoilt)

    box = [intake.Delivery(words, "test") for words in (b"one", b"spoilt", b"three")]
    report = intake.take_in(desk, None, Channel.EMAIL, box, read)

    assert report == REPORT(taken_in=3, new_cases=3, unparsed=1)
    with desk.database.read() as connection:
        errors = list(connection.scalars(select(Message.error).order_by(Message.id)))
    assert [bool(error) for error in errors] == [False, True, False]


def test_one_address_belongs_to_one_customer_however_it_is_written(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail("a@x.org", sender="Dewi <DEWI@Example.ORG>"), mail("b@x.org", sender="dewi@example.org"))
    receive(desk, mail("c@x.org", sender='"D. L." <Dewi@example.org.>'))

    assert (counted(desk, Customer), counted(desk, ContactPoint)) == (1, 1)


def test_a_phone_number_belongs_to_one_customer_however_it_is_written(desk: Desk, ana: AgentRow) -> None:
    for number, phone in enumerate(("0812 3456 7890", "+62 812-3456-7890")):
        line = f'{{"channel":"phone","external_id":"{number}","from":{{"phone":"{phone}"}},"text":"hi",'
        receive_line(desk, Channel.PHONE, (line + '"at":"2026-11-23T13:14:00Z"}').encode())

    assert counted(desk, Customer) == 1


def test_a_language_learnt_later_is_remembered(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail("a@x.org", subject="12", text="34"))
    receive(desk, mail("b@x.org", subject="Refund", text="Please give me the money back that I have paid twice."))

    assert newest(desk, ana).customer.language is Language.ENGLISH


@pytest.mark.parametrize(
    "sender",
    [
        "x" * 5000 + "@example.org",
        '"\u202eevil" <a@b.c>',
        "<>",
        "\u200b\u200b",
        "a\0b@example.org",
        '"[@click=app.quit]x[/]" <m@x.org>',
        "'; DROP TABLE customer; --@x.org",
        "é@例子.测试",
        "\u202e",
    ],
)
def test_hostile_senders_become_readable_cases(desk: Desk, ana: AgentRow, sender: str) -> None:
    raw = f"From: {sender}\r\nMessage-ID: <h@x>\r\nSubject: s\r\n\r\ntext\r\n".encode("utf-8", "surrogatepass")

    page = arrived(desk, ana, raw)

    assert page.customer.name.strip()
    assert "\0" not in page.customer.name


def test_a_program_that_dies_between_keeping_and_filing_loses_nothing(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    def die(raw: bytes) -> Incoming:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        intake.take_in(desk, None, Channel.EMAIL, [intake.Delivery(mail(), "test")], die)
    assert states(desk) == [InboundState.RECEIVED]

    assert intake.recover(desk, lambda _channel: read_incoming) == REPORT()  # it may still be at work
    clock.advance(minutes=6)
    assert intake.recover(desk, lambda _channel: read_incoming) == REPORT(taken_in=1, new_cases=1)
    assert intake.recover(desk, lambda _channel: read_incoming) == REPORT()
    assert receive(desk, mail()) == REPORT(known=1)


def test_a_delivery_left_behind_is_filed_when_it_comes_again(desk: Desk, ana: AgentRow) -> None:
    def die(raw: bytes) -> Incoming:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        intake.take_in(desk, None, Channel.EMAIL, [intake.Delivery(mail(), "test")], die)

    assert receive(desk, mail()) == REPORT(taken_in=1, new_cases=1)


def test_progress_counts_every_delivery(desk: Desk, ana: AgentRow) -> None:
    done: list[int] = []
    box = [intake.Delivery(mail(f"{number}@x.org"), "test") for number in range(intake.MOST_IN_CHUNK + 1)]

    intake.take_in(desk, None, Channel.EMAIL, box, read_incoming, progress=done.append)

    assert done == [intake.MOST_IN_CHUNK, 1]
