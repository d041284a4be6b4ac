"""Telling how rules decide: about a case on file, and about examples and past cases before a file is put in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from db.kinds import EventKind, MessageKind
from db.models import Case, Message
from db.queries import routing as queries
from db.queries.cases import places_of
from db.rows import AgentRow
from desk.rules.permissions import Permission, require
from desk.rules.proposing import Lexicon, Proposal, propose
from desk.rules.routing import COMMON, Facts, Rule, Verdict, decide, judge, named
from desk.rules.words import folded
from desk.services.desk import Desk
from desk.services.errors import CaseNotFoundError
from desk.services.routing import Hours, last_topic, tier_of
from desk.services.routing_checks import check
from desk.services.routing_files import Example, RulesFile, rules_of
from desk.services.routing_store import in_force

MOST_CASES = 2_000


@dataclass(frozen=True, slots=True)
class Move:
    """A case went from one queue into another; `by` is an agent's name, None for the desk itself."""

    at: datetime
    by: str | None
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded of where a case went; moments are aware UTC.

    `rule` is the one that decided when it came in, with what it did in `after`; empty, and `at` None, when none did.
    """

    rule: str
    why: str
    at: datetime | None
    after: Mapping[str, Any]
    moves: tuple[Move, ...]
    queue: str
    """Where it is now."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What was recorded of a case, and how every rule stands to it today, in their order.

    The first rule that fits decides, `decided` is its name.
    """

    case_id: int
    recorded: Recorded
    proposal: Proposal
    verdicts: tuple[Verdict, ...]

    @property
    def decided(self) -> str:
        """The rule that decides; empty when none fits."""
        return next((verdict.rule.name for verdict in self.verdicts if verdict.fits), "")


@dataclass(frozen=True, slots=True)
class Tried:
    """One example of a file: what was expected and came out otherwise, in words; none when all is as expected."""

    place: int
    rule: str
    wrong: tuple[str, ...]


def explain(desk: Desk, me: AgentRow, case_id: int) -> Explanation:
    """What was recorded of where a case went, and how the rules in force stand to it as it came in.

    Load and incidents are those of now. Raises `CaseNotFoundError`.
    """
    require(me, Permission.WORK_CASES)
    with desk.database.read() as connection:
        known = in_force(connection)
        facts, proposal = _facts_of(desk, connection, known.lexicon, case_id)
        verdicts = tuple(judge(rule, facts, in_full=True) for rule in known.rules)
        recorded = _recorded(connection, case_id)
    return Explanation(case_id, recorded, proposal, verdicts)


def try_examples(desk: Desk, me: AgentRow, file: RulesFile) -> tuple[Tried, ...]:
    """What becomes of a file's examples by its rules and the desk's words, hours and queues.

    Raises `RoutingError` for a file that cannot be put in force.
    """
    require(me, Permission.WORK_CASES)
    rules = rules_of(file)
    with desk.database.read() as connection:
        check(connection, file)
        lexicon = in_force(connection).lexicon
        return tuple(
            _tried(desk, connection, rules, lexicon, place, each) for place, each in enumerate(file.example, 1)
        )


def try_past(desk: Desk, me: AgentRow, file: RulesFile, days: int) -> dict[str, int]:
    """How many of the cases of the last `days` each rule of a file would take, up to 2,000 cases; `""` none.

    Load and incidents are those of now.
    """
    require(me, Permission.WORK_CASES)
    rules = rules_of(file)
    counts = {rule.name: 0 for rule in rules} | {"": 0}
    with desk.database.read() as connection:
        lexicon = in_force(connection).lexicon
        since = desk.clock() - timedelta(days=days)
        recent = select(Case.id).where(Case.created_at >= since).order_by(Case.created_at.desc()).limit(MOST_CASES)
        for case_id in list(connection.scalars(recent)):
            verdict = decide(rules, _facts_of(desk, connection, lexicon, case_id)[0])
            counts[verdict.rule.name if verdict else ""] += 1
    return counts


def _recorded(connection: Connection, case_id: int) -> Recorded:
    events = places_of(connection, case_id)
    routed = next((each for each in events if each.kind == EventKind.CASE_ROUTED), None)
    moves = tuple(
        Move(
            each.at, each.agent_name, _queue(each.data, "before"), _queue(each.data, "after"), each.data.get("why", "")
        )
        for each in events
        if each.kind == EventKind.CASE_QUEUE
    )
    data = routed.data if routed is not None else {}
    at = routed.at if routed is not None else None
    queue = connection.scalar(select(Case.queue).where(Case.id == case_id)) or COMMON
    return Recorded(data.get("rule", ""), data.get("why", ""), at, data.get("after", {}), moves, queue)


def _queue(data: Mapping[str, Any], part: str) -> str:
    return data[part]["queue"] or COMMON


def _tried(
    desk: Desk, connection: Connection, rules: Iterable[Rule], lexicon: Lexicon, place: int, example: Example
) -> Tried:
    at, text = example.at or desk.clock(), folded(example.text)
    hours = Hours(connection, at)
    facts = Facts(
        channel=example.channel,
        language=example.language,
        text=text,
        topic=example.topic or propose(lexicon, text).topic,
        tier=example.tier,
        queue=example.from_queue,
        incidents=frozenset(example.incidents),
        is_open=lambda whose: hours.is_open(whose, at),
        waiting=lambda queue, most: min(example.waiting.get(queue, 0), most),
    )
    verdict = decide(tuple(rules), facts)
    do = verdict.rule.do if verdict else None
    got: Mapping[str, object] = {
        "rule": verdict.rule.name if verdict else "",
        "queue": (do.queue if do and do.queue else example.from_queue) or COMMON,
        "priority": do.priority if do else None,
    }
    wanted = {"rule": example.rule, "queue": example.queue, "priority": example.priority}
    wrong = [
        f"{name} is {got[name] or 'none'}, not {value or 'none'}"
        for name, value in wanted.items()
        if value is not None and value != got[name]
    ]
    return Tried(place, str(got["rule"]), tuple(wrong))


def _facts_of(desk: Desk, connection: Connection, lexicon: Lexicon, case_id: int) -> tuple[Facts, Proposal]:
    case = connection.execute(
        select(Case.customer_id, Case.channel, Case.language, Case.subject, Case.created_at, Case.mailbox).where(
            Case.id == case_id
        )
    ).one_or_none()
    if case is None:
        raise CaseNotFoundError(case_id)
    first = connection.execute(
        select(Message.channel, Message.subject, Message.new_text, Message.at)
        .where(Message.case_id == case_id, Message.kind == MessageKind.INBOUND)
        .order_by(Message.id)
        .limit(1)
    ).one_or_none()
    said = f"{first.subject}\n{first.new_text}" if first else case.subject
    at: datetime = first.at if first else case.created_at
    text = folded(said)
    proposal = propose(lexicon, text, last_topic=last_topic(connection, case.customer_id, case_id))
    hours = Hours(connection, desk.clock())
    mailbox = desk.settings.mail.mailboxes.get(case.mailbox or "")
    facts = Facts(
        channel=first.channel if first else case.channel,
        language=case.language,
        text=text,
        topic=proposal.topic,
        tier=tier_of(connection, case.customer_id),
        queue=mailbox.queue if mailbox else "",
        incidents=frozenset(desk.settings.routing.incidents),
        is_open=lambda whose: hours.is_open(whose, at),
        waiting=lambda queue, most: queries.waiting(connection, named(queue), most),
    )
    return facts, proposal
