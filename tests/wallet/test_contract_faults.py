"""Each fault that can be dialled: what the desk is told, and that money moves once whatever it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from desk.wallet.errors import UnknownOutcomeError, WalletError, WalletUnavailableError
from desk.wallet.port import AccountState, RefundRequest, RefundState

if TYPE_CHECKING:
    from desk.wallet.port import Transaction
    from tests.wallet.conftest import World


def half_of(payment: Transaction, key: str) -> RefundRequest:
    """Half of a payment: a third time is too much, so what is paid twice shows."""
    return RefundRequest(key, payment.id, payment.amount // 2, payment.currency)


FAULTS = [
    # What is dialled, what the desk is told, whether the wallet has done it by then.
    pytest.param("busy=1", WalletUnavailableError, False, id="busy"),
    pytest.param("timeout_before=1", UnknownOutcomeError, False, id="timeout before"),
    pytest.param("timeout_after=1", UnknownOutcomeError, True, id="timeout after"),
    pytest.param("error_after=1", UnknownOutcomeError, True, id="5xx after success"),
    pytest.param("slow=1,slow_seconds=2", UnknownOutcomeError, True, id="too slow"),
    pytest.param("late=1", UnknownOutcomeError, True, id="acts after its timeout"),
    pytest.param("repeat=1", None, True, id="arrives twice"),
    pytest.param("slow=1,slow_seconds=0.01", None, True, id="slow, in time"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("dials", "told", "is_done"), FAULTS)
def test_a_refund_under_a_fault_is_paid_once(
    world: World, dials: str, told: type[WalletError] | None, is_done: bool
) -> None:
    payment = world.payment()
    asked = half_of(payment, f"{payment.id}.fault")
    world.core.dial(dials)
    wallet = world.hurried if told else world.wallet
    if told is None:
        assert wallet.refund(asked).key == asked.key
    else:
        with pytest.raises(told) as caught:
            wallet.refund(asked)
        assert getattr(caught.value, "key", asked.key) == asked.key
    world.core.dial("")
    status = world.wallet.refund_status(asked.key)
    assert (status is not None) == is_done
    for _ in range(2):
        world.wallet.refund(asked)
    settled = world.wallet.refund_status(asked.key)
    assert settled.state is RefundState.PAID
    assert world.wallet.transaction(payment.id).refunded == asked.amount


ACT_FAULTS = [
    pytest.param("busy=1", WalletUnavailableError, False, id="busy"),
    pytest.param("timeout_before=1", UnknownOutcomeError, False, id="timeout before"),
    pytest.param("timeout_after=1", UnknownOutcomeError, True, id="timeout after"),
    pytest.param("error_after=1", UnknownOutcomeError, True, id="5xx after success"),
    pytest.param("repeat=1", None, True, id="arrives twice"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("dials", "told", "is_done"), ACT_FAULTS)
def test_a_freeze_under_a_fault_can_be_asked_for_by_its_key(
    world: World, dials: str, told: type[WalletError] | None, is_done: bool
) -> None:
    account = world.account()
    key = f"{account}.fault"
    world.core.dial(dials)
    if told is None:
        world.wallet.freeze(account, key=key, reason="stolen")
    else:
        with pytest.raises(told):
            world.hurried.freeze(account, key=key, reason="stolen")
    world.core.dial("")
    done = world.wallet.act_done(key)
    assert (done is not None) == is_done
    assert (world.wallet.account(account).state is AccountState.FROZEN) == is_done
    again = world.wallet.freeze(account, key=key, reason="stolen")
    assert done is None or again == done


@pytest.mark.slow
@pytest.mark.parametrize("dials", ["busy=1", "timeout_before=1", "error_after=1", "slow=1,slow_seconds=2"])
def test_a_question_without_an_answer_may_be_asked_later(world: World, dials: str) -> None:
    account = world.account()
    world.core.dial(dials)
    with pytest.raises(WalletUnavailableError):
        world.hurried.account(account)
    world.core.dial("")
    assert world.wallet.account(account).id == account


@pytest.mark.slow
def test_changes_that_come_twice_and_out_of_order_end_in_the_truth(world: World) -> None:
    payment = world.payment()
    cursor = world.wallet.refund_changes(0, limit=1000).cursor
    world.core.dial("out_of_order=1")
    keys = [f"{payment.id}.{number}" for number in range(6)]
    for key in keys:
        world.wallet.refund(RefundRequest(key, payment.id, payment.amount // 6, payment.currency))
    told = []
    while (page := world.wallet.refund_changes(cursor, limit=4)).changes:
        told += [one.refund for one in page.changes]
        cursor = page.cursor
    assert world.wallet.refund_changes(cursor).cursor == cursor
    newest = {refund.key: refund for refund in sorted(told, key=lambda one: one.revision)}
    assert newest == {key: world.wallet.refund_status(key) for key in keys}
    revisions = [(one.key, one.revision) for one in told]
    in_order = all(a[0] != b[0] or a[1] < b[1] for n, a in enumerate(revisions) for b in revisions[n + 1 :])
    assert len(revisions) > len(set(revisions)) or not in_order
