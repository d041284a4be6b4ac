"""Retries and the circuit breaker: what is asked again, when the wallet is left alone, and who knows of it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from desk.wallet import guarded, health
from desk.wallet.errors import (
    UnknownAccountError,
    UnknownOutcomeError,
    WalletError,
    WalletRestingError,
    WalletUnavailableError,
)
from desk.wallet.guarded import GuardedWallet
from desk.wallet.health import Answering, WalletHealth, read_health, warning
from desk.wallet.port import RefundRequest
from tests.clock import START, SettableClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ASKED = RefundRequest("R1", "T1", 100, "IDR")


class Scripted:
    """A wallet that answers questions and refunds as the test says, one after the other; the last for ever."""

    def __init__(self, *script: WalletError | str) -> None:
        self.script = list(script)
        self.calls = 0

    def _next(self) -> Any:
        self.calls += 1
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(said, WalletError):
            raise said
        return said

    def account(self, _account_id: str) -> Any:
        return self._next()

    def refund(self, _request: RefundRequest) -> Any:
        return self._next()

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def guard(tmp_path: Path, clock: SettableClock) -> Iterator[Callable[..., GuardedWallet]]:
    """Guards a scripted wallet; what it waits between attempts goes into `waits`."""
    made: list[GuardedWallet] = []

    def guard_(wallet: Any, waits: list[float] | None = None) -> GuardedWallet:
        pause = (waits if waits is not None else []).append
        made.append(GuardedWallet(wallet, kept=tmp_path / "health.db", name="test", clock=clock, pause=pause))
        return made[-1]

    yield guard_
    for each in made:
        each.close()


def away() -> WalletUnavailableError:
    return WalletUnavailableError("The wallet cannot be reached.")


def test_what_did_nothing_is_asked_again_after_waits_with_jitter(guard: Callable[..., GuardedWallet]) -> None:
    waits: list[float] = []
    wallet = Scripted(away(), away(), "answer")
    assert guard(wallet, waits).account("A") == "answer"
    assert wallet.calls == 3
    assert len(waits) == 2
    assert all(0 <= wait <= guarded.LONGEST_WAIT for wait in waits)
    drawn: set[float] = set()
    for _ in range(5):
        more: list[float] = []
        guard(Scripted(away(), "answer"), more).refund(ASKED)
        drawn.update(more)
    assert len(drawn) == 5, "two desks do not come back at the same moment"


def test_a_refund_without_a_known_outcome_is_never_asked_again(guard: Callable[..., GuardedWallet]) -> None:
    wallet = Scripted(UnknownOutcomeError("The wallet did not answer in time.", "R1"))
    with pytest.raises(UnknownOutcomeError):
        guard(wallet).refund(ASKED)
    assert wallet.calls == 1


def test_an_error_in_the_matter_is_no_failure_of_the_wallet(guard: Callable[..., GuardedWallet]) -> None:
    wallet = Scripted(UnknownAccountError("no such account"))
    guarded_ = guard(wallet)
    for _ in range(2 * guarded.FAILURES):
        with pytest.raises(UnknownAccountError):
            guarded_.account("A")
    assert wallet.calls == 2 * guarded.FAILURES
    assert guarded_.health() == WalletHealth(Answering.YES)


def fail(wallet: GuardedWallet, times: int) -> None:
    for _ in range(times):
        with pytest.raises(UnknownOutcomeError):
            wallet.refund(ASKED)


def silent() -> Scripted:
    return Scripted(UnknownOutcomeError("The wallet did not answer in time.", "R1"))


def test_a_wallet_that_does_not_answer_is_left_alone_and_everybody_knows_since_when(
    guard: Callable[..., GuardedWallet], tmp_path: Path, clock: SettableClock
) -> None:
    wallet = silent()
    first = guard(wallet)
    fail(first, 1)
    assert first.health().answering is Answering.NOT_ALWAYS
    assert warning(first.health()) == ""
    clock.advance(minutes=5)
    fail(first, guarded.FAILURES - 1)
    calls = wallet.calls
    other = guard(Scripted("answer"))  # another process of this machine
    for resting in (first, other):
        with pytest.raises(WalletRestingError) as caught:
            resting.refund(ASKED)
        assert caught.value.since == START
    assert wallet.calls == calls
    told = read_health(tmp_path / "health.db", "test")
    assert (told.answering, told.since, told.failures) == (Answering.NO, START, guarded.FAILURES)
    assert told.said == "The wallet did not answer in time."
    assert told.retry_at is not None
    jakarta = warning(told, ZoneInfo("Asia/Jakarta"))
    assert jakarta == "wallet not answering since 20:14; refunds are kept and sent later"


def test_after_a_while_one_call_tries_and_an_answer_ends_the_rest(
    guard: Callable[..., GuardedWallet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "RETRY_AFTER", timedelta(0))
    wallet = Scripted(*(UnknownOutcomeError("silence", "R1") for _ in range(guarded.FAILURES + 1)), "answer")
    guarded_ = guard(wallet)
    fail(guarded_, guarded.FAILURES)
    assert guarded_.health().answering is Answering.NO
    fail(guarded_, 1)
    assert guarded_.health().answering is Answering.NO, "the one that tried failed, and it is left alone again"
    assert guarded_.refund(ASKED) == "answer"
    assert guarded_.health() == WalletHealth(Answering.YES)


def test_a_wallet_of_another_name_is_not_taken_for_the_one_that_is_silent(
    guard: Callable[..., GuardedWallet], tmp_path: Path
) -> None:
    fail(guard(silent()), guarded.FAILURES)
    other = GuardedWallet(Scripted("answer"), kept=tmp_path / "health.db", name="other")  # type: ignore[arg-type]
    assert other.account("A") == "answer"
    other.close()


def test_nobody_asked_yet_is_no_trouble(tmp_path: Path) -> None:
    assert read_health(tmp_path / "none.db", "test") == WalletHealth(Answering.YES)
    assert not (tmp_path / "none.db").exists()


def test_a_file_that_cannot_be_read_ends_nobodys_work(tmp_path: Path) -> None:
    (tmp_path / "health.db").write_bytes(b"no database at all" * 100)
    assert read_health(tmp_path / "health.db", "test") == WalletHealth(Answering.YES)


def test_one_slow_answer_does_not_hold_up_other_threads(guard: Callable[..., GuardedWallet]) -> None:
    asked, answered = threading.Event(), threading.Event()

    class Slow(Scripted):
        def refund(self, _request: RefundRequest) -> Any:
            asked.set()
            assert answered.wait(20)
            return "refund"

    guarded_ = guard(Slow("account"))
    thread = threading.Thread(target=guarded_.refund, args=(ASKED,))
    thread.start()
    assert asked.wait(20)
    assert guarded_.account("A") == "account"
    answered.set()
    thread.join(20)


def test_a_rest_is_told_by_the_hour_of_the_day() -> None:
    since = datetime(2026, 11, 25, 3, 42, tzinfo=UTC)
    resting = WalletHealth(Answering.NO, since, 5, "silence", since + health.RETRY_AFTER)
    assert "since 10:42" in warning(resting, ZoneInfo("Asia/Jakarta"))
