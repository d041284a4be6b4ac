"""What only the simulator has: people from the desk's cases, time by its clock, faults on a dial, a file for many."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from desk.wallet.errors import UnknownOutcomeError, WalletUnavailableError
from desk.wallet.port import ChallengeState, PaymentPath, RefundReason, RefundRequest, RefundState, TransactionStatus
from desk.wallet.simulator import (
    AT_ONCE,
    FULL,
    Character,
    Course,
    Faults,
    FaultsError,
    FaultyWallet,
    Incident,
    Mishap,
    Plight,
    Simulator,
    read_faults,
)
from tests.clock import SettableClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from desk.wallet.port import Transaction

NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # in Jakarta
SINCE = datetime(2025, 1, 1, tzinfo=UTC)


class Cast:
    """People whom a test makes up."""

    merchants = ("Toko Maju", "Kopi Senja")

    def __init__(self, *people: Character, world: str = "test") -> None:
        self.people = people
        self.world = world

    def by_phone(self, phone: str) -> Character | None:
        return next((one for one in self.people if one.phone == phone), None)

    def by_email(self, email: str) -> Character | None:
        return next((one for one in self.people if one.email == email), None)

    def by_number(self, number: int) -> Character | None:
        return next((one for one in self.people if one.number == number), None)


def somebody(number: int = 1, *incidents: Incident, **changed: Any) -> Character:
    """A person."""
    known: dict[str, Any] = {"phone": f"+6281200000{number:03d}", "email": f"p{number}@example.org"}
    return Character(number=number, name="Dewi", since=SINCE, incidents=incidents, **(known | changed))


@pytest.fixture
def play(tmp_path: Path, clock: SettableClock) -> Iterator[Callable[..., Simulator]]:
    """Plays a wallet at noon in Jakarta; keywords as for `Simulator`."""
    clock.moment = NOON
    made: list[Simulator] = []

    def play_(*people: Character, world: str = "test", **options: Any) -> Simulator:
        settings: dict[str, Any] = {"clock": clock, "cast": Cast(*people, world=world)} | options
        made.append(Simulator(tmp_path / "wallet.db", **settings))
        return made[-1]

    yield play_
    for each in made:
        each.close()


def payments(core: Simulator, account: str) -> tuple[Transaction, ...]:
    return core.transactions(account, since=SINCE, until=NOON + timedelta(days=400))


def pay_path(core: Simulator, transaction: str, path: PaymentPath, at: datetime) -> None:
    """Say by which way a payment came, and when."""
    from desk.wallet.simulator.store import stored

    with core.store.writing() as connection:
        connection.execute("UPDATE movement SET path = ?, at = ? WHERE id = ?", (path.value, stored(at), transaction))


def look(core: Simulator, account: str) -> Any:
    """An account and its transactions."""
    return SimpleNamespace(account=core.account(account), found=payments(core, account))


def told(plight: Plight, **more: Any) -> Incident:
    return Incident(plight, NOON - timedelta(hours=1), **more)


def test_the_same_seed_gives_the_same_account(play: Callable[..., Simulator], tmp_path: Path) -> None:
    who = somebody(1, told(Plight.STOLEN))
    first = payments(play(who, seed=5), "WA00000001")
    (tmp_path / "wallet.db").unlink()
    assert payments(play(who, seed=5), "WA00000001") == first
    (tmp_path / "wallet.db").unlink()
    assert payments(play(who, seed=6), "WA00000001") != first


def test_a_double_charge_is_two_payments_within_a_minute(play: Callable[..., Simulator]) -> None:
    incident = told(Plight.DOUBLE_CHARGE, amount=15_000_000, merchant="Toko Maju", reference="TRX123456789")
    found = payments(play(somebody(1, incident)), "WA00000001")
    first = next(one for one in found if one.reference == "TRX123456789")
    (again,) = (one for one in found if one != first and abs(one.at - first.at) < timedelta(minutes=1))
    assert (first.amount, first.merchant_name, first.merchant_id) == (15_000_000, "Toko Maju", "toko-maju")
    assert (again.amount, again.merchant_id, again.path) == (first.amount, first.merchant_id, first.path)
    assert first.at < incident.at


@pytest.mark.parametrize(
    ("plight", "fits"),
    [
        (Plight.DECLINED, lambda look: any(one.status is TransactionStatus.FAILED for one in look.found)),
        (Plight.TOP_UP, lambda look: look.account.pending_transactions == 1),
        (Plight.CLOSING, lambda look: look.account.balance_is_zero),
        (Plight.LOCKED, lambda look: look.account.pin_locked and not look.account.sign_ins[0].succeeded),
        (Plight.STOLEN, lambda look: len(look.account.devices) == 2 and look.account.contact_changed_at is not None),
        (Plight.TRANSFER, lambda look: any(one.kind == "transfer_out" for one in look.found)),
        (Plight.DEDUCTED, lambda look: any(one.amount == 700 for one in look.found)),
        (Plight.REFUND, lambda look: any(one.amount == 700 for one in look.found)),
    ],
)
def test_an_account_fits_what_its_owner_wrote(play: Callable[..., Simulator], plight: Plight, fits: Any) -> None:
    core = play(somebody(1, told(plight, amount=700)), somebody(2))
    assert fits(look(core, "WA00000001"))
    assert not fits(look(core, "WA00000002"))


def test_two_accounts_of_one_address_are_both_found(play: Callable[..., Simulator]) -> None:
    core = play(somebody(1), somebody(2, email="p1@example.org"))
    core.account("WA00000002")
    found = core.find_accounts(email="p1@example.org")
    assert [one.account_id for one in found] == ["WA00000001", "WA00000002"]


def test_a_file_of_another_world_is_made_anew(play: Callable[..., Simulator]) -> None:
    core = play(somebody(1), world="demo of monday")
    core.freeze("WA00000001", key="f", reason="stolen")
    assert play(somebody(1), world="demo of monday").account("WA00000001").frozen_at is not None
    assert play(somebody(1), world="demo of tuesday").account("WA00000001").frozen_at is None


def test_a_refund_goes_its_course_by_the_clock(play: Callable[..., Simulator], clock: SettableClock) -> None:
    core = play(somebody(1), course=Course(pending_after=10, paid_after=60, failing=0))
    payment = next(one for one in payments(core, "WA00000001") if one.refundable)
    pay_path(core, payment.id, PaymentPath.TOKENISED, NOON - timedelta(days=1))
    core.refund(RefundRequest("R", payment.id, payment.amount, "IDR"))
    states = []
    for _ in range(4):
        status = core.refund_status("R")
        assert status is not None
        states.append(status.state)
        shown = core.transaction(payment.id)
        assert shown.refunded + shown.refund_pending == payment.amount
        clock.advance(seconds=25)
    assert states == [RefundState.ACCEPTED, RefundState.PENDING, RefundState.PENDING, RefundState.PAID]


def test_a_refund_that_fails_frees_the_amount(play: Callable[..., Simulator], clock: SettableClock) -> None:
    core = play(somebody(1), course=Course(0, 0, failing=1))
    payment = next(one for one in payments(core, "WA00000001") if one.refundable)
    pay_path(core, payment.id, PaymentPath.TOKENISED, NOON - timedelta(days=1))
    core.refund(RefundRequest("R", payment.id, payment.amount, "IDR"))
    status = core.refund_status("R")
    assert status is not None
    assert (status.state, status.reason is not None) == (RefundState.FAILED, True)
    assert core.transaction(payment.id).refundable == payment.amount
    assert core.books() == {}


WINDOWS = [
    (PaymentPath.QRIS_SAME_WALLET, 45),
    (PaymentPath.QRIS_OTHER_WALLET, 7),
    (PaymentPath.DEEP_LINK, 45),
    (PaymentPath.TOKENISED, 180),
]


@pytest.mark.parametrize(("path", "days"), WINDOWS)
def test_each_path_has_its_window(play: Callable[..., Simulator], path: PaymentPath, days: int) -> None:
    core = play(somebody(1))
    payment = next(one for one in payments(core, "WA00000001") if one.refundable)
    for key, age, taken in (("within", timedelta(days=days), True), ("after", timedelta(days=days, seconds=1), False)):
        pay_path(core, payment.id, path, NOON - age)
        refund = core.refund(RefundRequest(key, payment.id, 100, "IDR"))
        assert (refund.reason is None) == taken
        assert taken or refund.reason is RefundReason.TOO_LATE


@pytest.mark.parametrize(("hour", "minute", "taken"), [(16, 54, True), (16, 55, False), (22, 59, False), (23, 0, True)])
def test_nothing_goes_back_to_a_bank_at_night_in_jakarta(
    play: Callable[..., Simulator], clock: SettableClock, hour: int, minute: int, taken: bool
) -> None:
    core = play(somebody(1))
    payment = next(one for one in payments(core, "WA00000001") if one.refundable)
    pay_path(core, payment.id, PaymentPath.BANK_TRANSFER, NOON - timedelta(days=1))
    clock.moment = datetime(2026, 11, 25, hour, minute, tzinfo=UTC)
    refund = core.refund(RefundRequest("R", payment.id, 100, "IDR"))
    assert (refund.reason is None) == taken
    assert taken or refund.reason is RefundReason.NOT_AT_THIS_TIME


def test_a_challenge_that_nobody_answers_expires(play: Callable[..., Simulator], clock: SettableClock) -> None:
    core = play(somebody(1), course=Course(challenge_after=3600))
    sent = core.send_challenge("WA00000001", key="c")
    clock.advance(minutes=9)
    assert core.challenge(sent.id).state is ChallengeState.SENT
    clock.advance(minutes=1)
    assert core.challenge(sent.id).state is ChallengeState.EXPIRED


def test_faults_are_dialled_in_words() -> None:
    assert read_faults("slow=0.2, timeout-after=0.1") == Faults(slow=0.2, timeout_after=0.1)
    assert read_faults("") == Faults()
    assert read_faults("full") == FULL
    assert sum(getattr(FULL, mishap.value) for mishap in Mishap) < 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("fast=1", "There is no fault 'fast'"),
        ("slow", "needs a share"),
        ("slow=often", "needs a share"),
        ("slow=2", "from 0 to 1"),
        ("slow=nan", "from 0 to 1"),
        ("slow=0.6,busy=0.6", "more than 1 together"),
    ],
)
def test_a_dial_that_does_not_exist_is_told(words: str, said: str) -> None:
    with pytest.raises(FaultsError, match=said):
        read_faults(words)


def test_mishaps_come_as_often_as_they_were_dialled() -> None:
    random, faults = Random(1), Faults(busy=0.1, late=0.2)
    drawn = Counter(faults.draw(random, acts=True) for _ in range(10_000))
    assert 900 < drawn[Mishap.BUSY] < 1100
    assert 1800 < drawn[Mishap.LATE] < 2200
    assert drawn.keys() == {None, Mishap.BUSY, Mishap.LATE}


def _attempts(path: Path, number: int, transactions: list[tuple[str, int]], attempts: int) -> None:
    """One desk that refunds whatever it is told: by its key until it knows, then the next."""
    random = Random(number)
    core = Simulator(path, cast=Cast(*map(somebody, range(1, 4))), course=AT_ONCE, random=random)
    wallet = FaultyWallet(core, random=random, pause=lambda _seconds: None)
    for attempt in range(attempts):
        transaction, amount = random.choice(transactions)
        asked = RefundRequest(f"{number}.{attempt}", transaction, amount // random.choice((2, 3, 7)), "IDR")
        while True:
            try:
                wallet.refund(asked)
            except (UnknownOutcomeError, WalletUnavailableError):
                continue  # the same key is harmless
            break
    core.close()


@pytest.mark.drill
@pytest.mark.slow
def test_many_processes_with_faults_at_full_pay_nothing_twice(play: Callable[..., Simulator], tmp_path: Path) -> None:
    core = play(*map(somebody, range(1, 4)), clock=lambda: datetime.now(UTC), course=AT_ONCE)
    found = [one for number in range(1, 4) for one in payments(core, f"WA{number:08d}") if one.refundable][:5]
    for payment in found:
        pay_path(core, payment.id, PaymentPath.TOKENISED, datetime.now(UTC) - timedelta(days=1))
    core.dial("full")
    known = [(one.id, one.amount) for one in found]
    context = multiprocessing.get_context("spawn")
    desks = [context.Process(target=_attempts, args=(tmp_path / "wallet.db", n, known, 12)) for n in range(4)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join(120)
    assert [desk.exitcode for desk in desks] == [0] * 4
    core.dial("")
    paid: Counter[str] = Counter()
    for number in range(4):
        for attempt in range(12):
            refund = core.refund_status(f"{number}.{attempt}")
            assert refund is not None
            assert refund.state in {RefundState.PAID, RefundState.REFUSED}
            if refund.state is RefundState.PAID:
                paid[refund.transaction_id] += refund.amount
    assert core.books() == paid
    assert all(paid[number] <= amount for number, amount in known)
    assert paid
