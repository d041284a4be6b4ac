"""The playbook for a stolen account: its steps, how each stands, since when, and what to do when it fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from db.kinds_safety import ChallengeOutcome, PaymentVerdict, SafetyActKind, SafetyActState, SafetyRunState
from db.rows_safety import FactsRow, SafetyActRow, SafetyPaymentRow, SafetyRunRow

WATCH = timedelta(days=30)
"""How long an account is watched once the steps are done."""
PROOF_LASTS = timedelta(hours=24)
"""A challenge that was passed longer ago proves nothing about who asks now."""
LOOK_EVERY = timedelta(hours=6)
"""How often a watched account is looked at."""
LONGEST_REASON = 250


class Step(StrEnum):
    """A step, in the order in which they are done."""

    FREEZE = "freeze"
    CHALLENGE = "challenge"
    LOOK = "look"
    PAYMENTS = "payments"
    DISPUTES = "disputes"
    DEVICES = "devices"
    RESET = "reset"
    REPORT = "report"
    WATCH = "watch"
    UNFREEZE = "unfreeze"


class StepState(StrEnum):
    """How a step stands; only `done` is what has certainly happened."""

    TODO = "to do"
    WAITING = "waits for a second person"
    ASKED = "asked, not confirmed yet"
    UNKNOWN = "no answer: being asked again"
    RUNNING = "under way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class About:
    """What a step is: its title, the key of its canned answer, and what to do when it fails."""

    title: str
    answer: str
    when_it_fails: str


ABOUT: dict[Step, About] = {
    Step.FREEZE: About(
        "freeze the account", "account-stolen.frozen",
        "Refused: ask the wallet's own team by phone at once. No account found: look for it by the number or address "
        "on file (l). No answer: it is asked again by itself until the wallet confirms.",
    ),
    Step.CHALLENGE: About(
        "identity challenge", "safety.challenge",
        "Not passed or run out: send another one. After three that failed, treat who writes as somebody else and hand "
        "the case to the security team.",
    ),
    Step.LOOK: About(
        "last sign-ins and devices", "account-stolen.secure",
        "The wallet does not answer: what is shown is as old as it says. Ask again (g), and go on with the next step.",
    ),
    Step.PAYMENTS: About(
        "transactions: own or disown", "safety.which-payments",
        "The customer is not sure: leave it open and ask by the receipt's reference; what stays open is no dispute.",
    ),
    Step.DISPUTES: About(
        "disputes about what was disowned", "safety.disputed",
        "A transfer or withdrawal can't be refunded: hand the case to the security team with its reference. A payment "
        "that is refunded already needs no dispute.",
    ),
    Step.DEVICES: About(
        "sign out every device", "safety.devices-revoked",
        "Refused or no answer: the freeze holds meanwhile. Ask again; the wallet does it once.",
    ),
    Step.RESET: About(
        "password reset", "safety.reset-sent",
        "Contact data changed lately: a second person has to agree, since the reset goes to what is on file now. "
        "Wrong address on file: have the wallet's team put the old one back first.",
    ),
    Step.REPORT: About(
        "report reference given", "safety.report",
        "The customer can't be reached: leave it open; the reference stands on the case.",
    ),
    Step.WATCH: About(
        "watch for 30 days", "safety.watched",
        "A new sign puts the case before people again; begin the playbook anew if it was a theft.",
    ),
    Step.UNFREEZE: About(
        "open the account again", "safety.unfrozen",
        "It takes a challenge that was passed in the last 24 hours, and a second person. Not passed: it stays frozen.",
    ),
}  # fmt: skip

ACT_OF = {
    Step.FREEZE: SafetyActKind.FREEZE,
    Step.CHALLENGE: SafetyActKind.CHALLENGE,
    Step.DEVICES: SafetyActKind.REVOKE_DEVICES,
    Step.RESET: SafetyActKind.PASSWORD_RESET,
    Step.UNFREEZE: SafetyActKind.UNFREEZE,
}
"""The steps that are acts at the wallet."""

_STATES = {
    SafetyActState.WAITING: StepState.WAITING,
    SafetyActState.KEPT: StepState.ASKED,
    SafetyActState.ASKED: StepState.ASKED,
    SafetyActState.UNKNOWN: StepState.UNKNOWN,
    SafetyActState.DONE: StepState.DONE,
    SafetyActState.REFUSED: StepState.FAILED,
    SafetyActState.WITHDRAWN: StepState.TODO,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a step stands: since when it is under way, when it was done, and the last word about it."""

    step: Step
    state: StepState
    begun_at: datetime | None = None
    done_at: datetime | None = None
    said: str = ""
    act: SafetyActRow | None = None

    @property
    def about(self) -> About:
        """What the step is."""
        return ABOUT[self.step]

    def took(self, now: datetime) -> timedelta | None:
        """How long it took, or has been taking; None before it is begun."""
        return None if self.begun_at is None else (self.done_at or now) - self.begun_at


