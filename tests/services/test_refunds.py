"""Refunds from opening to the money: who is asked, who decides, what the wallet does, and what the customer hears."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from db.kinds import EventKind, Language, Role, Status
from db.kinds_refunds import MerchantAnswer, RefundLane, RefundReason, RefundState
from db.models import Message, Refund, RefundPayment
from db.queries import refunds as queries
from desk.rules.permissions import NotAllowedError
from desk.rules.refunds.approving import ApprovalError
from desk.rules.refunds.life import RefundStateError
from desk.rules.refunds.money import Money
from desk.services import agents, answers, cases, delivery, merging, outbox, replies, sides
from desk.services.changing import case_to_change
from desk.services.errors import CaseChangedError, CaseError, SideError
from desk.services.refunds import (
    deciding,
    disputing,
    keeping,
    listing,
    looking,
    merchant_links,
    nightly,
    opening,
    paying,
    reconciling,
)
from desk.services.refunds.errors import (
    AccountSafetyError,
    ExpiredLinkError,
    ForgedLinkError,
    MerchantLinkError,
    RefundError,
    RefundRefusedError,
    RevokedLinkError,
    TooMuchError,
    UsedLinkError,
)
from desk.services.refunds.payments import locked
from desk.services.refunds.steps import Held, hold
from desk.services.refunds.tokens import MADE_OF
from desk.services.refunds.words import DESK_ZONE
from desk.services.safety import playbook
from desk.wallet.simulator import Course
from tests.services.acting import arrived, kinds, mail
from tests.services.refund_world import Till, link_in, mails, messages, opened, sent, settle, told, with_links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from db.rows import AgentRow, CaseDetail
    from db.rows_refunds import PaymentRow
    from db.uow import UnitOfWork
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded

IDR = "IDR"
KEYS = [f"key-{number}" for number in range(100)]
"""Of some of them the simulated wallet's refunds fail."""


@pytest.fixture
def till(tmp_path: Path, clock: SettableClock) -> Till:
    return Till(tmp_path, clock)


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """The desk, with links for merchants."""
    return with_links(desk)


@pytest.fixture
def rini(desk: Desk, boss: AgentRow) -> AgentRow:
    """A second senior agent."""
    return agents.add(desk, boss, login="rini", name="Rini", role=Role.SENIOR)


def status(desk: Desk, me: AgentRow, case_id: int = 1) -> Status:
    return cases.open_case(desk, me, case_id).case.status


def state(desk: Desk, me: AgentRow, refund_id: int = 1) -> RefundState:
    return listing.show(desk, me, refund_id).refund.state


def held(desk: Desk) -> tuple[int, int, int]:
    with desk.database.read() as connection:
        return tuple(connection.execute(select(RefundPayment.amount, RefundPayment.held, RefundPayment.outside)).one())  # type: ignore[return-value]


# Opening.


def test_the_payment_is_found_by_what_the_customer_wrote(shop: Desk, ana: AgentRow, boss: AgentRow, till: Till) -> None:
    wanted = till.pays(150_000, days_ago=2)
    twin = till.pays(150_000, at=wanted.paid_at + timedelta(minutes=1))
    till.pays(150_000, merchant="Roti Pagi", merchant_id="roti-pagi", days_ago=3)
    till.pays(99_000, days_ago=1)
    text = f"Saya bayar di Toko Maju Rp 150.000 tapi saldo terpotong dua kali, nomor {wanted.reference}"
    case = arrived(shop, ana, mail(text=text, files=(("bukti.jpg", b"x"),)))
    found = looking.look(shop, ana, till.wallet, case.case.id)

    first, second = found.offered[:2]
    assert (first.candidate.payment.id, second.candidate.payment.id) == (wanted.id, twin.id)
    assert set(first.candidate.why) == {"reference", "amount", "merchant"}
    assert first.candidate.twin == twin.id
    assert (found.reason, [each.name for each in found.evidence]) == (RefundReason.CHARGED_TWICE, ["bukti.jpg"])
    assert first.verdict.is_allowed
    assert first.said == ()


