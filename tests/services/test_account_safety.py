"""A stolen account: acts asked once whatever the wallet does, two people to unfreeze, disputes, the watch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from db.kinds import Status
from db.kinds_refunds import MerchantAnswer, RefundReason, RefundState
from db.kinds_safety import PaymentVerdict, SafetyActKind, SafetyActState, SafetyRunState
from db.models import SafetyAct, SafetyRun
from desk.rules.safety.playbook import Step, StepState
from desk.services import cases, changes, merging
from desk.services.errors import CaseChangedError, CaseError
from desk.services.refunds import deciding, listing, merchant_links, opening
from desk.services.refunds.errors import RefundError
from desk.services.safety import acting, asking, owning, playbook, reading, signs, watching
from desk.services.safety.errors import NotProvenError, SafetyError, SecondPersonError
from desk.services.safety.holding import facts_for_update
from desk.wallet.errors import UnknownOutcomeError, WalletUnavailableError
from desk.wallet.simulator.store import stored
from desk.worker import Worker
from tests.services.acting import mail, receive
from tests.services.refund_world import ACCOUNT, Till, link_in, mails, opened, sent, with_links

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow, CaseDetail
    from db.rows_safety import SafetyActRow
    from db.uow import UnitOfWork
    from desk.services.desk import Desk
    from desk.services.safety.holding import Held
    from desk.wallet.port import Receipt, Wallet
    from tests.clock import SettableClock

FREEZE, UNFREEZE, CHALLENGE, RESET = (
    SafetyActKind.FREEZE, SafetyActKind.UNFREEZE, SafetyActKind.CHALLENGE, SafetyActKind.PASSWORD_RESET,
)  # fmt: skip

pytestmark = pytest.mark.seeded


@pytest.fixture
def till(tmp_path: Path, clock: SettableClock) -> Till:
    return Till(tmp_path, clock)


@pytest.fixture
def theft(desk: Desk, ana: AgentRow, case: CaseDetail) -> int:
    """A playbook that Ana has begun."""
    return playbook.begin(desk, ana, case.case.id, "phone stolen").id


def settle(desk: Desk, wallet: Wallet, clock: SettableClock, rounds: int = 5) -> None:
    """Let the worker ask as often as it takes, with time passing between."""
    for _ in range(rounds):
        asking.ask_due(desk, wallet)
        clock.advance(minutes=6)


def last(desk: Desk, me: AgentRow, kind: SafetyActKind) -> SafetyActRow:
    return next(act for act in reversed(book(desk, me).acts) if act.kind is kind)


def book(desk: Desk, me: AgentRow) -> playbook.Playbook:
    return playbook.required(desk, me, 1)


def step(desk: Desk, me: AgentRow, which: Step) -> StepState:
    return next(each for each in book(desk, me).steps if each.step is which).state


def passed(desk: Desk, me: AgentRow, till: Till, run: int) -> None:
    acting.ask(desk, me, run, CHALLENGE)
    settle(desk, till.wallet, till.clock, 2)
    assert step(desk, me, Step.CHALLENGE) is StepState.DONE


class Answerless:
    """A wallet that does what it is asked to and whose answers are lost, until `answers`."""

    def __init__(self, behind: Wallet) -> None:
        self.behind, self.answers, self.asked = behind, False, 0

    def __getattr__(self, name: str) -> object:
        return getattr(self.behind, name)

    def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        self.asked += 1
        done = self.behind.freeze(account_id, key=key, reason=reason)
        if not self.answers:
            raise UnknownOutcomeError("The wallet did not answer in time.", key)
        return done

    def act_done(self, key: str) -> Receipt | None:
        if not self.answers:
            raise WalletUnavailableError("The wallet did not answer in time.")
        return self.behind.act_done(key)


def test_the_account_is_frozen_at_once_and_said_to_be_so_only_once_the_wallet_confirms(
    desk: Desk, ana: AgentRow, budi: AgentRow, till: Till, case: CaseDetail, theft: int
) -> None:
    assert step(desk, ana, Step.FREEZE) is StepState.ASKED
    assert playbook.begin(desk, budi, case.case.id, "again").id == theft, "one playbook at a time"
    asking.ask_due(desk, till.wallet)
    account = till.core.account(ACCOUNT)
    assert (account.state, account.frozen_why) == ("frozen", "phone stolen")
    assert step(desk, ana, Step.FREEZE) is StepState.DONE
    shown = cases.open_case(desk, ana, 1).case
    assert (shown.priority, shown.assignee_id, shown.topic_key) == (1, ana.id, "account-security")


@pytest.mark.slow
def test_what_got_no_answer_is_unknown_and_is_asked_by_its_key_and_done_once(
    desk: Desk, ana: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    silent = Answerless(till.core)
    settle(desk, silent, clock, 2)  # type: ignore[arg-type]
    assert step(desk, ana, Step.FREEZE) is StepState.UNKNOWN
    key = last(desk, ana, FREEZE).key
    assert acting.ask(desk, ana, theft, FREEZE).key == key, "what is under way is not asked for twice"
    silent.answers = True
    settle(desk, silent, clock, 1)  # type: ignore[arg-type]
    assert step(desk, ana, Step.FREEZE) is StepState.DONE
    assert (silent.asked, last(desk, ana, FREEZE).key) == (1, key)


def test_whoever_dies_between_asking_and_noting_loses_nothing_and_doubles_nothing(
    desk: Desk, ana: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    class Dying(Answerless):
        def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
            self.behind.freeze(account_id, key=key, reason=reason)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asking.ask_due(desk, Dying(till.core))  # type: ignore[arg-type]
    assert last(desk, ana, FREEZE).state is SafetyActState.ASKED
    asking.ask_due(desk, till.wallet)
    assert last(desk, ana, FREEZE).state is SafetyActState.ASKED, "somebody may be at it still"
    clock.advance(minutes=6)
    asking.ask_due(desk, till.wallet)
    assert step(desk, ana, Step.FREEZE) is StepState.DONE


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_every_act_ends_truthfully_whatever_the_wallet_does(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock, seed: int
) -> None:
    wallet = till.with_faults("full", seed)
    for kind in (CHALLENGE, SafetyActKind.REVOKE_DEVICES):
        acting.ask(desk, ana, theft, kind)
    settle(desk, wallet, clock, 60)
    assert {act.state for act in book(desk, ana).acts} == {SafetyActState.DONE}
    till.core.dial("")
    acting.ask(desk, ana, theft, CHALLENGE)
    settle(desk, till.wallet, clock, 2)
    waiting = acting.ask(desk, ana, theft, UNFREEZE, "it is her")
    till.core.dial("full")
    acting.agree(desk, sari, waiting.id)
    settle(desk, wallet, clock, 60)
    with till.core.store.reading() as connection:
        asked = [row["asked"] for row in connection.execute("SELECT asked FROM act")]
        challenges = connection.execute("SELECT count(*) FROM challenge").fetchone()[0]
    assert sorted(each.split('"')[1] for each in asked) == ["freeze", "revoke_devices", "unfreeze"]
    assert challenges == 2
    assert till.core.account(ACCOUNT).state == "active"
    assert step(desk, ana, Step.UNFREEZE) is StepState.DONE


def test_unfreezing_takes_a_passed_challenge_and_a_second_person(
    desk: Desk, ana: AgentRow, boss: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    till.core.let_answer(ACCOUNT, passes=False)
    settle(desk, till.wallet, clock, 1)
    with pytest.raises(NotProvenError):
        acting.ask(desk, ana, theft, UNFREEZE, "she asked")
    acting.ask(desk, ana, theft, CHALLENGE)
    settle(desk, till.wallet, clock, 2)
    assert step(desk, ana, Step.CHALLENGE) is StepState.FAILED
    with pytest.raises(NotProvenError):
        acting.ask(desk, ana, theft, UNFREEZE, "she asked")
    till.core.let_answer(ACCOUNT, passes=True)
    passed(desk, ana, till, theft)
    waiting = acting.ask(desk, sari, theft, UNFREEZE, "she passed")
    settle(desk, till.wallet, clock, 2)
    assert till.core.account(ACCOUNT).state == "frozen", "one person opens nothing"
    with pytest.raises(SecondPersonError):
        acting.agree(desk, sari, waiting.id)
    clock.advance(days=2)
    with pytest.raises(NotProvenError):
        acting.agree(desk, boss, waiting.id)
    passed(desk, ana, till, theft)
    acting.agree(desk, boss, waiting.id)
    settle(desk, till.wallet, clock, 1)
    assert till.core.account(ACCOUNT).state == "active"


def test_freezing_anew_takes_back_what_would_have_opened_it(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    settle(desk, till.wallet, clock, 1)
    passed(desk, ana, till, theft)
    waiting = acting.ask(desk, ana, theft, UNFREEZE, "she passed")
    acting.ask(desk, ana, theft, FREEZE, "another call")
    with pytest.raises(SafetyError, match="withdrawn"):
        acting.agree(desk, sari, waiting.id)


def opening_account(desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, run: int) -> int:
    """An unfreeze that two people want and the wallet was not asked yet."""
    settle(desk, till.wallet, till.clock, 1)
    passed(desk, ana, till, run)
    return acting.agree(desk, sari, acting.ask(desk, ana, run, UNFREEZE, "she passed").id).id


def test_a_playbook_begun_anew_takes_back_what_would_have_opened_the_account_for_the_old_one(
    desk: Desk, ana: AgentRow, budi: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    settle(desk, till.wallet, clock, 1)
    passed(desk, ana, till, theft)
    playbook.watch(desk, ana, theft)
    waiting = acting.ask(desk, ana, theft, UNFREEZE, "she passed")
    assert playbook.begin(desk, budi, 1, "the thief is back").id != theft
    with pytest.raises(SafetyError, match="withdrawn"):
        acting.agree(desk, sari, waiting.id)
    settle(desk, till.wallet, clock, 2)
    assert till.core.account(ACCOUNT).state == "frozen"


def test_the_end_of_a_watch_takes_back_what_nobody_agreed_to(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    settle(desk, till.wallet, clock, 1)
    playbook.watch(desk, ana, theft)
    clock.advance(days=31)
    passed(desk, ana, till, theft)
    waiting = acting.ask(desk, ana, theft, UNFREEZE, "she passed")
    watching.keep(desk)
    with pytest.raises(SafetyError, match="withdrawn"):
        acting.agree(desk, sari, waiting.id)


def test_an_unfreeze_that_the_wallet_was_too_busy_for_opens_nothing_that_was_frozen_meanwhile(
    desk: Desk, ana: AgentRow, budi: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    class Busy(Answerless):
        def unfreeze(self, *_asked: object, **_with: object) -> Receipt:
            acting.ask(desk, budi, theft, FREEZE, "the thief is on the phone")
            raise WalletUnavailableError("The wallet is busy.")

    act = opening_account(desk, ana, sari, till, theft)
    asking.ask_wallet(desk, Busy(till.core), act)  # type: ignore[arg-type]
    settle(desk, till.wallet, clock, 3)
    assert till.core.account(ACCOUNT).state == "frozen"
    assert last(desk, ana, UNFREEZE).state is SafetyActState.WITHDRAWN


def test_an_unfreeze_that_never_reached_the_wallet_is_let_go_of_once_the_account_was_frozen_anew(
    desk: Desk, ana: AgentRow, budi: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    class Lost(Answerless):
        def unfreeze(self, *_asked: object, **_with: object) -> Receipt:
            raise UnknownOutcomeError("The wallet did not answer in time.")

    act = opening_account(desk, ana, sari, till, theft)
    asking.ask_wallet(desk, Lost(till.core), act)  # type: ignore[arg-type]
    acting.ask(desk, budi, theft, FREEZE, "the thief is on the phone")
    settle(desk, till.wallet, clock, 1)
    assert last(desk, ana, UNFREEZE).state is SafetyActState.UNKNOWN, "it may be on its way still"
    settle(desk, till.wallet, clock, 6)
    assert last(desk, ana, UNFREEZE).state is SafetyActState.WITHDRAWN
    assert till.core.account(ACCOUNT).state == "frozen"
    assert playbook.watch(desk, ana, theft).state is SafetyRunState.WATCHING


def test_the_database_itself_opens_no_account_without_a_second_person_and_a_proof(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    settle(desk, till.wallet, clock, 1)
    passed(desk, ana, till, theft)
    waiting = acting.ask(desk, ana, theft, UNFREEZE, "she passed")
    freeze = last(desk, ana, FREEZE)
    for forged in (
        {"state": "kept"},
        {"state": "kept", "approved_by": ana.id},
        {"state": "kept", "approved_by": sari.id, "proof_id": None},
        {"state": "kept", "approved_by": sari.id, "proof_id": freeze.id},
        {"asked_by": sari.id},
        {"needs_second": False},
        {"kind": "freeze"},
    ):
        change = update(SafetyAct.__table__).where(SafetyAct.__table__.c.id == waiting.id).values(**forged)  # type: ignore[arg-type]
        with pytest.raises(DBAPIError), desk.database.write() as unit:
            unit.connection.execute(change)
    assert last(desk, ana, UNFREEZE).state is SafetyActState.WAITING


def test_of_two_who_agree_at_once_one_does_and_the_wallet_opens_it_once(
    desk: Desk, ana: AgentRow, boss: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    settle(desk, till.wallet, clock, 1)
    passed(desk, ana, till, theft)
    waiting = acting.ask(desk, ana, theft, UNFREEZE, "she passed")
    others = [sari, boss] * 2

    def agree(me: AgentRow) -> bool:
        try:
            acting.agree(desk, me, waiting.id)
        except SafetyError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(agree, others)) == [False, False, False, True]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: asking.ask_due(desk, till.wallet), range(3)))
    with till.core.store.reading() as connection:
        asked = [row["asked"] for row in connection.execute("SELECT asked FROM act")]
    assert sum("unfreeze" in each for each in asked) == 1


def test_disowned_payments_become_disputes_together_and_never_above_what_was_paid(
    desk: Desk, ana: AgentRow, boss: AgentRow, sari: AgentRow, till: Till, case: CaseDetail, clock: SettableClock
) -> None:
    mine, theirs, partly = till.pays(20_000), till.pays(30_000), till.pays(50_000)
    other = opened(desk, ana, partly)
    opening.send(desk, ana, other.id)
    run = playbook.begin(desk, ana, 1, "phone stolen").id
    settle(desk, till.wallet, clock, 1)
    assert len(book(desk, ana).payments) == 3
    owning.say_whose(desk, ana, run, [mine.id], PaymentVerdict.OWNED)
    owning.say_whose(desk, ana, run, [theirs.id, partly.id], PaymentVerdict.DISOWNED)
    found = {each.movement.id: each for each in owning.dispute(desk, ana, run)}
    assert owning.dispute(desk, ana, run) == tuple(found.values()), "a second time disputes nothing twice"
    assert "nothing is left" in found[partly.id].said
    number = found[theirs.id].refund_id
    assert number is not None
    refund = listing.show(desk, ana, number).refund
    assert (refund.state, refund.reason, refund.amount) == (RefundState.IN_REVIEW, RefundReason.NOT_ME, 3_000_000)
    assert (refund.needed, refund.flags) == (2, ("payment disowned",))
    with pytest.raises(RefundError, match="no merchant is asked"):
        deciding.ask_again(desk, sari, number)
    with pytest.raises(SafetyError, match="in dispute"):
        owning.say_whose(desk, ana, run, [theirs.id], PaymentVerdict.OWNED)
    deciding.approve(desk, sari, number)
    assert deciding.approve(desk, boss, number).state is RefundState.APPROVED


def test_a_dispute_that_was_cancelled_can_be_opened_anew_or_owned_after_all(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, case: CaseDetail, clock: SettableClock
) -> None:
    theirs = till.pays(30_000)
    run = playbook.begin(desk, ana, 1, "phone stolen").id
    settle(desk, till.wallet, clock, 1)
    owning.say_whose(desk, ana, run, [theirs.id], PaymentVerdict.DISOWNED)
    (first,) = owning.dispute(desk, ana, run)
    assert first.refund_id is not None
    deciding.cancel(desk, sari, first.refund_id, "It was another payment.")
    (second,) = owning.dispute(desk, ana, run)
    assert second.refund_id not in {None, first.refund_id}
    deciding.cancel(desk, sari, second.refund_id, "They made it after all.")  # type: ignore[arg-type]
    (owned,) = owning.say_whose(desk, ana, run, [theirs.id], PaymentVerdict.OWNED)
    assert (owned.verdict, owned.refund_id) == (PaymentVerdict.OWNED, None)


def test_signs_are_said_with_reasons_and_take_a_second_person(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    assert "is being asked" in signs.of_case(desk, ana, 1).gap
    with till.core.store.writing() as connection:
        connection.execute("UPDATE account SET phone_changed_at = ?", (stored(clock() - timedelta(days=2)),))
    asking.ask_due(desk, till.wallet)
    found = signs.of_case(desk, ana, 1)
    assert [each.said for each in found.signs] == ["phone number on file changed 2 d ago"]
    assert cases.open_case(desk, ana, 1).signs == found.signs
    reset = acting.ask(desk, ana, theft, RESET)
    assert reset.state is SafetyActState.WAITING
    draft = opened(desk, ana, till.pays(20_000))
    assert (draft.flags, draft.needed) == (("signs of a takeover",), 2)
    acting.agree(desk, sari, reset.id)
    settle(desk, till.wallet, clock, 1)
    assert step(desk, ana, Step.RESET) is StepState.DONE
    clock.advance(hours=1)
    assert "ago" in signs.of_case(desk, ana, 1).gap, "old facts are said to be old"


def test_what_the_wallet_does_not_say_is_said_and_another_contact_finds_the_account(
    desk: Desk, ana: AgentRow, case: CaseDetail, tmp_path: Path, clock: SettableClock
) -> None:
    till = Till(tmp_path, clock, email="owner@example.org")
    playbook.begin(desk, ana, 1, "phone stolen")
    till.core.dial("timeout_before=1")
    settle(desk, till.with_faults("timeout_before=1"), clock, 1)
    assert "did not answer" in signs.of_case(desk, ana, 1).gap
    till.core.dial("")
    settle(desk, till.wallet, clock, 2)
    assert "knows no account" in signs.of_case(desk, ana, 1).gap
    assert step(desk, ana, Step.FREEZE) is StepState.ASKED
    with pytest.raises(SafetyError, match="neither"):
        reading.look_for(desk, ana, 1, "12")
    reading.look_for(desk, ana, 1, "0811-1111-111")
    settle(desk, till.wallet, clock, 2)
    assert till.core.account(ACCOUNT).state == "frozen"
    assert "writes from dewi@example.org" in signs.of_case(desk, ana, 1).signs[0].said
    with pytest.raises(SafetyError, match="another account"):
        reading.look_for(desk, ana, 1, "somebody@example.org")


def test_a_new_sign_during_the_watch_puts_the_case_before_people(
    desk: Desk, ana: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    with pytest.raises(SafetyError, match="not confirmed"):
        playbook.watch(desk, ana, theft)
    settle(desk, till.wallet, clock, 1)
    assert playbook.watch(desk, ana, theft).state is SafetyRunState.WATCHING
    changes.set_status(desk, ana, [1], Status.SOLVED)
    clock.advance(hours=7)
    settle(desk, till.wallet, clock, 1)
    assert cases.open_case(desk, ana, 1).case.status is Status.SOLVED, "nothing new"
    with till.core.store.writing() as connection:
        connection.execute("UPDATE account SET email_changed_at = ?", (stored(clock()),))
    clock.advance(hours=7)
    settle(desk, till.wallet, clock, 1)
    shown = cases.open_case(desk, ana, 1).case
    assert (shown.status, shown.priority) == (Status.OPEN, 1)
    assert [each.kind for each in cases.history(desk, ana, 1) if each.kind == "safety.sign"] == ["safety.sign"]
    clock.advance(days=31)
    watching.keep(desk)
    assert book(desk, ana).run.state is SafetyRunState.CLOSED
    assert playbook.watched(desk, ana) == ()


def test_a_merged_case_takes_its_playbook_along(desk: Desk, ana: AgentRow, till: Till, theft: int) -> None:
    receive(desk, mail("second@example.org", subject="Stolen"))
    done = merging.merge(desk, ana, 1, 2)
    assert playbook.required(desk, ana, 2).run.id == theft
    asking.ask_due(desk, till.wallet)
    assert till.core.account(ACCOUNT).state == "frozen"
    assert done.playbooks == (theft,)


def stranger(desk: Desk, till: Till) -> None:
    """A case of another customer, number 2, whose account the wallet knows nothing bad of."""
    receive(desk, mail("second@example.org", sender="Dewi <other@example.org>", subject="Mine"))
    with till.core.store.writing() as connection:
        row = dict(connection.execute("SELECT * FROM account").fetchone())
        row |= {"id": "W2", "email": "other@example.org", "phone": "+628222222222", "email_changed_at": None}
        connection.execute(
            f"INSERT INTO account ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values())
        )


def test_the_signs_of_an_account_still_count_when_its_case_went_into_another_customers(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, case: CaseDetail, clock: SettableClock
) -> None:
    linked = with_links(desk)
    sent(linked, ana, till.pays(150_000))
    with till.core.store.writing() as connection:
        connection.execute("UPDATE account SET email_changed_at = ?", (stored(clock()),))
    reading.read_now(desk, ana, till.wallet, 1)
    stranger(desk, till)
    merging.merge(desk, sari, 1, 2)
    token = link_in(mails(linked, ana, 2)[0])
    assert merchant_links.use(linked, token, MerchantAnswer.APPROVE).state is RefundState.IN_REVIEW


def test_a_merged_playbook_looks_at_its_own_account(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, clock: SettableClock
) -> None:
    with till.core.store.writing() as connection:
        connection.execute("UPDATE account SET email_changed_at = ?", (stored(clock()),))
    asking.ask_due(desk, till.wallet)
    stranger(desk, till)
    reading.read_now(desk, ana, till.wallet, 2)
    merging.merge(desk, sari, 1, 2)
    shown = cases.open_case(desk, ana, 2).facts
    assert shown is not None
    assert shown.account_id == ACCOUNT
    reading.want(desk, ana, 2, anew=True)
    assert reading.due(desk) == (1,)
    merged = playbook.required(desk, ana, 2)
    assert merged.facts is not None
    assert merged.facts.account_id == ACCOUNT
    assert "mail address on file changed" in merged.signs[0].said
    assert acting.ask(desk, ana, theft, RESET).state is SafetyActState.WAITING


def test_two_playbooks_that_are_open_are_not_merged_onto_one_case(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int
) -> None:
    stranger(desk, till)
    other = playbook.begin(desk, ana, 2, "stolen as well").id
    with pytest.raises(CaseError, match="playbook"):
        merging.merge(desk, sari, 1, 2)
    settle(desk, till.wallet, till.clock, 1)
    playbook.close(desk, sari, other, "a mistake")
    merging.merge(desk, sari, 1, 2)
    assert playbook.required(desk, ana, 2).run.id == theft, "the one that is open, not the newest"


def test_one_fault_keeps_no_other_account_from_being_frozen(
    desk: Desk, ana: AgentRow, sari: AgentRow, till: Till, theft: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger(desk, till)
    playbook.begin(desk, ana, 2, "stolen as well")
    read, held = reading.read, asking.hold_act

    def faulty_read(desk: Desk, wallet: Wallet, customer_id: int) -> None:
        read(desk, wallet, customer_id)
        raise CaseChangedError(customer_id)

    def faulty_hold(unit: UnitOfWork, act_id: int, **more: bool) -> tuple[Held, SafetyAct]:
        if act_id == 1:
            raise CaseChangedError(1)
        return held(unit, act_id, **more)

    monkeypatch.setattr(reading, "read", faulty_read)
    monkeypatch.setattr(asking, "hold_act", faulty_hold)
    asking.ask_due(desk, till.wallet)
    assert [till.core.account(each).state for each in (ACCOUNT, "W2")] == ["active", "frozen"]


def test_a_merchants_yes_pays_nothing_to_an_account_with_signs(
    desk: Desk, ana: AgentRow, boss: AgentRow, sari: AgentRow, till: Till, case: CaseDetail, clock: SettableClock
) -> None:
    linked = with_links(desk)
    refund = sent(linked, ana, till.pays(150_000))
    with till.core.store.writing() as connection:
        connection.execute("UPDATE account SET email_changed_at = ?", (stored(clock()),))
    reading.read_now(desk, ana, till.wallet, 1)
    answered = merchant_links.use(linked, link_in(mails(linked, ana)[0]), MerchantAnswer.APPROVE)
    assert (answered.state, answered.flags) == (RefundState.IN_REVIEW, ("signs of a takeover",))
    assert deciding.approve(desk, sari, refund.id).state is RefundState.IN_REVIEW
    assert deciding.approve(desk, boss, refund.id).state is RefundState.APPROVED


def test_a_running_playbook_keeps_a_merchants_word_from_paying(
    desk: Desk, ana: AgentRow, till: Till, case: CaseDetail, clock: SettableClock
) -> None:
    linked = with_links(desk)
    sent(linked, ana, till.pays(150_000))
    playbook.begin(desk, ana, 1, "phone stolen")
    settle(desk, till.wallet, clock, 1)
    assert signs.of_case(desk, ana, 1).signs == ()
    answered = merchant_links.use(linked, link_in(mails(linked, ana)[0]), MerchantAnswer.APPROVE)
    assert (answered.state, answered.needed) == (RefundState.IN_REVIEW, 2)
    stranger(desk, till)
    elsewhere = opened(linked, ana, till.pays(20_000), 2)
    assert (elsewhere.flags, elsewhere.needed) == (("signs of a takeover",), 2), "it is the account that counts"
    assert acting.ask(desk, ana, book(desk, ana).run.id, RESET).state is SafetyActState.KEPT


def test_who_sends_or_answers_a_refund_has_the_account_read_unless_that_is_fresh(
    desk: Desk, ana: AgentRow, till: Till, case: CaseDetail, clock: SettableClock
) -> None:
    linked = with_links(desk)
    refund = sent(linked, ana, till.pays(150_000))
    assert reading.due(desk) == (1,)
    settle(desk, till.wallet, clock, 1)
    sent(linked, ana, till.pays(20_000))
    assert reading.due(desk) == (), "it was read a moment ago"
    clock.advance(hours=3)
    merchant_links.use(linked, link_in(mails(linked, ana)[0]), MerchantAnswer.ALREADY_PAID)
    assert reading.due(desk) == (1,)
    assert listing.show(desk, ana, refund.id).refund.state is RefundState.IN_REVIEW


def test_a_worker_freezes_by_itself(desk: Desk, ana: AgentRow, till: Till, theft: int) -> None:
    at_work = replace(desk, wallet=till.wallet)
    Worker(at_work).step()
    assert till.core.account(ACCOUNT).state == "frozen"
    assert step(desk, ana, Step.FREEZE) is StepState.DONE


def test_of_those_who_begin_at_once_on_two_cases_of_a_customer_one_does(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail, till: Till
) -> None:
    receive(desk, mail("second@example.org", subject="Stolen"))
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda who: playbook.begin(desk, who[0], who[1], "stolen").id, [(ana, 1), (budi, 2)] * 2))
    assert len(set(begun)) == 1
    asking.ask_due(desk, till.wallet)
    with till.core.store.reading() as connection:
        assert connection.execute("SELECT count(*) FROM act").fetchone()[0] == 1


def test_who_begins_anew_and_who_notes_the_wallets_answer_never_wait_for_each_other(
    desk: Desk, ana: AgentRow, till: Till, theft: int
) -> None:
    reading.read_now(desk, ana, till.wallet, 1)
    with ThreadPoolExecutor(1) as pool:
        with desk.database.write() as unit:
            facts_for_update(unit, 1)  # as beginning on the customer's second case does before it has the playbook
            worker = pool.submit(asking.ask_wallet, desk, till.wallet, last(desk, ana, FREEZE).id)
            while not desk.database.is_sqlite and not worker.done() and not waits_for_a_lock(desk):
                sleep(0.01)
            unit.session.execute(select(SafetyRun.id).where(SafetyRun.id == theft).with_for_update())
        worker.result()
    assert step(desk, ana, Step.FREEZE) is StepState.DONE


def waits_for_a_lock(desk: Desk) -> bool:
    """Whether somebody in this PostgreSQL database waits for somebody else."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with desk.database.read() as connection:
        return bool(connection.scalar(text(query)))
