"""What a desk may rely on with any wallet: the same tests on the simulator itself and over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from desk.wallet.errors import (
    ActRefusedError,
    KeyReusedError,
    UnknownAccountError,
    UnknownChallengeError,
    UnknownTransactionError,
)
from desk.wallet.port import AccountState, ChallengeState, RefundReason, RefundRequest, RefundState
from tests.services.acting import mail, receive

if TYPE_CHECKING:
    from collections.abc import Callable

    from desk.wallet.port import Receipt, Transaction, Wallet
    from tests.wallet.conftest import World

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def part_of(payment: Transaction, key: str, share: int = 2, **changed: object) -> RefundRequest:
    """A refund of a part of a payment."""
    values = {"key": key, "transaction_id": payment.id, "amount": payment.amount // share, "currency": "IDR"}
    return RefundRequest(**{**values, **changed})  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_customers_account_is_found_by_the_address_on_file(world: World, wallet: Wallet) -> None:
    receive(world.desk, mail("found@example.org", sender="Dewi <Dewi.Found@example.org>"))
    (found,) = wallet.find_accounts(email="DEWI.found@example.org")
    account = wallet.account(found.account_id)
    assert (account.email, account.state) == ("dewi.found@example.org", AccountState.ACTIVE)
    assert account.devices
    assert account.sign_ins == tuple(sorted(account.sign_ins, key=lambda one: one.at, reverse=True))
    assert wallet.find_accounts(email="nobody@example.org") == ()


def test_what_the_wallet_does_not_know_has_errors_of_its_own(wallet: Wallet) -> None:
    with pytest.raises(UnknownAccountError):
        wallet.account("WA99999999")
    with pytest.raises(UnknownAccountError):
        wallet.freeze("none", key="unknown.freeze", reason="stolen")
    with pytest.raises(UnknownTransactionError):
        wallet.transaction("none")
    with pytest.raises(UnknownChallengeError):
        wallet.challenge("none")
    assert wallet.refund_status("never-asked") is None
    assert wallet.act_done("never-done") is None


def test_transactions_come_newest_first_from_the_span_that_was_asked_for(world: World, wallet: Wallet) -> None:
    account = world.account()
    every = wallet.transactions(account, since=LONG_AGO, until=FAR)
    assert [one.at for one in every] == sorted((one.at for one in every), reverse=True)
    assert len(every) > 5
    second = every[1]
    span = wallet.transactions(account, since=second.at, until=every[0].at)
    assert second in span
    assert every[0] not in span
    assert wallet.transactions(account, since=LONG_AGO, until=FAR, limit=2) == every[:2]
    assert wallet.transaction(second.id) == wallet.transaction(second.reference) == second


def test_a_refund_of_a_part_is_paid_and_shown_everywhere(world: World, wallet: Wallet) -> None:
    payment = world.payment()
    asked = part_of(payment, "part.of.one")
    before = wallet.refund_changes(0, limit=1000).cursor
    first = wallet.refund(asked)
    status = wallet.refund_status(asked.key)
    assert status is not None
    assert (first.state, status.state) == (RefundState.ACCEPTED, RefundState.PAID)
    assert (status.amount, status.currency, status.reference) == (asked.amount, "IDR", first.reference)
    shown = wallet.transaction(payment.id)
    assert (shown.refunded, shown.refund_pending, shown.refundable) == (
        asked.amount,
        0,
        payment.amount - asked.amount,
    )
    assert status in wallet.refunds(since=first.requested_at, until=FAR)
    told = [one.refund for one in wallet.refund_changes(before, limit=1000).changes if one.refund.key == asked.key]
    assert [one.revision for one in told] == [1, 2, 3]
    assert told[-1] == status


def test_the_same_key_pays_once_and_stands_for_nothing_else(world: World, wallet: Wallet) -> None:
    payment = world.payment()
    asked = part_of(payment, "same.key", 4)
    references = {wallet.refund(asked).reference for _ in range(3)}
    assert len(references) == 1
    assert wallet.transaction(payment.id).refunded == asked.amount
    with pytest.raises(KeyReusedError):
        wallet.refund(part_of(payment, "same.key", 2))
    assert wallet.transaction(payment.id).refunded == asked.amount


def test_refunds_of_a_payment_never_sum_above_it(world: World, wallet: Wallet) -> None:
    payment = world.payment()
    states = [wallet.refund(part_of(payment, f"sum.{number}", 3)).state for number in range(5)]
    assert states.count(RefundState.REFUSED) == 2
    refused = wallet.refund_status("sum.4")
    assert refused is not None
    assert (refused.state, refused.reason) == (RefundState.REFUSED, RefundReason.TOO_MUCH)
    assert refused.said
    assert wallet.transaction(payment.id).refunded == 3 * (payment.amount // 3)
    assert "sum.4" not in {one.key for one in wallet.refunds(since=LONG_AGO, until=FAR)}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"transaction_id": "none"}, RefundReason.UNKNOWN_TRANSACTION),
        ({"currency": "USD"}, RefundReason.WRONG_CURRENCY),
        ({"amount": 10**12}, RefundReason.TOO_MUCH),
    ],
)
def test_a_refusal_is_an_answer_with_its_reason(
    world: World, wallet: Wallet, changed: dict[str, object], reason: RefundReason
) -> None:
    refund = wallet.refund(part_of(world.payment(), f"refused.{reason.value}", **changed))
    assert (refund.state, refund.reason) == (RefundState.REFUSED, reason)
    assert refund.said


def test_an_amount_or_a_key_that_is_none_is_refused_before_anything_leaves(world: World, wallet: Wallet) -> None:
    payment = world.payment()
    with pytest.raises(ValueError, match="above zero"):
        wallet.refund(part_of(payment, "zero", amount=0))
    with pytest.raises(ValueError, match="cannot be a key"):
        wallet.refund(part_of(payment, "no key"))


def test_a_frozen_account_keeps_the_first_reason_until_it_is_opened_again(world: World, wallet: Wallet) -> None:
    account = world.account()
    wallet.freeze(account, key=f"{account}.freeze.1", reason="Stolen, says the customer")
    wallet.freeze(account, key=f"{account}.freeze.2", reason="Another reason")
    frozen = wallet.account(account)
    assert (frozen.state, frozen.frozen_why) == (AccountState.FROZEN, "Stolen, says the customer")
    assert frozen.frozen_at is not None
    wallet.unfreeze(account, key=f"{account}.unfreeze", reason="Challenge passed, approved by Sari")
    opened = wallet.account(account)
    assert (opened.state, opened.frozen_why, opened.frozen_at) == (AccountState.ACTIVE, "", None)


def acts(wallet: Wallet, account: str) -> dict[str, Callable[[str], Receipt]]:
    """All that can be done to an account, each by its key."""
    return {
        "freeze": lambda key: wallet.freeze(account, key=key, reason="stolen"),
        "unfreeze": lambda key: wallet.unfreeze(account, key=key, reason="passed"),
        "revoke": lambda key: wallet.revoke_devices(account, key=key),
        "reset": lambda key: wallet.send_password_reset(account, key=key),
        "statement": lambda key: wallet.request_statement(
            account, key=key, since=datetime(2026, 10, 1, tzinfo=UTC), until=datetime(2026, 11, 1, tzinfo=UTC)
        ),
    }


@pytest.mark.slow
def test_what_acts_is_done_once_for_each_key(world: World, wallet: Wallet) -> None:
    account = world.account()
    for name, act in acts(wallet, account).items():
        key = f"{account}.{name}"
        receipt = act(key)
        assert act(key) == receipt == wallet.act_done(key)
        others = [other for other in acts(wallet, account) if other != name]
        with pytest.raises(KeyReusedError):
            acts(wallet, account)[others[0]](key)
    assert not any(device.is_trusted for device in wallet.account(account).devices)


def test_nothing_is_done_to_a_closed_account(world: World, wallet: Wallet) -> None:
    account = world.account()
    world.core.close_account(account)
    for name, act in acts(wallet, account).items():
        with pytest.raises(ActRefusedError, match="closed"):
            act(f"{account}.{name}")
    with pytest.raises(ActRefusedError, match="closed"):
        wallet.send_challenge(account, key=f"{account}.challenge")
    assert wallet.account(account).state is AccountState.CLOSED


def test_where_something_was_sent_is_told_masked(world: World, wallet: Wallet) -> None:
    account = world.account()
    email = wallet.account(account).email
    for name in ("reset", "statement"):
        said = acts(wallet, account)[name](f"{account}.masked.{name}").said
        assert email not in said
        assert "***@example.org" in said


@pytest.mark.parametrize("passes", [True, False])
def test_the_desk_hears_whether_a_challenge_was_passed_and_nothing_more(
    world: World, wallet: Wallet, passes: bool
) -> None:
    account = world.account()
    world.core.let_answer(account, passes=passes)
    sent = wallet.send_challenge(account, key=f"{account}.challenge")
    assert wallet.send_challenge(account, key=f"{account}.challenge").id == sent.id
    challenge = wallet.challenge(sent.id)
    assert challenge.state is (ChallengeState.PASSED if passes else ChallengeState.FAILED)
    assert challenge.settled_at is not None
    assert wallet.account(account).failed_challenges == (0 if passes else 1)


def test_a_statement_ends_after_it_begins(world: World, wallet: Wallet) -> None:
    now = datetime.now(UTC)
    with pytest.raises(ValueError, match="begins before"):
        wallet.request_statement(world.account(), key="backwards", since=now, until=now - timedelta(days=1))