def test_a_refund_that_was_sent_asks_the_merchant_and_tells_the_customer_by_when(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund = sent(shop, ana, till.pays())

    assert (refund.state, refund.amount, refund.currency) == (RefundState.WITH_MERCHANT, 15_000_000, IDR)
    # Monday 20:14 in Jakarta: 18 service hours from Tuesday 08:00 on are over on Wednesday at 17:00.
    assert refund.deadline_at is not None
    assert refund.deadline_at.isoformat() == "2026-11-25T10:00:00+00:00"
    (asked,) = mails(shop, ana)
    assert asked.details["to"] == "refund@toko-maju.example"
    assert "Rp150.000" in asked.text
    assert "25 November 2026, 17.00 WIB" in asked.text
    assert merchant_links.find(shop, link_in(asked)).refund.id == refund.id
    (news,) = told(shop, ana)
    assert "Toko Maju" in news
    assert "25 November 2026" in news
    assert status(shop, ana) is Status.WAITING_MERCHANT


def test_a_draft_takes_nothing_and_tells_nobody(shop: Desk, ana: AgentRow, case: CaseDetail, till: Till) -> None:
    refund = opened(shop, ana, till.pays())
    assert refund.state is RefundState.DRAFT
    assert held(shop)[1] == 0
    assert (told(shop, ana), mails(shop, ana)) == ([], [])
    assert opening.discard(shop, ana, refund.id).state is RefundState.CANCELLED


def test_a_refusal_names_the_rule_and_the_date_in_the_customers_words(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    late = till.pays(path="qris_other_wallet", days_ago=8)
    with pytest.raises(RefundRefusedError, match="until 22 November 2026, 20:14 WIB"):
        opened(shop, ana, late)


def test_that_somebody_else_paid_is_a_matter_of_account_safety(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    with pytest.raises(AccountSafetyError):
        opened(shop, ana, till.pays(), reason=RefundReason.NOT_ME)


def test_what_the_merchant_agreed_to_beforehand_is_approved_at_once_and_paid(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(20_000)
    refund = sent(shop, ana, payment)
    assert refund.state is RefundState.APPROVED
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert till.books() == {payment.id: 2_000_000}
    assert mails(shop, ana) == []
    assert "back in your balance" in told(shop, ana)[-1]
    assert status(shop, ana) is Status.SOLVED


def test_where_nobody_can_be_asked_support_looks_at_once(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    refund = sent(shop, ana, till.pays(merchant="Apotek", merchant_id="apotek"))
    assert refund.state is RefundState.IN_REVIEW
    assert [each.id for each in listing.lane(shop, ana, RefundLane.REVIEW)] == [refund.id]


# Never above what was paid.


def test_refunds_of_one_payment_never_sum_above_what_was_paid(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(100_000)
    first = opened(shop, ana, payment, amount=Money(6_000_000, IDR))
    second = opened(shop, ana, payment, amount=Money(6_000_000, IDR))
    opening.send(shop, ana, first.id)
    with pytest.raises(TooMuchError):
        opening.send(shop, ana, second.id)
    with pytest.raises(RefundRefusedError, match="IDR 40,000"):
        opened(shop, ana, payment, amount=Money(6_000_000, IDR))
    assert held(shop) == (10_000_000, 6_000_000, 0)


def test_the_database_itself_refuses_more_than_was_paid(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    sent(shop, ana, till.pays(100_000))
    with pytest.raises(IntegrityError, match="never_above_paid"), shop.database.write() as unit:
        unit.session.execute(update(Refund).values(amount=10_000_001))
    assert held(shop) == (10_000_000, 10_000_000, 0)


def test_what_others_paid_back_counts_as_well(shop: Desk, ana: AgentRow, case: CaseDetail, till: Till) -> None:
    from desk.wallet.port import RefundRequest

    payment = till.pays(100_000)
    till.core.refund(RefundRequest("merchant-1", payment.id, 7_000_000, IDR))
    with pytest.raises(RefundRefusedError, match="IDR 30,000"):
        opened(shop, ana, till.shown(payment.id), amount=Money(3_000_001, IDR))
    refund = sent(shop, ana, till.shown(payment.id))
    assert refund.amount == 3_000_000
    assert held(shop) == (10_000_000, 3_000_000, 7_000_000)


def test_what_we_and_others_paid_back_counts_together(shop: Desk, ana: AgentRow, case: CaseDetail, till: Till) -> None:
    from desk.wallet.port import RefundRequest

    payment = till.pays(100_000)
    sent(shop, ana, payment, amount=Money(1_000_000, IDR))
    settle(shop, till)
    till.core.refund(RefundRequest("merchant-1", payment.id, 7_000_000, IDR))
    with pytest.raises(RefundRefusedError, match="IDR 20,000"):
        opened(shop, ana, till.shown(payment.id), amount=Money(2_000_001, IDR))
    assert sent(shop, ana, till.shown(payment.id)).amount == 2_000_000
    assert held(shop) == (10_000_000, 3_000_000, 7_000_000)


def test_a_refund_that_ends_gives_back_what_it_took(shop: Desk, ana: AgentRow, case: CaseDetail, till: Till) -> None:
    refund = sent(shop, ana, till.pays())
    deciding.cancel(shop, ana, refund.id, "The customer got the goods.")
    assert held(shop)[1] == 0
    assert "The customer got the goods." in told(shop, ana)[-1]
    assert "cancelled" in mails(shop, ana)[-1].text or "dibatalkan" in mails(shop, ana)[-1].text


# The merchant.


def test_a_link_is_answered_once_and_the_first_answer_stands(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    sent(shop, ana, till.pays())
    token = link_in(mails(shop, ana)[0])
    merchant_links.find(shop, token)
    merchant_links.find(shop, token)
    row = merchant_links.use(shop, token, MerchantAnswer.APPROVE, amount=Money(5_000_000, IDR))

    assert (row.state, row.amount) == (RefundState.APPROVED, 5_000_000)
    for act in (
        lambda: merchant_links.use(shop, token, MerchantAnswer.DECLINE, said="No"),
        lambda: merchant_links.find(shop, token),
    ):
        with pytest.raises(UsedLinkError):
            act()
    settle(shop, till)
    assert sum(till.books().values()) == 5_000_000
    assert "IDR 50,000" in told(shop, ana)[-1]


def test_a_forged_an_expired_and_a_replaced_link_do_nothing_and_say_so(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund = sent(shop, ana, till.pays())
    token = link_in(mails(shop, ana)[0])
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "", "1.2.3.4", "é" * 40, token + "é"):
        with pytest.raises(ForgedLinkError):
            merchant_links.use(shop, forged, MerchantAnswer.APPROVE)
    deciding.remind(shop, ana, refund.id)
    with pytest.raises(RevokedLinkError):
        merchant_links.use(shop, token, MerchantAnswer.APPROVE)
    newest = link_in(mails(shop, ana)[-1])
    clock.advance(days=10)
    with pytest.raises(ExpiredLinkError):
        merchant_links.use(shop, newest, MerchantAnswer.APPROVE)
    assert state(shop, ana) is RefundState.WITH_MERCHANT


def test_a_merchant_cannot_approve_more_and_declines_with_a_reason_and_files(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    sent(shop, ana, till.pays())
    token = link_in(mails(shop, ana)[0])
    with pytest.raises(MerchantLinkError):
        merchant_links.use(shop, token, MerchantAnswer.APPROVE, amount=Money(15_000_001, IDR))
    with pytest.raises(MerchantLinkError, match="why"):
        merchant_links.use(shop, token, MerchantAnswer.DECLINE, said=" ")
    files = [("../../etc/receipt.pdf", "application/pdf", b"%PDF")]
    merchant_links.use(shop, token, MerchantAnswer.DECLINE, said="Barang sudah diambil.", files=files)

    assert state(shop, ana) is RefundState.DECLINED
    assert status(shop, ana) is Status.OPEN
    assert "Barang sudah diambil." in told(shop, ana)[-1]
    assert held(shop)[1] == 0
    assert [file.size for each in messages(shop, ana) for file in each.attachments] == [4]


def test_a_question_is_answered_with_a_new_link_and_time(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund = sent(shop, ana, till.pays())
    first = link_in(mails(shop, ana)[0])
    row = merchant_links.use(shop, first, MerchantAnswer.ASK, said="Nomor pesanan?")
    assert (row.state, row.question) == (RefundState.WITH_MERCHANT, "Nomor pesanan?")
    assert status(shop, ana) is Status.OPEN
    clock.advance(days=1)
    answered = deciding.answer_merchant(shop, ana, refund.id, "Pesanan 77.")
    assert answered.question == ""
    assert answered.deadline_at is not None
    assert refund.deadline_at is not None
    assert answered.deadline_at > refund.deadline_at
    assert "Pesanan 77." in mails(shop, ana)[-1].text
    merchant_links.use(shop, link_in(mails(shop, ana)[-1]), MerchantAnswer.APPROVE)


def test_an_answer_in_the_side_conversation_answers_the_question_with_a_new_link(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund = sent(shop, ana, till.pays())
    (asked,) = mails(shop, ana)
    assert asked.side_id is not None
    merchant_links.use(shop, link_in(asked), MerchantAnswer.ASK, said="Nomor pesanan?")
    clock.advance(days=1)
    with pytest.raises(SideError, match="not later"):
        sides.answer(shop, ana, asked.side_id, "Pesanan 77.", at=clock() + timedelta(hours=1))
    written = sides.answer(shop, ana, asked.side_id, "Pesanan 77.")
    assert status(shop, ana) is Status.WAITING_MERCHANT
    assert listing.show(shop, ana, refund.id).refund.question == ""
    with pytest.raises(CaseError, match="not taken back"):
        replies.take_back(shop, ana, written.message_id)
    answer = mails(shop, ana)[-1]
    assert "Pesanan 77." in answer.text
    merchant_links.use(shop, link_in(answer), MerchantAnswer.APPROVE)
    sides.answer(shop, ana, asked.side_id, "Terima kasih.")
    assert "refund/" not in mails(shop, ana)[-1].text, "where nothing is asked it is mail as any other"


def test_reminders_go_at_their_share_of_the_merchants_time_and_then_support_steps_in(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    sent(shop, ana, till.pays())
    seen = []
    for _ in range(3 * 24):
        clock.advance(hours=1)
        keeping.keep(shop)
        seen.append(len(mails(shop, ana)))
    # Tuesday 17:00 is half of eighteen service hours, Wednesday 13:24 is 80 percent; the rest of the time nothing goes.
    assert [seen.index(number) + 1 for number in (2, 3)] == [21, 42]
    assert seen[-1] == 3
    assert state(shop, ana) is RefundState.UNANSWERED
    assert "our own team is looking at it now" in told(shop, ana)[-1]
    assert [each.id for each in listing.lane(shop, ana, RefundLane.REVIEW)] == [1]
    with pytest.raises((RevokedLinkError, ExpiredLinkError)):
        merchant_links.find(shop, link_in(mails(shop, ana)[-1]))


def test_that_the_merchant_has_paid_is_checked_before_the_customer_hears_of_it(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    from desk.wallet.port import RefundRequest

    payment, other = till.pays(100_000), till.pays(50_000)
    first, second = sent(shop, ana, payment), sent(shop, ana, other)
    till.core.refund(RefundRequest("merchant-1", payment.id, 10_000_000, IDR))
    heard = len(told(shop, ana))
    for mail_ in mails(shop, ana):
        merchant_links.use(shop, link_in(mail_), MerchantAnswer.ALREADY_PAID)
    assert len(told(shop, ana)) == heard
    with pytest.raises(RefundError, match="being asked"):
        deciding.approve(shop, sari, second.id)
    settle(shop, till)

    assert state(shop, ana, first.id) is RefundState.PAID
    assert listing.show(shop, ana, second.id).refund.said.endswith("shows nothing of it.")
    assert state(shop, ana, second.id) is RefundState.IN_REVIEW
    assert len(told(shop, ana)) == heard + 1
    assert till.books() == {payment.id: 10_000_000}


def claims(shop: Desk, ana: AgentRow, which: int = -1) -> None:
    merchant_links.use(shop, link_in(mails(shop, ana)[which]), MerchantAnswer.ALREADY_PAID)


def test_each_claim_of_the_merchant_is_waited_for(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    from desk.wallet.port import RefundRequest

    payment = till.pays(300_000)
    refund_id = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    claims(shop, ana)
    settle(shop, till)
    deciding.ask_again(shop, sari, refund_id)
    till.core.refund(RefundRequest("merchant-1", payment.id, 10_000_000, IDR))
    claims(shop, ana)
    with pytest.raises(RefundError, match="being asked"):
        deciding.approve(shop, sari, refund_id)
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert till.books() == {payment.id: 10_000_000}


def test_an_answer_of_the_wallet_that_is_older_than_a_claim_does_not_settle_it(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund_id = sent(shop, ana, till.pays()).id
    claims(shop, ana)

    class Slow:
        def transaction(self, number: str) -> object:
            shown = till.core.transaction(number)
            deciding.ask_again(shop, sari, refund_id)
            clock.advance(minutes=1)
            claims(shop, ana)
            return shown

    paying.pay_due(shop, Slow())  # type: ignore[arg-type]
    with pytest.raises(RefundError, match="being asked"):
        deciding.approve(shop, sari, refund_id)
    settle(shop, till)
    assert deciding.approve(shop, sari, refund_id).state is RefundState.APPROVED


@pytest.mark.parametrize("way", ["declined", "lapsed", "flagged"])
def test_a_claim_that_was_never_checked_is_checked_once_support_has_it_again(
    shop: Desk, ana: AgentRow, sari: AgentRow, rini: AgentRow, case: CaseDetail, till: Till, clock: SettableClock,
    way: str,
) -> None:  # fmt: skip
    refund_id = sent(shop, ana, till.pays()).id
    claims(shop, ana)
    if way == "declined":
        deciding.decline(shop, sari, refund_id, "No.")
        deciding.take_up(shop, sari, refund_id)
    else:
        deciding.ask_again(shop, sari, refund_id)
        if way == "lapsed":
            clock.advance(days=9)
            keeping.keep(shop)
            deciding.take_up(shop, sari, refund_id)
        else:
            with shop.database.write() as unit:
                unit.session.execute(update(Refund).values(flags=["signs of a takeover"], is_flagged=True))
            merchant_links.use(shop, link_in(mails(shop, ana)[-1]), MerchantAnswer.APPROVE)
    with pytest.raises(RefundError, match="being asked"):
        deciding.approve(shop, sari, refund_id)
    settle(shop, till)
    deciding.approve(shop, sari, refund_id)


def merchant_pays(till: Till, payment: PaymentRow, rupiah: int, key: str = "merchant-1") -> None:
    """The merchant pays back by itself, not by us."""
    from desk.wallet.port import RefundRequest

    till.core.refund(RefundRequest(key, payment.id, rupiah * 100, IDR))


def test_what_the_merchant_paid_counts_for_its_claim_though_a_draft_has_seen_it(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(300_000)
    merchant_pays(till, payment, 50_000, "before")
    sent(shop, ana, till.shown(payment.id), amount=Money(10_000_000, IDR))
    merchant_pays(till, payment, 100_000)
    opening.discard(shop, ana, opened(shop, ana, till.shown(payment.id), amount=Money(1_000_000, IDR)).id)
    claims(shop, ana)
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert held(shop) == (30_000_000, 10_000_000, 5_000_000)


def test_what_was_paid_before_a_refund_was_sent_does_not_count_for_a_claim(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(300_000)
    merchant_pays(till, payment, 100_000)
    sent(shop, ana, till.shown(payment.id), amount=Money(10_000_000, IDR))
    claims(shop, ana)
    settle(shop, till)
    assert state(shop, ana) is RefundState.IN_REVIEW


def test_our_refunds_under_way_do_not_hide_what_the_merchant_paid(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, tmp_path: Path, clock: SettableClock
) -> None:
    (tmp_path / "slow").mkdir()
    till = Till(tmp_path / "slow", clock, course=Course(0.0, 86_400.0, failing=0.0))
    payment = till.pays(400_000)
    ours = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    merchant_links.use(shop, link_in(mails(shop, ana)[-1]), MerchantAnswer.APPROVE)
    paying.pay_due(shop, till.wallet)
    theirs = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    claims(shop, ana)
    merchant_pays(till, payment, 100_000)
    paying.pay_due(shop, till.wallet)
    # Ours and the merchant's are both still on their way: neither a yes nor a no, and nothing to approve.
    assert state(shop, ana, ours) is RefundState.PENDING
    assert state(shop, ana, theirs) is RefundState.IN_REVIEW
    with pytest.raises(RefundError, match="being asked"):
        deciding.approve(shop, sari, theirs)
    clock.advance(days=2)
    settle(shop, till)
    assert [state(shop, ana, each) for each in (ours, theirs)] == [RefundState.PAID] * 2
    assert till.books() == {payment.id: 20_000_000}


def test_our_refund_that_has_just_failed_does_not_hide_what_the_merchant_paid(
    shop: Desk, ana: AgentRow, case: CaseDetail, tmp_path: Path, clock: SettableClock
) -> None:
    (tmp_path / "failing").mkdir()
    course = Course(0.0, 86_400.0, failing=0.5)
    till = Till(tmp_path / "failing", clock, course=course)
    payment = till.pays(400_000)
    ours = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    with shop.database.write() as unit:
        unit.session.execute(update(Refund).values(key=next(key for key in KEYS if course.fails(key))))
    merchant_links.use(shop, link_in(mails(shop, ana)[-1]), MerchantAnswer.APPROVE)
    paying.pay_due(shop, till.wallet)
    theirs = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    merchant_pays(till, payment, 100_000, next(key for key in KEYS if not course.fails(key)))
    clock.advance(hours=25)
    claims(shop, ana)
    paying.ask_wallet(shop, till.wallet, theirs)
    assert (state(shop, ana, ours), state(shop, ana, theirs)) == (RefundState.PENDING, RefundState.IN_REVIEW)
    settle(shop, till)
    assert (state(shop, ana, ours), state(shop, ana, theirs)) == (RefundState.FAILED, RefundState.PAID)
    assert till.books() == {payment.id: 10_000_000}


def test_our_refund_that_is_paid_while_the_wallet_answers_does_not_hide_what_the_merchant_paid(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    payment = till.pays(400_000)
    ours = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    merchant_links.use(shop, link_in(mails(shop, ana)[-1]), MerchantAnswer.APPROVE)
    theirs = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    merchant_pays(till, payment, 100_000)
    claims(shop, ana)

    class Slow:
        def transaction(self, number: str) -> object:
            shown = till.core.transaction(number)
            while state(shop, ana, ours) is not RefundState.PAID:
                clock.advance(seconds=20)
                paying.ask_wallet(shop, till.wallet, ours)
            return shown

    paying.ask_wallet(shop, Slow(), theirs)  # type: ignore[arg-type]
    assert state(shop, ana, theirs) is RefundState.IN_REVIEW
    settle(shop, till)
    assert state(shop, ana, theirs) is RefundState.PAID
    assert till.books() == {payment.id: 20_000_000}


def test_while_nobody_knows_whether_we_have_paid_a_claim_is_not_decided(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(400_000)
    sent(shop, ana, payment, amount=Money(10_000_000, IDR))
    merchant_links.use(shop, link_in(mails(shop, ana)[-1]), MerchantAnswer.APPROVE)
    paying.pay_due(shop, till.with_faults("timeout_before=1"))
    theirs = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    claims(shop, ana)
    merchant_pays(till, payment, 100_000)
    paying.ask_wallet(shop, till.wallet, theirs)
    assert (state(shop, ana), state(shop, ana, theirs)) == (RefundState.UNKNOWN, RefundState.IN_REVIEW)
    with pytest.raises(RefundError, match="being asked"):
        deciding.approve(shop, sari, theirs)
    settle(shop, till, rounds=12)
    assert [state(shop, ana, each) for each in (1, theirs)] == [RefundState.PAID] * 2
    assert till.books() == {payment.id: 20_000_000}


def test_of_what_the_merchant_paid_in_part_support_approves_only_the_rest(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(300_000)
    first = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    second = sent(shop, ana, payment, amount=Money(10_000_000, IDR)).id
    merchant_pays(till, payment, 90_000)
    claims(shop, ana, 0)
    settle(shop, till)
    refund = listing.show(shop, ana, first).refund
    assert (refund.state, refund.amount) == (RefundState.IN_REVIEW, 1_000_000)
    assert "IDR 90,000" in refund.said
    assert held(shop) == (30_000_000, 11_000_000, 9_000_000)
    claims(shop, ana, 1)  # what counts for one refund counts for no other
    settle(shop, till)
    assert listing.show(shop, ana, second).refund.amount == 10_000_000
    deciding.approve(shop, sari, first)
    settle(shop, till)
    assert till.books() == {payment.id: 10_000_000}


# Support decides.


def reviewed(shop: Desk, ana: AgentRow, till: Till, rupiah: int = 150_000) -> int:
    return sent(shop, ana, till.pays(rupiah, merchant="Apotek", merchant_id="apotek")).id


def test_nobody_approves_their_own_refund_and_agents_approve_none(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    refund_id = sent(shop, sari, till.pays(merchant="Apotek", merchant_id="apotek")).id
    with pytest.raises(ApprovalError, match="own"):
        deciding.approve(shop, sari, refund_id)
    with pytest.raises(NotAllowedError):
        deciding.approve(shop, ana, refund_id)


def test_above_the_limit_it_takes_two_people(
    shop: Desk, ana: AgentRow, sari: AgentRow, rini: AgentRow, case: CaseDetail, till: Till
) -> None:
    refund_id = reviewed(shop, ana, till, 600_000)
    first = deciding.approve(shop, sari, refund_id)
    assert (first.state, first.needed, first.approvals) == (RefundState.IN_REVIEW, 2, ("Sari",))
    assert [each.id for each in listing.lane(shop, sari, RefundLane.APPROVALS)] == [refund_id]
    with pytest.raises(ApprovalError, match="already"):
        deciding.approve(shop, sari, refund_id)
    assert deciding.approve(shop, rini, refund_id).state is RefundState.APPROVED
    settle(shop, till)
    assert sum(till.books().values()) == 60_000_000


def test_parts_of_one_payment_count_together_for_who_has_to_approve(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(600_000, merchant="Apotek", merchant_id="apotek")
    parts = [sent(shop, ana, payment, amount=Money(30_000_000, IDR)) for _ in range(2)]
    assert [each.needed for each in parts] == [1, 2]
    assert deciding.approve(shop, sari, parts[1].id).state is RefundState.IN_REVIEW


def test_one_person_approves_so_much_in_a_day(
    desk: Desk, shop: Desk, ana: AgentRow, sari: AgentRow, rini: AgentRow, case: CaseDetail, till: Till,
    clock: SettableClock,
) -> None:  # fmt: skip
    small = with_links(desk, per_agent_and_day=20_000_000)
    one, two = reviewed(small, ana, till), reviewed(small, ana, till)
    deciding.approve(small, sari, one)
    with pytest.raises(ApprovalError, match="in a day"):
        deciding.approve(small, sari, two)
    clock.moment = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)  # a second before midnight in Jakarta
    with pytest.raises(ApprovalError, match="in a day"):
        deciding.approve(small, sari, two)
    clock.advance(seconds=1)
    assert deciding.approve(small, sari, two).state is RefundState.APPROVED


def test_unusual_patterns_are_flagged_and_take_a_second_person(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    rows = [sent(shop, ana, till.pays(20_000)) for _ in range(3)]
    assert [row.flags for row in rows] == [(), (), ("same agent and customer", "same device")]
    assert rows[2].state is RefundState.WITH_MERCHANT, "what is flagged is never approved by policy alone"
    assert rows[2].needed == 2


def test_drafts_that_were_opened_before_any_was_sent_are_flagged_as_well(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    drafts = [opened(shop, ana, till.pays(20_000)) for _ in range(3)]
    assert [row.flags for row in drafts] == [()] * 3
    states = [opening.send(shop, ana, row.id).state for row in drafts]
    assert states == [RefundState.APPROVED, RefundState.APPROVED, RefundState.WITH_MERCHANT]


@pytest.mark.slow
def test_a_declined_refund_can_be_taken_up_again_unless_the_money_is_gone(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays()
    one = sent(shop, ana, payment)
    merchant_links.use(shop, link_in(mails(shop, ana)[0]), MerchantAnswer.DECLINE, said="No")
    two = sent(shop, ana, payment)
    with pytest.raises(TooMuchError):
        deciding.take_up(shop, sari, one.id)
    assert state(shop, ana, one.id) is RefundState.DECLINED
    deciding.cancel(shop, ana, two.id, "Once is enough.")
    assert deciding.take_up(shop, sari, one.id).state is RefundState.IN_REVIEW
    with pytest.raises(RefundStateError):
        deciding.take_up(shop, sari, one.id)


# The wallet.


def test_after_silence_the_wallet_is_asked_by_our_key_and_nothing_is_paid_twice(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    payment = till.pays(20_000)
    sent(shop, ana, payment)
    paying.pay_due(shop, till.with_faults("timeout_after=1"))
    assert state(shop, ana) is RefundState.UNKNOWN
    assert [each.id for each in listing.lane(shop, ana, RefundLane.UNKNOWN)] == [1]
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert till.books() == {payment.id: 2_000_000}


def test_a_request_that_was_lost_is_made_again_under_the_same_key(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    payment = till.pays(20_000)
    key = sent(shop, ana, payment).key
    paying.pay_due(shop, till.with_faults("late=1"))
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert till.core.refund_status(key) is not None
    assert till.books() == {payment.id: 2_000_000}


def test_what_may_have_left_cannot_be_cancelled(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund_id = sent(shop, ana, till.pays(20_000)).id
    paying.pay_due(shop, till.with_faults("timeout_before=1"))
    clock.advance(minutes=6)
    paying.pay_due(shop, till.wallet)
    assert state(shop, ana) is RefundState.APPROVED
    with pytest.raises(RefundError, match="may still pay"):
        deciding.cancel(shop, sari, refund_id, "Changed their mind.")


def test_a_busy_wallet_is_asked_later_and_a_worker_that_died_is_made_up_for(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    payment = till.pays(20_000)
    sent(shop, ana, payment)
    paying.pay_due(shop, till.with_faults("busy=1"))
    assert state(shop, ana) is RefundState.APPROVED
    clock.advance(minutes=1)

    class Killed(BaseException):
        pass

    class Dies:
        def refund(self, request: object) -> object:
            till.core.refund(request)  # type: ignore[arg-type]
            raise Killed

    with pytest.raises(Killed):
        paying.pay_due(shop, Dies())  # type: ignore[arg-type]
    assert state(shop, ana) is RefundState.REQUESTED
    assert paying.pay_due(shop, till.wallet) == 0, "while it may be alive, nobody else asks"
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert till.books() == {payment.id: 2_000_000}


def test_a_refund_that_failed_goes_to_review_and_gets_a_new_key(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, tmp_path: Path, clock: SettableClock
) -> None:
    (tmp_path / "failing").mkdir()
    till = Till(tmp_path / "failing", clock, course=Course(0.0, 0.0, failing=1.0))
    refund = sent(shop, ana, till.pays(20_000))
    settle(shop, till)
    assert state(shop, ana) is RefundState.FAILED
    assert held(shop)[1] == 0
    assert "not lost" in told(shop, ana)[-1]
    assert deciding.take_up(shop, sari, refund.id).key != refund.key
    assert held(shop)[1] == 2_000_000


def test_a_refund_that_failed_after_it_was_approved_stands_in_review(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, tmp_path: Path, clock: SettableClock
) -> None:
    (tmp_path / "failing").mkdir()
    till = Till(tmp_path / "failing", clock, course=Course(0.0, 0.0, failing=1.0))
    refund_id = reviewed(shop, ana, till)
    deciding.approve(shop, sari, refund_id)
    settle(shop, till)
    assert state(shop, ana) is RefundState.FAILED
    assert [each.id for each in listing.lane(shop, ana, RefundLane.REVIEW)] == [refund_id]
    assert listing.counts(shop, ana)[RefundLane.REVIEW] == 1


def test_a_path_that_is_closed_at_night_is_waited_for(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    clock.advance(hours=3, minutes=43)  # 23:57 in Jakarta
    payment = till.pays(20_000, path="bank_transfer")
    row = sent(shop, ana, payment)
    assert row.state is RefundState.APPROVED
    assert "27 November 2026, 06:00 WIB" in told(shop, ana)[0], "bank: 72 hours from 06:00 on"
    paying.pay_due(shop, till.wallet)
    assert till.books() == {}
    clock.advance(hours=6, minutes=4)
    settle(shop, till)
    assert till.books() == {payment.id: 2_000_000}


def test_merging_two_cases_takes_the_refunds_along_and_back(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    sent(shop, ana, till.pays())
    other = arrived(shop, ana, mail("other@example.org", subject="Another matter"))
    merged = merging.merge(shop, ana, 1, other.case.id)
    assert [each.id for each in listing.of_case(shop, ana, other.case.id)] == [1]
    merging.unmerge(shop, ana, merged)
    assert [each.id for each in listing.of_case(shop, ana, 1)] == [1]
    assert status(shop, ana) is Status.WAITING_MERCHANT


def test_what_came_of_a_refund_while_its_case_was_merged_needs_somebody_when_it_is_taken_apart(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    sent(shop, ana, till.pays())
    token = link_in(mails(shop, ana)[0])
    other = arrived(shop, ana, mail("other@example.org", subject="Another matter"))
    merged = merging.merge(shop, ana, 1, other.case.id)
    clock.advance(hours=1)
    merchant_links.use(shop, token, MerchantAnswer.DECLINE, said="It was delivered.")
    merging.unmerge(shop, ana, merged)
    assert status(shop, ana) is Status.OPEN


def test_the_history_says_each_step_and_the_outbox_has_every_message(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    sent(shop, ana, till.pays())
    assert kinds(shop, ana, 1).count("refund.step") == 1
    clock.advance(minutes=1)
    assert len(outbox.lease(shop, "worker", limit=10)) == 2


def test_a_merchants_page_says_how_it_answers(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    sent(shop, ana, till.pays())
    sent(shop, ana, till.pays())
    clock.advance(hours=14)  # Tuesday 10:14 in Jakarta, where it opened at eight
    merchant_links.use(shop, link_in(mails(shop, ana)[0]), MerchantAnswer.APPROVE)
    page = listing.merchant(shop, ana, "toko-maju")
    assert (page.asked, page.answered, page.approved, page.late, page.median_seconds) == (2, 1, 1, 0, 8040)
    assert [each.id for each in page.open_refunds] == [2, 1]
    assert page.hours == "mon-fri 08:00-17:00, sat 09:00-13:00 (Asia/Jakarta)"
    assert page.is_open
    assert page.turns_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_the_wallets_amount_is_held_against_what_was_known(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    from msgspec.structs import replace as changed

    payment = till.pays()
    sent(shop, ana, payment)
    with pytest.raises(RefundError, match="another amount"), shop.database.write() as unit:
        locked(unit, changed(payment, amount=1))


def test_those_whose_merchant_is_late_are_listed_for_a_reminder(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund = sent(shop, ana, till.pays())
    assert listing.late(shop, ana) == ()
    clock.advance(hours=22)
    assert [each.id for each in listing.late(shop, ana)] == [refund.id]
    deciding.remind(shop, ana, refund.id)
    assert len(mails(shop, ana)) == 2


def test_the_books_are_compared_and_each_difference_becomes_one_case(
    shop: Desk, ana: AgentRow, boss: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    for _ in range(2):
        sent(shop, ana, till.pays(20_000))
    settle(shop, till)
    since, until = clock() - timedelta(days=1), clock() + timedelta(days=1)
    lines = list(reconciling.from_wallet(till.wallet, since, until))
    assert reconciling.reconcile(shop, boss, lines, since=since, until=until).are_equal

    stray = replace(lines[0], key="desk-nobody-knows-it")
    wrong = [replace(lines[0], amount=1), lines[0], stray]
    first = reconciling.reconcile(shop, boss, wrong, since=since, until=until)
    again = reconciling.reconcile(shop, boss, wrong, since=since, until=until)
    assert sorted(each.kind.value for each in first.differences) == ["amount", "doubled", "missing", "unknown_here"]
    assert [each.is_new for each in first.differences] == [True] * 4
    assert [(each.case_id, each.is_new) for each in again.differences] == [
        (each.case_id, False) for each in first.differences
    ]
    assert "Paid" in cases.open_case(shop, boss, first.differences[0].case_id).case.subject


def test_a_worker_compares_the_books_once_a_night_and_again_later_where_the_wallet_was_silent(
    shop: Desk, ana: AgentRow, boss: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    assert nightly.claim(shop) is None  # there is nothing to compare
    sent(shop, ana, till.pays(20_000))
    settle(shop, till)
    clock.moment = datetime(2026, 11, 24, 20, 29, tzinfo=UTC)  # 03:29 in Jakarta
    claimed = nightly.claim(shop)
    assert claimed is not None  # last night's, in which no worker ran
    assert nightly.run(shop, claimed, lambda: till.wallet)
    assert nightly.claim(shop) is None

    clock.advance(minutes=1)
    with till.core.store.writing() as connection:
        connection.execute("DELETE FROM refund")
    claimed = nightly.claim(shop)
    assert claimed is not None
    assert nightly.claim(shop) is None  # another worker has it in hand
    assert not nightly.run(shop, claimed, lambda: till.with_faults("busy=1"))
    assert nightly.claim(shop) is None
    clock.advance(minutes=15)
    claimed = nightly.claim(shop)
    assert claimed is not None
    assert nightly.run(shop, claimed, lambda: till.wallet)
    newest, before = nightly.comparisons(shop, boss)
    assert [(each.night, each.ours, each.theirs, each.differences) for each in (before, newest)] == [
        (date(2026, 11, 24), 1, 1, 0), (date(2026, 11, 25), 1, 0, 1),
    ]  # fmt: skip
    assert (
        cases.open_case(shop, boss, 2).case.subject
        == "Paid in our books, and not in the wallet's: IDR 20,000, paid by us"
    )


def test_of_many_workers_one_takes_the_night(shop: Desk, ana: AgentRow, case: CaseDetail, till: Till) -> None:
    sent(shop, ana, till.pays(20_000))
    with ThreadPoolExecutor(4) as workers:
        claims = list(workers.map(lambda _number: nightly.claim(shop), range(4)))
    assert sum(each is not None for each in claims) == 1


# Answers that speak of refunds.


def test_answers_name_the_facts_of_the_cases_refund(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    sent(shop, ana, till.pays())
    written = in_words(shop, ana)
    deadline = listing.show(shop, ana, 1).refund.deadline_at
    assert deadline is not None
    for said in (
        "IDR 150,000 from Toko Maju", "waiting for the merchant's answer (step 2 of 5: With the merchant)",
        f"answer by {deadline.astimezone(DESK_ZONE):%A, %-d %B, %H:%M} WIB", "If it is approved, the money is back",
    ):  # fmt: skip
        assert said in written.text
    assert not written.asks
    deciding.cancel(shop, ana, 1, "Found it.")
    assert [each.name for each in in_words(shop, ana).asks] == ["refund.amount", "refund.merchant", "refund.state"]


def in_words(desk: Desk, me: AgentRow) -> answers.Written:
    written = answers.written(desk, me, cases.open_case(desk, me, 1), "refund.progress", Language.ENGLISH)
    assert written is not None
    return written


def test_an_answer_sends_the_draft_of_a_refund_and_is_not_sent_where_there_is_none(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    name = "refund.sent@1:en"
    seen = cases.open_case(shop, ana, 1).last_message_id
    with pytest.raises(RefundError, match="Open the refund first"):
        replies.reply(shop, ana, 1, "We ask for it now.", seen=seen, answers=(name,))
    assert not [each for each in messages(shop, ana) if each.text == "We ask for it now."]
    opened(shop, ana, till.pays())
    replies.reply(shop, ana, 1, "We ask for it now.", seen=seen, answers=(name,))
    assert (state(shop, ana), status(shop, ana)) == (RefundState.WITH_MERCHANT, Status.WAITING_MERCHANT)
    assert len(mails(shop, ana)) == 1
    seen = cases.open_case(shop, ana, 1).last_message_id
    replies.reply(shop, ana, 1, "It is on its way.", seen=seen, answers=(name,))  # once is enough
    assert len(mails(shop, ana)) == 1


# Lanes and merchants.


def test_a_lane_is_read_page_after_page_in_its_order_and_counted(
    shop: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    real = queries.in_lane
    monkeypatch.setattr(queries, "in_lane", lambda *args, **named: real(*args, **named | {"limit": 2}))
    payment = till.pays()
    ids = [sent(shop, ana, payment, amount=Money(3_000_000, IDR)).id for _ in range(5)]  # all with one deadline
    assert [each.id for each in listing.pages(shop, ana, RefundLane.MERCHANT)] == ids
    assert [each.id for each in listing.pages(shop, ana, None)] == ids[::-1]
    assert len(listing.pages(shop, ana, None, least=3)) == 4
    flagged = [each.id for each in listing.pages(shop, ana, None, flagged=True)]
    assert flagged == ids[:1:-1]  # from the third of one agent for one customer on
    for each in ids[:3]:
        with shop.database.write() as unit:
            unit.session.execute(update(Refund).where(Refund.id == each).values(deadline_at=shop.clock()))
    keeping_all(shop)
    assert [each.id for each in listing.pages(shop, ana, RefundLane.REVIEW)] == ids[:3]
    assert listing.counts(shop, ana) == {
        RefundLane.MERCHANT: 2, RefundLane.REVIEW: 3, RefundLane.APPROVALS: 0, RefundLane.UNKNOWN: 0,
        RefundLane.FLAGGED: 3,
    }  # fmt: skip
    deciding.take_up(shop, sari, ids[2])
    deciding.approve(shop, sari, ids[2])
    assert listing.counts(shop, ana)[RefundLane.APPROVALS] == 1


def keeping_all(desk: Desk) -> None:
    with desk.database.write() as unit:
        unit.session.execute(update(Refund).where(Refund.next_at.is_not(None)).values(next_at=unit.now))
    keeping.keep(desk)


def test_two_people_who_remind_all_late_merchants_press_nobody_twice(
    shop: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    refund = sent(shop, ana, till.pays())
    clock.advance(hours=22)
    seen = [[each.id for each in listing.late(shop, me)] for me in (ana, budi)]
    assert seen == [[refund.id]] * 2
    assert deciding.remind_late(shop, ana, seen[0]).done == (refund.id,)
    assert "within the last hour" in deciding.remind_late(shop, budi, seen[1]).refused[0][1]
    assert listing.late(shop, budi) == ()
    assert len(mails(shop, ana)) == 2


def test_chosen_files_of_the_case_go_to_the_merchant_and_stand_beside_the_refund(
    shop: Desk, ana: AgentRow, boss: AgentRow, till: Till
) -> None:
    arrived(shop, boss, mail(files=(("bukti.jpg", b"picture"), ("ktp.jpg", b"identity"))))
    chosen = [each.id for each in looking.look(shop, ana, till.wallet, 1).evidence if each.name == "bukti.jpg"]
    refund = sent(shop, ana, till.pays(), reason=RefundReason.NOT_AS_DESCRIBED, evidence=chosen)
    assert refund.evidence == ("bukti.jpg",)
    assert [each.filename for each in mails(shop, ana)[0].attachments] == ["bukti.jpg"]
    with pytest.raises(RefundError, match="Not all of these files"):
        opened(shop, ana, till.pays(), evidence=[99])


# Disputes of a playbook, merges, and faults of one that keep no other from going on.


def test_a_dispute_by_what_was_read_before_forgets_nothing_that_others_have_paid_since(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    payment = till.pays(300_000)  # as a playbook has listed it
    merchant_pays(till, payment, 200_000)
    opening.discard(shop, ana, opened(shop, ana, till.shown(payment.id)).id)
    with shop.database.write() as unit:
        refund = disputing.open_dispute(shop, unit, ana, case_to_change(unit, 1), payment)
        assert refund is not None
        assert refund.amount == 10_000_000
    assert held(shop) == (30_000_000, 10_000_000, 20_000_000)


def test_a_paid_dispute_solves_no_case_whose_playbook_goes_on(
    shop: Desk, ana: AgentRow, sari: AgentRow, rini: AgentRow, case: CaseDetail, till: Till
) -> None:
    run = playbook.begin(shop, ana, 1, "phone stolen").id
    with shop.database.write() as unit:
        refund = disputing.open_dispute(shop, unit, ana, case_to_change(unit, 1), till.pays())
        assert refund is not None
        refund_id = refund.id
    for each in (sari, rini):
        deciding.approve(shop, each, refund_id)
    settle(shop, till)
    assert state(shop, ana) is RefundState.PAID
    assert playbook.required(shop, ana, 1).run.id == run
    assert status(shop, ana) is Status.OPEN


def test_of_a_link_that_left_after_all_only_the_digest_stays(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock
) -> None:
    sent(shop, ana, till.pays())
    clock.advance(minutes=1)
    for each in outbox.lease(shop, "w", limit=10):
        outbox.settle_unknown(shop, each.outbox_id, "w", "it hung up")
    (asked,) = mails(shop, ana)
    delivery.mark_sent(shop, ana, asked.id)
    assert link_in(asked) not in mails(shop, ana)[0].text
    with shop.database.read() as connection:
        assert MADE_OF not in (connection.scalar(select(Message.details).where(Message.id == asked.id)) or {})


def test_a_merge_and_a_busy_case_leave_a_refunds_history_whole(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till
) -> None:
    refund_id = sent(shop, ana, till.pays()).id
    merchant_links.use(shop, link_in(mails(shop, ana)[0]), MerchantAnswer.APPROVE)
    before = [each.data["act"] for each in listing.show(shop, ana, refund_id).events if "act" in each.data]
    page = listing.merchant(shop, ana, "toko-maju")
    other = arrived(shop, ana, mail("other@example.org", subject="Another matter"))
    merging.merge(shop, ana, 1, other.case.id)
    with shop.database.write() as unit:
        for _ in range(120):
            unit.record(EventKind.NOTE_WRITTEN, case_id=other.case.id, agent_id=ana.id)
    after = [each.data["act"] for each in listing.show(shop, ana, refund_id).events if "act" in each.data]
    assert (before, after) == ([*before], before)
    assert before == ["approve", "send"]
    assert page.approved == listing.merchant(shop, ana, "toko-maju").approved == 1


def test_a_fault_of_one_refund_keeps_no_other_from_going_on(
    shop: Desk, ana: AgentRow, case: CaseDetail, till: Till, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [sent(shop, ana, till.pays(20_000)).id for _ in range(2)]
    ids += [sent(shop, ana, till.pays()).id for _ in range(2)]
    clock.advance(days=9)
    for module in (paying, keeping):
        monkeypatch.setattr(module, "hold", but_for({ids[0], ids[2]}))
    paying.pay_due(shop, till.wallet)
    keeping.keep(shop)
    assert [state(shop, ana, each) for each in ids] == [
        RefundState.APPROVED, RefundState.PENDING, RefundState.WITH_MERCHANT, RefundState.UNANSWERED,
    ]  # fmt: skip


def but_for(ids: set[int]) -> Callable[[UnitOfWork, int], Held]:
    """As `steps.hold`, but the cases of these have been merged between the two looks."""

    def merged_meanwhile(unit: UnitOfWork, refund_id: int) -> Held:
        if refund_id in ids:
            raise CaseChangedError(1)
        return hold(unit, refund_id)

    return merged_meanwhile