def standings(
    run: SafetyRunRow, acts: Sequence[SafetyActRow], payments: Sequence[SafetyPaymentRow], facts: FactsRow | None
) -> tuple[Standing, ...]:
    """Every step as it stands, in order; `acts` are oldest first."""
    last = {act.kind: act for act in acts}
    found = {step: _of_act(step, last.get(kind), run) for step, kind in ACT_OF.items()}
    found[Step.FREEZE] = _of_freeze(found[Step.FREEZE], last.get(SafetyActKind.UNFREEZE), facts)
    found[Step.LOOK] = _of_look(run, facts)
    found[Step.PAYMENTS] = _of_payments(run, payments)
    found[Step.DISPUTES] = _of_disputes(payments)
    found[Step.REPORT] = Standing(
        Step.REPORT, StepState.DONE if run.told_at else StepState.TODO, run.begun_at, run.told_at, run.report
    )
    found[Step.WATCH] = _of_watch(run)
    return tuple(found[step] for step in Step)


def passed_proof(acts: Iterable[SafetyActRow], now: datetime) -> SafetyActRow | None:
    """The newest challenge, where it was passed lately enough to open an account by it; `acts` are oldest first."""
    challenges = [act for act in acts if act.kind is SafetyActKind.CHALLENGE]
    newest = challenges[-1] if challenges else None
    if newest is None or newest.outcome is not ChallengeOutcome.PASSED or newest.outcome_at is None:
        return None
    return newest if now - newest.outcome_at <= PROOF_LASTS else None


def _of_act(step: Step, act: SafetyActRow | None, run: SafetyRunRow) -> Standing:
    if act is None:
        return Standing(step, StepState.TODO)
    state, done, said = _STATES[act.state], act.done_at, act.said
    if act.kind is SafetyActKind.CHALLENGE and act.state is SafetyActState.DONE:
        state = {
            ChallengeOutcome.PASSED: StepState.DONE,
            ChallengeOutcome.FAILED: StepState.FAILED,
            ChallengeOutcome.EXPIRED: StepState.FAILED,
        }.get(act.outcome or ChallengeOutcome.SENT, StepState.RUNNING)
        done = act.outcome_at
    if state is StepState.ASKED and not run.account_id:
        said = "it is not known yet which account it is"
    return Standing(step, state, act.asked_at, done, said, act)


def _of_freeze(freeze: Standing, unfreeze: SafetyActRow | None, facts: FactsRow | None) -> Standing:
    """A freeze that the wallet confirmed, and of which its facts say later that it does not hold, has failed."""
    if freeze.state is not StepState.DONE or freeze.done_at is None or facts is None or facts.facts is None:
        return freeze
    was_opened = unfreeze is not None and unfreeze.asked_at > freeze.done_at and unfreeze.state in {
        SafetyActState.DONE, SafetyActState.ASKED, SafetyActState.UNKNOWN, SafetyActState.KEPT,
    }  # fmt: skip
    is_newer = facts.read_at is not None and facts.read_at > freeze.done_at
    if is_newer and facts.facts.state == "active" and not was_opened:
        said = "the wallet shows the account open again, and nobody here opened it: freeze it anew"
        return Standing(freeze.step, StepState.FAILED, freeze.begun_at, freeze.done_at, said, freeze.act)
    return freeze


def _of_look(run: SafetyRunRow, facts: FactsRow | None) -> Standing:
    if facts is not None and facts.facts is not None and facts.read_at is not None and facts.read_at >= run.begun_at:
        return Standing(Step.LOOK, StepState.DONE, said=facts.said)
    return Standing(Step.LOOK, StepState.ASKED, run.begun_at, said=facts.said if facts is not None else "")


def _of_payments(run: SafetyRunRow, payments: Sequence[SafetyPaymentRow]) -> Standing:
    if not payments:
        return Standing(Step.PAYMENTS, StepState.ASKED, run.begun_at, said="the wallet has shown none yet")
    open_ones = sum(each.verdict is PaymentVerdict.UNSURE for each in payments)
    disowned = sum(each.verdict is PaymentVerdict.DISOWNED for each in payments)
    said = f"{len(payments)} shown, {disowned} disowned, {open_ones} open"
    if open_ones == len(payments):
        return Standing(Step.PAYMENTS, StepState.TODO, run.begun_at, said=said)
    return Standing(Step.PAYMENTS, StepState.RUNNING if open_ones else StepState.DONE, run.begun_at, said=said)


def _of_disputes(payments: Sequence[SafetyPaymentRow]) -> Standing:
    disowned = [each for each in payments if each.verdict is PaymentVerdict.DISOWNED]
    settled = [each for each in disowned if each.refund_id is not None or each.said]
    if not disowned:
        return Standing(Step.DISPUTES, StepState.TODO, said="nothing is disowned so far")
    disputed = sum(each.refund_id is not None for each in disowned)
    said = f"{disputed} disputed"
    if len(settled) > disputed:
        said += f", {len(settled) - disputed} that no refund is for"
    return Standing(Step.DISPUTES, StepState.DONE if len(settled) == len(disowned) else StepState.TODO, said=said)


def _of_watch(run: SafetyRunRow) -> Standing:
    if run.watch_until is None:
        return Standing(Step.WATCH, StepState.TODO)
    begun = run.watch_until - WATCH
    if run.state is SafetyRunState.WATCHING:
        return Standing(Step.WATCH, StepState.RUNNING, begun)
    return Standing(Step.WATCH, StepState.DONE, begun, run.closed_at)
