"""The words that both the database and the program speak: closed sets, stored by value."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """A way in which customers reach the wallet."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    SOCIAL = "social"


class Lane(StrEnum):
    """A part of the queue: everything, one channel, or what I have."""

    ALL = "all"
    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"
    SOCIAL = "social"
    MINE = "mine"


class Status(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_MERCHANT = "waiting_merchant"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


NEEDS_SOMEBODY = (Status.NEW, Status.OPEN)
"""The statuses in which a case stands in the queue: somebody has to act on it now."""


class Language(StrEnum):
    """Languages the desk answers in; anything else is `OTHER` and is answered in the fallback language."""

    INDONESIAN = "id"
    ENGLISH = "en"
    CHINESE = "zh"
    OTHER = "other"


class Role(StrEnum):
    """What an agent may do; each role may do all that the one before it may."""

    AGENT = "agent"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class AgentState(StrEnum):
    """Whether an agent takes cases: handed to them or asked for, only asked for, or none that is new."""

    AVAILABLE = "available"
    BUSY = "busy"
    BREAK = "break"
    AWAY = "away"


class WorkMode(StrEnum):
    """How the cases of a queue find their agent: who is free asks for the next one, or the desk hands them out."""

    PULL = "pull"
    PUSH = "push"


class ContactKind(StrEnum):
    """What a contact point is."""

    EMAIL = "email"
    PHONE = "phone"
    HANDLE = "handle"


class MessageKind(StrEnum):
    """Which way a message went; a note stays inside the desk."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    NOTE = "note"


class InboundState(StrEnum):
    """What became of a delivery: stored, taken in as a message, known already, or kept unparsed."""

    RECEIVED = "received"
    TAKEN = "taken"
    KNOWN = "known"
    UNPARSED = "unparsed"


class OutboxState(StrEnum):
    """How far an outbound message has come."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class LinkKind(StrEnum):
    """What one case has to do with another."""

    RELATED = "related"
    MERGED_INTO = "merged_into"
    SPLIT_FROM = "split_from"


class AnswerState(StrEnum):
    """The life of one version of a canned answer; agents see approved ones only."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RETIRED = "retired"


class CheckLevel(StrEnum):
    """What a check of a written answer does that finds something: keep it back, say so, or nothing."""

    BLOCK = "block"
    WARN = "warn"
    OFF = "off"


class ClockKind(StrEnum):
    """What a clock of a case runs for."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class ClockState(StrEnum):
    """How a clock stands: `met` once what it ran for has come, late or in time; `stopped` when that is owed no more."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    STOPPED = "stopped"


class PromiseState(StrEnum):
    """What became of a promise; `void` when it was not owed any more."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    VOID = "void"


class DraftKind(StrEnum):
    """What a draft will become."""

    REPLY = "reply"
    NOTE = "note"
    SIDE = "side"
    """Mail to somebody who is not the customer: a merchant, a bank, another team."""


class CallDirection(StrEnum):
    """Who rang whom, seen from the desk."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallOutcome(StrEnum):
    """How a call ended."""

    HELPED = "helped"
    NEEDS_WORK = "needs_work"
    CUT_OFF = "cut_off"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


SPOKEN = frozenset({CallOutcome.HELPED, CallOutcome.NEEDS_WORK})
"""Ends of a call after which the customer has been answered."""


class CallFollowUp(StrEnum):
    """What comes after a call."""

    NONE = "none"
    CALL_BACK = "call_back"
    WAITING_CUSTOMER = "waiting_customer"
    SOLVE = "solve"


class CallbackOutcome(StrEnum):
    """Why a call-back is over."""

    REACHED = "reached"
    GIVEN_UP = "given_up"
    NOT_NEEDED = "not_needed"


class GuideRunState(StrEnum):
    """How a guide stands on a case; `left` when the case was solved or closed beside it."""

    RUNNING = "running"
    SOLVED = "solved"
    ESCALATED = "escalated"
    INCIDENT = "incident"
    STOPPED = "stopped"
    LEFT = "left"


class IncidentKind(StrEnum):
    """What an incident is: something that broke, or work that was planned."""

    OUTAGE = "outage"
    MAINTENANCE = "maintenance"


class IncidentState(StrEnum):
    """How an incident stands; `desk.rules.incidents` says who may take it from one to another."""

    PLANNED = "planned"
    OPEN = "open"
    RECOVERING = "recovering"
    OVERDUE = "overdue"
    """Its expected recovery has passed, and nobody has given another time."""
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


class NoticeState(StrEnum):
    """How far the telling of one linked case has come."""

    PENDING = "pending"
    TOLD = "told"
    HEARD = "heard"
    """Its customer was told on another case."""
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """What happened; `event.kind` holds the value."""

    CASE_OPENED = "case.opened"
    CASE_CLAIMED = "case.claimed"
    CASE_RELEASED = "case.released"
    CASE_TRANSFERRED = "case.transferred"
    CASE_STATUS = "case.status"
    CASE_PRIORITY = "case.priority"
    CASE_SNOOZED = "case.snoozed"
    CASE_WOKEN = "case.woken"
    CASE_TAGGED = "case.tagged"
    CASE_UNTAGGED = "case.untagged"
    CASE_TOPIC = "case.topic"
    CASE_QUEUE = "case.queue"
    CASE_PUT_BACK = "case.put_back"
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_WRITTEN = "message.written"
    MESSAGE_TAKEN_BACK = "message.taken_back"
    MESSAGE_SENT = "message.sent"
    MESSAGE_DELAYED = "message.delayed"
    MESSAGE_FAILED = "message.failed"
    MESSAGE_UNKNOWN = "message.unknown"
    MESSAGE_RETRIED = "message.retried"
    MESSAGE_SETTLED = "message.settled"
    MESSAGE_SCHEDULED = "message.scheduled"
    MESSAGE_HELD = "message.held"
    MESSAGE_ACKNOWLEDGED = "message.acknowledged"
    MESSAGE_MOVED = "message.moved"
    MESSAGE_MASKED = "message.masked"
    MESSAGE_WARNED = "message.warned"
    MESSAGE_REVEALED = "message.revealed"
    SENDER_JOINED = "sender.joined"
    SENDER_SLOWED = "sender.slowed"
    PERSON_ADDED = "person.added"
    SIDE_OPENED = "side.opened"
    CASE_SPAM = "case.spam"
    CASE_MERGED = "case.merged"
    CASE_SPLIT = "case.split"
    CASE_LINKED = "case.linked"
    CASE_UNLINKED = "case.unlinked"
    ADDRESS_BOUNCES = "address.bounces"
    ADDRESS_BLOCKED = "address.blocked"
    ADDRESS_UNBLOCKED = "address.unblocked"
    NOTE_WRITTEN = "note.written"
    CASE_ROUTED = "case.routed"
    AGENT_ADDED = "agent.added"
    AGENT_CHANGED = "agent.changed"
    AGENT_RENAMED = "agent.renamed"
    AGENT_STATE = "agent.state"
    QUEUE_CHANGED = "queue.changed"
    ROUTING_CHANGED = "routing.changed"
    ANSWER_WRITTEN = "answer.written"
    ANSWER_SUBMITTED = "answer.submitted"
    ANSWER_APPROVED = "answer.approved"
    ANSWER_SENT_BACK = "answer.sent_back"
    ANSWER_RETIRED = "answer.retired"
    CHECK_CHANGED = "check.changed"
    CHECK_OVERRIDDEN = "check.overridden"
    HOURS_CHANGED = "hours.changed"
    HOURS_CLOSED = "hours.closed"
    HOURS_REOPENED = "hours.reopened"
    CALL_TAKEN = "call.taken"
    CALL_GIVEN = "call.given"
    NUMBER_KEPT = "number.kept"
    CALLBACK_BOOKED = "callback.booked"
    CALLBACK_MOVED = "callback.moved"
    CALLBACK_TRIED = "callback.tried"
    CALLBACK_OVER = "callback.over"
    SLA_CHANGED = "sla.changed"
    CLOCK_MET = "clock.met"
    CLOCK_REOPENED = "clock.reopened"
    CLOCK_WARNED = "clock.warned"
    CLOCK_BREACHED = "clock.breached"
    PROMISE_MADE = "promise.made"
    PROMISE_KEPT = "promise.kept"
    PROMISE_BROKEN = "promise.broken"
    GUIDES_CHANGED = "guides.changed"
    CODES_CHANGED = "codes.changed"
    GUIDE_BEGUN = "guide.begun"
    GUIDE_OUTCOME = "guide.outcome"
    GUIDE_BACK = "guide.back"
    GUIDE_COLLECTED = "guide.collected"
    GUIDE_SENT = "guide.sent"
    GUIDE_ENDED = "guide.ended"
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_CHANGED = "incident.changed"
    INCIDENT_STATE = "incident.state"
    INCIDENT_UPDATED = "incident.updated"
    INCIDENT_TELLING = "incident.telling"
    INCIDENT_TELLING_STOPPED = "incident.telling_stopped"
    INCIDENT_PROPOSED = "incident.proposed"
    INCIDENT_PROPOSAL_SETTLED = "incident.proposal_settled"
    INCIDENT_LINKED = "incident.linked"
    INCIDENT_UNLINKED = "incident.unlinked"
    INCIDENT_TOLD = "incident.told"
    REFUND_OPENED = "refund.opened"
    REFUND_STEP = "refund.step"
    REFUND_APPROVAL = "refund.approval"
    REFUND_CHECKED = "refund.checked"
    REFUND_POLICY = "refund.policy"
    REFUND_DIFFERENCE = "refund.difference"
    SAFETY_BEGUN = "safety.begun"
    SAFETY_ACT = "safety.act"
    SAFETY_FACTS = "safety.facts"
    SAFETY_STEP = "safety.step"
    SAFETY_SIGN = "safety.sign"
