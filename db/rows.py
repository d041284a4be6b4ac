"""What reads hand out: frozen rows that outlive their session; every time is aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from db.kinds import (
    Channel,
    ContactKind,
    DraftKind,
    Language,
    LinkKind,
    MessageKind,
    OutboxState,
    PromiseState,
    Role,
    Status,
)

if TYPE_CHECKING:
    from db.rows_incidents import CaseIncidentRow
    from db.rows_refunds import RefundRow
    from db.rows_routing import ProposalRow
    from db.rows_safety import FactsRow, SafetyRunRow, SignRow


class AgentRow(Struct, frozen=True):
    """Somebody who acts at the desk."""

    id: int
    login: str
    name: str
    role: Role
    languages: tuple[str, ...] = ()


class CaseRow(Struct, frozen=True):
    """A case as lists show it."""

    id: int
    channel: Channel
    status: Status
    priority: int
    customer_id: int
    customer_name: str
    subject: str
    topic_key: str | None
    language: Language
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    snoozed_until: datetime | None
    assignee_id: int | None
    assignee_name: str | None
    version: int
    queue: str | None = None

    @property
    def reference(self) -> str:
        """How people name the case: `#1042`."""
        return f"#{self.id}"


class QueueKey(Struct, frozen=True, order=True):
    """Where a case stands in the queue's order: earliest due, then priority, then age."""

    due_at: datetime
    priority: int
    id: int


class QueuePage(Struct, frozen=True):
    """Some rows of a lane in queue order; `has_more` tells whether there are others beyond its far end."""

    rows: tuple[CaseRow, ...]
    has_more: bool


class LaneCounts(Struct, frozen=True):
    """How many cases need somebody, a channel, and how many of them are mine."""

    by_channel: Mapping[Channel, int]
    mine: int

    @property
    def total(self) -> int:
        """All channels together."""
        return sum(self.by_channel.values())


class ContactRow(Struct, frozen=True):
    """A way to reach a customer, as they wrote it, and since when it comes back or is blocked."""

    kind: ContactKind
    value: str
    provider: str = ""
    undeliverable_at: datetime | None = None
    undeliverable_why: str | None = None
    blocked_at: datetime | None = None


class CustomerRow(Struct, frozen=True):
    """A customer with how to reach them."""

    id: int
    name: str
    language: Language | None
    created_at: datetime
    contacts: tuple[ContactRow, ...]
    tier: str = ""
    """What was agreed with them, in a word; empty for nothing in particular."""


class AttachmentRow(Struct, frozen=True):
    """A file of a message; `size` in bytes; the name is the sender's word for it, never a path."""

    id: int
    filename: str
    content_type: str
    size: int


class DeliveryRow(Struct, frozen=True):
    """How far an outbound message has come; `error` holds the other side's own words."""

    state: OutboxState
    not_before: datetime
    attempts: int
    error: str | None
    sent_at: datetime | None
    scheduled_for: datetime | None = None
    """The later moment for which its writer meant it."""
    held_why: str | None = None
    """Why it waits for a person's word although its time may have come."""


class MessageRow(Struct, frozen=True):
    """One thing that was said on a case; `new_text` is the new part of `text`."""

    id: int
    kind: MessageKind
    channel: Channel
    at: datetime
    agent_name: str | None
    sender_name: str
    sender_address: str
    subject: str
    text: str
    new_text: str
    is_automatic: bool
    error: str | None
    has_raw: bool
    details: Mapping[str, Any] = field(default_factory=dict)
    side_id: int | None = None
    """The side conversation that it belongs to; none for what the customer sees."""
    attachments: tuple[AttachmentRow, ...] = ()
    delivery: DeliveryRow | None = None


class DraftRow(Struct, frozen=True):
    """Words not yet sent; `answers` are the canned answers in them, as `key@version`."""

    kind: DraftKind
    text: str
    answers: tuple[str, ...]
    saved_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    """Where it is to go: `cc` and `bcc`; for a third party `to`, `name`, `subject` and, in a known one, `side_id`."""


class LinkRow(Struct, frozen=True):
    """What another case has to do with this one; `is_from_here` when this one was merged, split off or linked."""

    kind: LinkKind
    other: CaseRow
    is_from_here: bool


class ParticipantRow(Struct, frozen=True):
    """Somebody beside the customer who may write on a case; `agent_name` put them in copy, or the customer did."""

    address: str
    name: str
    agent_name: str | None
    added_at: datetime
    joined_at: datetime | None


class SideRow(Struct, frozen=True):
    """Mail about a case with somebody who is not its customer, in its own thread."""

    id: int
    address: str
    name: str
    subject: str
    agent_name: str | None
    created_at: datetime


