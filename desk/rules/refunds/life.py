"""The life of a refund, as one table: what may follow what, who may bring it about, what it writes, whom it tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from db.kinds_refunds import RefundState

S = RefundState


class Actor(StrEnum):
    """Who brings an edge about."""

    AGENT = "agent"
    SUPPORT = "support"
    """An agent who may decide about refunds."""
    MERCHANT = "merchant"
    DESK = "desk"
    """The desk itself: its worker, as time or a policy says."""
    WALLET = "wallet"


class Told(StrEnum):
    """Who hears of an edge."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    CASE = "case"
    """Whoever has the case: it stands in the queue again."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One step: `act` by `by`, from `before` to `after`; `writes` says what is kept beside the state."""

    act: str
    before: RefundState
    after: RefundState
    by: tuple[Actor, ...]
    writes: str
    tells: tuple[Told, ...] = ()


AGENT, SUPPORT, MERCHANT, DESK, WALLET = ((each,) for each in Actor)
CUSTOMER, TO_MERCHANT, CASE = Told.CUSTOMER, Told.MERCHANT, Told.CASE

EDGES: tuple[Edge, ...] = (
    Edge("send", S.DRAFT, S.WITH_MERCHANT, AGENT, "amount held, deadline, mail with a link", (CUSTOMER, TO_MERCHANT)),
    Edge("approve by policy", S.DRAFT, S.APPROVED, DESK, "amount held, the merchant's policy", (CUSTOMER,)),
    Edge("review", S.DRAFT, S.IN_REVIEW, AGENT, "amount held, why the merchant is not asked", (CUSTOMER, CASE)),
    Edge("dispute", S.DRAFT, S.IN_REVIEW, AGENT, "amount held, that the customer disowned the payment", (CASE,)),
    Edge("cancel", S.DRAFT, S.CANCELLED, AGENT, "why"),
    Edge("remind", S.WITH_MERCHANT, S.WITH_MERCHANT, (Actor.AGENT, Actor.DESK), "which reminder, a new link",
         (TO_MERCHANT,)),
    Edge("ask", S.WITH_MERCHANT, S.WITH_MERCHANT, MERCHANT, "the question, link used", (CASE,)),
    Edge("answer", S.WITH_MERCHANT, S.WITH_MERCHANT, AGENT, "the answer, a new link and deadline", (TO_MERCHANT,)),
    Edge("approve", S.WITH_MERCHANT, S.APPROVED, MERCHANT, "the amount approved, link used", (CUSTOMER,)),
    Edge("approve on review", S.WITH_MERCHANT, S.IN_REVIEW, MERCHANT, "the amount approved, link used; two people look",
         (CUSTOMER, CASE)),
    Edge("decline", S.WITH_MERCHANT, S.DECLINED, MERCHANT, "the reason, amount let go, link used", (CUSTOMER, CASE)),
    Edge("claim paid", S.WITH_MERCHANT, S.IN_REVIEW, MERCHANT, "the claim, link used", (CASE,)),
    Edge("lapse", S.WITH_MERCHANT, S.UNANSWERED, DESK, "links revoked", (CUSTOMER, CASE)),
    Edge("cancel", S.WITH_MERCHANT, S.CANCELLED, AGENT, "why, amount let go, links revoked", (CUSTOMER, TO_MERCHANT)),
    Edge("take up", S.UNANSWERED, S.IN_REVIEW, SUPPORT, "who looks at it", (CUSTOMER,)),
    Edge("take up", S.DECLINED, S.IN_REVIEW, SUPPORT, "who looks at it, amount held again", (CUSTOMER,)),
    Edge("take up", S.FAILED, S.IN_REVIEW, SUPPORT, "who looks at it, amount held again, a new key", (CUSTOMER,)),
    Edge("approve", S.IN_REVIEW, S.APPROVED, SUPPORT, "each approval; the last one that is needed", (CUSTOMER,)),
    Edge("decline", S.IN_REVIEW, S.DECLINED, SUPPORT, "the reason, amount let go", (CUSTOMER,)),
    Edge("ask again", S.IN_REVIEW, S.WITH_MERCHANT, SUPPORT, "a new deadline and link", (CUSTOMER, TO_MERCHANT)),
    Edge("cancel", S.IN_REVIEW, S.CANCELLED, SUPPORT, "why, amount let go", (CUSTOMER,)),
    Edge("found paid", S.IN_REVIEW, S.PAID, WALLET, "what the wallet shows as paid by the merchant", (CUSTOMER,)),
    Edge("cancel", S.APPROVED, S.CANCELLED, SUPPORT, "why, amount let go", (CUSTOMER,)),
    Edge("request", S.APPROVED, S.REQUESTED, DESK, "our key, who asks, until when"),
    Edge("hold back", S.REQUESTED, S.APPROVED, DESK, "that nothing left, when it is tried again"),
    Edge("accepted", S.REQUESTED, S.PENDING, WALLET, "the wallet's reference", (CUSTOMER,)),
    Edge("paid", S.REQUESTED, S.PAID, WALLET, "the wallet's reference", (CUSTOMER,)),
    Edge("failed", S.REQUESTED, S.FAILED, WALLET, "the wallet's reason, amount let go", (CUSTOMER, CASE)),
    Edge("lose sight", S.REQUESTED, S.UNKNOWN, DESK, "what was heard last, when it is asked for"),
    Edge("found pending", S.UNKNOWN, S.PENDING, WALLET, "the wallet's reference", (CUSTOMER,)),
    Edge("paid", S.UNKNOWN, S.PAID, WALLET, "the wallet's reference", (CUSTOMER,)),
    Edge("failed", S.UNKNOWN, S.FAILED, WALLET, "the wallet's reason, amount let go", (CUSTOMER, CASE)),
    Edge("not there", S.UNKNOWN, S.APPROVED, WALLET, "that the wallet knows nothing of our key"),
    Edge("paid", S.PENDING, S.PAID, WALLET, "when it was seen", (CUSTOMER,)),
    Edge("failed", S.PENDING, S.FAILED, WALLET, "the wallet's reason, amount let go", (CUSTOMER, CASE)),
)  # fmt: skip

