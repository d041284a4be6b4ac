"""The life of a refund, its money, its policies and its approvals, as pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Language
from db.kinds_refunds import HOLDS_NOTHING, SETTLED, RefundReason, RefundState
from db.rows_refunds import PaymentRow
from desk.rules.refunds import life
from desk.rules.refunds.approving import (
    ApprovalError,
    Approver,
    Earlier,
    Flag,
    Limits,
    approvals_needed,
    check_approval,
    flags_of,
)
from desk.rules.refunds.finding import clues_in, ranked
from desk.rules.refunds.life import Actor, RefundStateError, Told
from desk.rules.refunds.money import Money, MoneyError, amounts_in, decimal, read_money, written
from desk.rules.refunds.nights import last_night
from desk.rules.refunds.policy import Asked, Rule, decide
from desk.services.refunds.looking import guessed_reason
from desk.services.refunds.policy_files import merchant_policy, path_policy, read_refund_policies
from desk.services.refunds.words import progress, refused, told

DOCS = Path(__file__).parents[2] / "docs" / "refunds.md"
JAKARTA = ZoneInfo("Asia/Jakarta")
PAID = datetime(2026, 11, 23, 11, 31, tzinfo=UTC)
NOW = PAID + timedelta(days=2)
LIMITS = Limits("IDR", 50_000_000, 500_000_000)
FILES = read_refund_policies()


def payment(**more: object) -> PaymentRow:
    given_ = {
        "id": "T1", "account_id": "W1", "paid_at": PAID, "amount": 15_000_000, "currency": "IDR", "refunded": 0,
        "merchant_id": "toko-maju", "merchant_name": "Toko Maju", "path": "qris_same_wallet", "method": "balance",
        "reference": "9F200001",
    }  # fmt: skip
    return PaymentRow(**(given_ | more))  # type: ignore[arg-type]


def decided(asked: Asked | None = None, merchant: str = "toko-maju", path: str = "qris_same_wallet", **more: object):  # type: ignore[no-untyped-def]
    when = more.pop("now", NOW)
    taken = more.pop("taken", 0)
    policy = merchant_policy(merchant, FILES.merchants[merchant], 2026)
    return decide(
        payment(path=path, **more), asked or Asked(RefundReason.NOT_RECEIVED), policy,
        path_policy(path, FILES.paths[path]), when, taken=taken,
    )  # type: ignore[arg-type]  # fmt: skip


# Life.


def test_the_table_in_the_docs_is_the_table_of_the_program() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert life.as_markdown() in page
    assert life.as_drawing() in page


def test_every_state_is_reached_and_only_settled_ones_have_no_way_on() -> None:
    reached = {RefundState.DRAFT} | {edge.after for edge in life.EDGES}
    assert reached == set(RefundState)
    assert {edge.before for edge in life.EDGES} == set(RefundState) - SETTLED


def test_the_customer_hears_of_every_change_that_is_one_for_them() -> None:
    silent = {
        (edge.act, edge.before)
        for edge in life.EDGES
        if edge.after is not edge.before and Told.CUSTOMER not in edge.tells
    }
    assert silent == {
        ("cancel", RefundState.DRAFT),  # they never heard of it
        ("claim paid", RefundState.WITH_MERCHANT),  # checked with the wallet first
        ("dispute", RefundState.DRAFT),  # all that was disowned is told together, by the playbook's answer
        ("request", RefundState.APPROVED),
        ("hold back", RefundState.REQUESTED),
        ("lose sight", RefundState.REQUESTED),
        ("not there", RefundState.UNKNOWN),  # between approved and on its way nothing changes for them
    }


def test_only_the_wallet_says_that_money_was_paid() -> None:
    assert {edge.by for edge in life.EDGES if edge.after is RefundState.PAID} == {(Actor.WALLET,)}


def test_nothing_is_requested_again_before_the_wallet_was_asked() -> None:
    assert {edge.after for edge in life.EDGES if edge.before is RefundState.UNKNOWN and Actor.DESK in edge.by} == set()
    with pytest.raises(RefundStateError, match="request"):
        life.edge("request", RefundState.UNKNOWN, Actor.DESK)


def test_a_step_by_the_wrong_one_is_refused() -> None:
    with pytest.raises(RefundStateError, match="merchant, not by the agent"):
        life.edge("decline", RefundState.WITH_MERCHANT, Actor.AGENT)


@given(st.lists(st.sampled_from(life.EDGES), max_size=30))
def test_whatever_happens_a_paid_refund_stays_paid(steps: list[life.Edge]) -> None:
    state, was_paid = RefundState.DRAFT, False
    for step in steps:
        try:
            state = life.edge(step.act, state, step.by[0]).after
        except RefundStateError:
            continue
        was_paid = was_paid or state is RefundState.PAID
    assert not was_paid or state is RefundState.PAID


# Money.


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Saya bayar Rp 150.000 di toko", {15_000_000}),
        ("Rp150.000,-", {15_000_000}),
        ("rp. 1.250.000,50", {125_000_050}),
        ("IDR 150,000", {15_000_000}),
        ("150rb dan 1,5 juta", {15_000_000, 150_000_000}),
        ("150 ribu", {15_000_000}),
        ("saldo 150.000 hilang", {15_000_000}),
        ("扣了150000印尼盾", {15_000_000}),
        ("pesanan 150000 tanggal 23.11.2026", set()),
        ("order 12345678, telp 081234567890", set()),
        ("rmb 12.50", {1250}),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, amounts: set[int]) -> None:
    assert {money.amount for money in amounts_in(text, "IDR")} == amounts


@given(st.integers(min_value=1, max_value=10**14), st.sampled_from(["IDR", "USD"]), st.sampled_from(list(Language)))
def test_what_is_written_is_read_back(amount: int, currency: str, language: Language) -> None:
    money = Money(amount, currency)
    assert read_money(written(money, language), currency) == money
    assert amounts_in(f"I paid {written(money, language)}.", currency) == {money}


def test_there_is_no_float_and_no_sum_of_two_currencies() -> None:
    with pytest.raises(MoneyError):
        Money(1.5, "IDR")  # type: ignore[arg-type]
    with pytest.raises(MoneyError):
        Money(amount=True, currency="IDR")
    with pytest.raises(MoneyError):
        Money(1, "Rp")
    with pytest.raises(MoneyError, match="IDR"):
        read_money("USD 5", "IDR")


def test_money_is_written_for_its_reader() -> None:
    assert written(Money(15_000_000, "IDR")) == "Rp150.000"
    assert written(Money(15_000_050, "IDR")) == "Rp150.000,50"
    assert written(Money(15_000_000, "IDR"), Language.ENGLISH) == "IDR 150,000"
    assert written(Money(1250, "USD"), Language.CHINESE) == "USD 12.50"
    assert decimal(Money(5, "IDR")) == "0.05"


# Policies.


@pytest.mark.parametrize(
    ("path", "days"),
    [("qris_same_wallet", 45), ("qris_other_wallet", 7), ("deep_link", 45), ("tokenised", 180)],
)
def test_the_windows_that_are_shipped(path: str, days: int) -> None:
    end = PAID + timedelta(days=days)
    assert decided(path=path, now=end - timedelta(seconds=1)).is_allowed
    late = decided(path=path, now=end)
    assert [each.rule for each in late.refusals] == [Rule.WINDOW]
    assert late.until == end


def test_the_path_that_takes_no_refunds_at_night_makes_them_wait() -> None:
    for hour, minute, opens in ((23, 54, False), (23, 55, True), (0, 30, True), (5, 59, True), (6, 0, False)):
        now = datetime(2026, 11, 25, hour, minute, tzinfo=JAKARTA)
        verdict = decided(path="bank_transfer", now=now)
        assert verdict.is_allowed
        assert (verdict.not_before is not None) is opens
        if verdict.not_before is not None:
            assert verdict.not_before.astimezone(JAKARTA).hour == 6
            assert timedelta() < verdict.not_before - now <= timedelta(hours=6, minutes=5)


def test_a_night_in_which_the_window_ends_refuses() -> None:
    paid = datetime(2026, 10, 1, 2, 0, tzinfo=JAKARTA)
    now = datetime(2026, 11, 15, 1, 0, tzinfo=JAKARTA)
    assert [each.rule for each in decided(path="bank_transfer", paid_at=paid, now=now).refusals] == [Rule.HOURS]


@pytest.mark.parametrize(
    ("asked", "more", "rule"),
    [
        (Asked(RefundReason.NOT_ME), {}, Rule.SAFETY),
        (Asked(RefundReason.NOT_RECEIVED), {"is_paid": False}, Rule.STATUS),
        (Asked(RefundReason.NOT_RECEIVED), {"taken": 15_000_000}, Rule.LEFT),
        (Asked(RefundReason.NOT_RECEIVED, Money(15_000_001, "IDR")), {}, Rule.AMOUNT),
        (Asked(RefundReason.NOT_RECEIVED, Money(5_000_001, "IDR")), {"taken": 10_000_000}, Rule.AMOUNT),
        (Asked(RefundReason.NOT_RECEIVED, Money(100, "USD")), {}, Rule.AMOUNT),
        (Asked(RefundReason.NOT_AS_DESCRIBED), {}, Rule.EVIDENCE),
        (Asked(RefundReason.NOT_AS_DESCRIBED), {"merchant": "warung-kopi-senja"}, Rule.REASON),
        (Asked(RefundReason.NOT_RECEIVED, Money(100, "IDR")), {"merchant": "warung-kopi-senja"}, Rule.PARTIAL),
    ],
)
def test_each_rule_refuses_by_its_name_and_has_words_in_every_language(
    asked: Asked, more: dict[str, object], rule: Rule
) -> None:
    verdict = decided(asked, **more)
    assert [each.rule for each in verdict.refusals] == [rule]
    for language in Language:
        said = refused(verdict.refusals[0], language, "Toko Maju")
        assert said
        assert "{" not in said
        assert "–" not in said
        assert ("2026年11月23日" if language is Language.CHINESE else "23 November 2026") in said


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_whenever_refunds_are_asked_for_at_night_they_go_when_the_path_opens(now: datetime) -> None:
    opens = path_policy("bank_transfer", FILES.paths["bank_transfer"]).opens(now)
    at = now.astimezone(JAKARTA).time()
    assert (opens is not None) == (at >= time(23, 55) or at < time(6))
    if opens is not None:
        assert timedelta() < opens - now <= timedelta(hours=6, minutes=5)
        assert opens.astimezone(JAKARTA).time() == time(6)


def test_a_merchants_own_window_may_be_shorter_than_the_paths() -> None:
    assert decided(merchant="warung-kopi-senja").until == PAID + timedelta(days=30)
    late = decided(merchant="warung-kopi-senja", now=PAID + timedelta(days=30)).refusals[0]
    assert "30 hari" in refused(late, Language.INDONESIAN, "Kopi Senja")


def test_the_date_of_a_refusal_stands_in_the_customers_words() -> None:
    late = decided(now=PAID + timedelta(days=60)).refusals[0]
    assert "7 Januari 2027, 18.31 WIB" in refused(late, Language.INDONESIAN, "Toko Maju")
    assert "2027年1月7日" in refused(late, Language.CHINESE, "Toko Maju")


def test_small_amounts_are_agreed_beforehand() -> None:
    assert decided(Asked(RefundReason.NOT_RECEIVED, Money(2_500_000, "IDR"))).is_automatic
    assert not decided(Asked(RefundReason.NOT_RECEIVED, Money(2_500_001, "IDR"))).is_automatic
    parts = Asked(RefundReason.NOT_RECEIVED, Money(1_500_000, "IDR"))
    assert decided(parts, taken=1_000_000).is_automatic
    assert not decided(parts, taken=1_000_001).is_automatic, "parts of one payment count together"


@given(
    st.integers(min_value=1, max_value=10**12), st.integers(min_value=0, max_value=10**12),
    st.integers(min_value=1, max_value=10**12),
)  # fmt: skip
def test_no_verdict_lets_more_through_than_is_left(paid: int, taken: int, amount: int) -> None:
    asked = Asked(RefundReason.NOT_RECEIVED, Money(amount, "IDR"))
    verdict = decided(asked, amount=paid, taken=taken)
    assert verdict.is_allowed == (amount + taken <= paid)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(["Asia/Jakarta", "Europe/Berlin", "America/New_York", "Pacific/Auckland"]).map(ZoneInfo),
)
def test_the_newest_night_has_come_and_the_next_one_has_not(now: datetime, at: time, zone: ZoneInfo) -> None:
    night = last_night(now, at, zone)
    assert night.at <= now
    assert datetime.combine(night.day + timedelta(days=1), at, zone) > now
    later = last_night(now + timedelta(days=1), at, zone)
    assert later.day - night.day in {timedelta(days=1), timedelta(days=2)}  # two where the clock is put forward between


def test_deadlines_run_in_the_merchants_own_hours() -> None:
    policy = merchant_policy("warung-kopi-senja", FILES.merchants["warung-kopi-senja"], 2026)
    asked = datetime(2026, 11, 23, 8, 0, tzinfo=JAKARTA)  # Monday, on which it is closed
    deadline = policy.deadline(asked)
    assert deadline is not None
    assert deadline.astimezone(JAKARTA).isoformat() == "2026-11-25T19:00:00+07:00"
    shares = [policy.reminder(asked, number) for number in range(4)]
    assert [at and at.astimezone(JAKARTA).strftime("%d %H:%M") for at in shares] == [
        "24 21:00", "25 16:00", "25 17:48", None,
    ]  # fmt: skip


# Finding.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Rp 150.000 di Toko Maju", "T1"),
        ("nomor referensi 9F200002 mohon dicek", "T2"),
        ("kemarin saya bayar di Kopi Senja", "T3"),
        ("paid on 21 November, nothing came", "T2"),
        ("11月21日付款", "T2"),
        ("tgl 21/11/2026", "T2"),
    ],
)
def test_a_payment_is_found_by_what_was_written(text: str, found: str) -> None:
    payments = [
        payment(),
        payment(id="T2", reference="9F200002", amount=9_900_000, merchant_name="Roti Pagi",
                paid_at=PAID - timedelta(days=2)),
        payment(id="T3", reference="9F200003", amount=2_000_000, merchant_name="Kopi Senja",
                paid_at=PAID + timedelta(days=1)),
    ]  # fmt: skip
    clues = clues_in(text, PAID + timedelta(days=2), JAKARTA)
    assert ranked(payments, clues, JAKARTA)[0].payment.id == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("saldo terpotong dua kali", RefundReason.CHARGED_TWICE),
        ("pesanan dibatalkan penjual", RefundReason.ORDER_CANCELLED),
        ("barang tidak sesuai", RefundReason.NOT_AS_DESCRIBED),
        ("这笔付款不是我操作的", RefundReason.NOT_ME),
        ("it never arrived", RefundReason.NOT_RECEIVED),
    ],
)
def test_the_reason_is_guessed_from_the_words(text: str, reason: RefundReason) -> None:
    assert guessed_reason(text) is reason


# Approving.


def test_who_may_approve() -> None:
    by = Approver(7, "Sari", 0)
    check_approval(by, amount=100, opened_by=1, so_far=[2], limits=LIMITS, currency="IDR")
    for opened_by, so_far, today in ((7, [], 0), (1, [7], 0), (1, [], 499_999_950)):
        with pytest.raises(ApprovalError):
            check_approval(
                Approver(7, "Sari", today),
                amount=100,
                opened_by=opened_by,
                so_far=so_far,
                limits=LIMITS,
                currency="IDR",
            )


def test_how_many_have_to_approve() -> None:
    assert approvals_needed(50_000_000, "IDR", LIMITS) == 1
    assert approvals_needed(50_000_001, "IDR", LIMITS) == 2
    assert approvals_needed(1, "USD", LIMITS) == 2
    assert approvals_needed(1, "IDR", LIMITS, is_flagged=True) == 2


def earlier(number: int, **more: object) -> Earlier:
    given_ = {
        "opened_at": NOW - timedelta(days=number), "opened_by": 1, "customer_id": number, "device_id": f"D{number}",
        "amount": 1000, "currency": "IDR", "state": RefundState.PAID,
    }  # fmt: skip
    return Earlier(**(given_ | more))  # type: ignore[arg-type]


def test_unusual_patterns_are_named() -> None:
    plain = [earlier(number) for number in range(1, 9)]
    assert flags_of(earlier(0), plain, LIMITS) == ()
    assert flags_of(earlier(0, customer_id=1), [earlier(1), earlier(2, customer_id=1)], LIMITS) == (
        Flag.SAME_AGENT_AND_CUSTOMER,
    )
    twice = [earlier(number, opened_by=number + 1, device_id="D0") for number in (1, 2)]
    assert flags_of(earlier(0), twice, LIMITS) == (Flag.SAME_DEVICE,)
    close = [earlier(number, amount=49_000_000) for number in range(1, 5)]
    assert flags_of(earlier(0, amount=50_000_000), close, LIMITS) == (Flag.MANY_UNDER_THE_LIMIT,)
    for state in HOLDS_NOTHING:
        assert flags_of(earlier(0, customer_id=1), [earlier(1), earlier(2, customer_id=1, state=state)], LIMITS) == ()


# Words.


def test_every_change_that_the_customer_hears_of_has_words_in_three_languages() -> None:
    facts = dict.fromkeys(("merchant", "amount", "paid", "reference", "until", "reason", "back"), "x")
    for state in {edge.after for edge in life.EDGES if Told.CUSTOMER in edge.tells}:
        for language in Language:
            said = told(state, language, facts)
            assert said
            assert "{" not in said
            assert "–" not in said


def test_the_five_steps_are_told_in_the_customers_language() -> None:
    steps = progress(RefundState.IN_REVIEW, Language.INDONESIAN)
    assert [step.label for step in steps] == ["Diterima", "Di penjual", "Diputuskan", "Sedang dibayar", "Dana kembali"]
    assert [step.is_done for step in steps] == [True, True, False, False, False]
    assert [step.is_now for step in steps] == [False, False, True, False, False]
    assert all(step.is_done for step in progress(RefundState.PAID, Language.CHINESE))