class PromiseRow(Struct, frozen=True):
    """What a customer was told about when a human answers, in their language, and what became of it."""

    made_at: datetime
    until: datetime
    told: str
    state: PromiseState
    settled_at: datetime | None


class CaseDetail(Struct, frozen=True):
    """All that a case's page shows; messages oldest first; `earlier` counts messages before the first shown."""

    case: CaseRow
    customer: CustomerRow
    messages: tuple[MessageRow, ...]
    earlier: int
    tags: tuple[str, ...]
    other_cases: tuple[CaseRow, ...]
    follows_id: int | None
    review_id: int | None
    drafts: tuple[DraftRow, ...]
    links: tuple[LinkRow, ...] = ()
    participants: tuple[ParticipantRow, ...] = ()
    sides: tuple[SideRow, ...] = ()
    mailbox: str | None = None
    queue: str | None = None
    spam_at: datetime | None = None
    skill: str | None = None
    call_from: datetime | None = None
    proposal: ProposalRow | None = None
    promise: PromiseRow | None = None
    """The last one that was made."""
    guide_run: tuple[int, int] | None = None
    """The guide that is being walked: its run's id and version."""
    incidents: tuple[CaseIncidentRow, ...] = ()
    """The incidents that it belongs to or seems to, the newest first."""
    refunds: tuple[RefundRow, ...] = ()
    signs: tuple[SignRow, ...] = ()
    """Signs of a takeover or an impostor."""
    facts: FactsRow | None = None
    """What the wallet said of the account, and when."""
    facts_gap: str = ""
    """What is not known of it, or how old it is, in words."""
    safety_run: SafetyRunRow | None = None
    """The newest playbook for a stolen account."""

    @property
    def last_message_id(self) -> int:
        """What the reader has seen up to; 0 when there is nothing."""
        return self.messages[-1].id if self.messages else 0


class EventRow(Struct, frozen=True):
    """One recorded change; `agent_name` is None when the desk itself did it."""

    id: int
    at: datetime
    kind: str
    agent_name: str | None
    case_id: int | None
    data: Mapping[str, Any]


class AnswerTextRow(Struct, frozen=True):
    """A canned answer's words in one language."""

    title: str
    text: str


class AnswerRow(Struct, frozen=True):
    """An approved canned answer; `channels` empty means all; `variables` as in `AnswerVersion.variables`."""

    key: str
    version: int
    topic_key: str | None
    channels: tuple[str, ...]
    variables: Mapping[str, Any]
    texts: Mapping[Language, AnswerTextRow]
    actions: Mapping[str, Any] = field(default_factory=dict)
    """What is done on the case when it is sent: `status`, `topic`, `tags`, `snooze`, `guide`, `refund`."""
    files: tuple[str, ...] = ()
    """The names of the files that go along."""
    snippet_id: int | None = None
    """For a text that an agent keeps for themselves: its id; such a text has no version."""


class TopicRow(Struct, frozen=True):
    """What a case can be about."""

    key: str
    titles: Mapping[str, str]


class LateClock(Struct, frozen=True):
    """A clock that broke, of a case whose policy wants people told; `clock` is a `ClockKind`'s value."""

    case_id: int
    clock: str
    assignee_id: int | None


class GivenCase(Struct, frozen=True):
    """A case that became somebody's without their doing: the name of who gave it to them, or empty for the desk."""

    case_id: int
    by: str


class Changes(Struct, frozen=True):
    """What happened since a cursor: the cases touched, the clocks that broke, and the cursor to ask with next."""

    cursor: int
    case_ids: frozenset[int]
    late: tuple[LateClock, ...] = ()
    given: tuple[GivenCase, ...] = ()
    """What was handed out or transferred to who asks."""
    incidents: bool = False
    """Whether anything was changed about incidents."""


class OutgoingFile(Struct, frozen=True):
    """A file that goes with a message; the name is whatever somebody called it."""

    filename: str
    content_type: str
    content: bytes


class OutgoingRow(Struct, frozen=True):
    """A message to be sent now, leased by one worker; `external_id` is its Message-ID on mail."""

    outbox_id: int
    message_id: int
    case_id: int
    channel: Channel
    attempts: int
    external_id: str | None
    at: datetime
    agent_name: str
    subject: str
    text: str
    details: Mapping[str, Any]
    files: tuple[OutgoingFile, ...] = ()


class ScheduledRow(Struct, frozen=True):
    """What waits for a moment: `held_why` says why it will not go then by itself, `to` names a third party."""

    message_id: int
    case: CaseRow
    scheduled_for: datetime
    held_why: str | None
    agent_name: str | None
    text: str
    to: str = ""