_BY_STEP = {(edge.act, edge.before): edge for edge in EDGES}


class RefundStateError(Exception):
    """This cannot be done to a refund that stands there; nothing was changed."""


def edge(act: str, before: RefundState, by: Actor) -> Edge:
    """The step `act` from a state, taken by somebody who may. Raises `RefundStateError`."""
    found = _BY_STEP.get((act, before))
    if found is None:
        can = ", ".join(sorted({each.act for each in EDGES if each.before is before})) or "nothing more"
        raise RefundStateError(f"A refund that is {shown(before)} cannot take the step {act!r}; it can: {can}.")
    if by not in found.by:
        raise RefundStateError(f"The step {act!r} is taken by the {' or the '.join(found.by)}, not by the {by}.")
    return found


def steps_from(before: RefundState, by: Actor) -> tuple[Edge, ...]:
    """What somebody may do to a refund that stands there."""
    return tuple(each for each in EDGES if each.before is before and by in each.by)


def shown(state: RefundState) -> str:
    """A state as people of the desk read it: `with merchant`."""
    return state.value.replace("_", " ")


PROGRESS = {
    S.DRAFT: 1,
    S.WITH_MERCHANT: 2,
    S.UNANSWERED: 2,
    S.IN_REVIEW: 3,
    S.DECLINED: 3,
    S.APPROVED: 3,
    S.REQUESTED: 4,
    S.PENDING: 4,
    S.UNKNOWN: 4,
    S.FAILED: 4,
    S.PAID: 5,
    S.CANCELLED: 0,
}
"""How many of the five steps a refund has come: asked for, with the merchant, decided, being paid, paid."""


def as_markdown(edges: Iterable[Edge] = EDGES) -> str:
    """The table as docs/refunds.md shows it."""
    lines = ["| from | step | to | who | what is written | who is told |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {each.before} | {each.act} | {each.after} | {', '.join(each.by)} | {each.writes} |"
        f" {', '.join(each.tells) or '–'} |"
        for each in edges
    ]
    return "\n".join(lines) + "\n"


def as_drawing(edges: Iterable[Edge] = EDGES) -> str:
    """The same as a Mermaid state diagram."""
    lines = ["stateDiagram-v2", "    [*] --> draft"]
    lines += [f"    {each.before} --> {each.after}: {each.act}" for each in edges if each.before is not each.after]
    lines += [f"    {state} --> [*]" for state in (S.PAID, S.CANCELLED)]
    return "\n".join(lines) + "\n"
