"""Cases as JSON documents, the same from every command; docs/command-line.md promises their shape to scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from desk.commands.output import iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from db.rows import CaseDetail, CaseRow, CustomerRow, LinkRow, MessageRow, ParticipantRow, SideRow


def case(row: CaseRow) -> dict[str, Any]:
    """A case as lists show it."""
    return {
        "reference": row.reference,
        "id": row.id,
        "channel": row.channel.value,
        "status": row.status.value,
        "priority": row.priority,
        "customer": {"id": row.customer_id, "name": row.customer_name},
        "subject": row.subject,
        "topic": row.topic_key,
        "language": row.language.value,
        "assignee": None if row.assignee_id is None else {"id": row.assignee_id, "name": row.assignee_name},
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "due_at": iso(row.due_at),
        "snoozed_until": iso(row.snoozed_until),
        "version": row.version,
    }


def case_in_full(detail: CaseDetail, messages: Iterable[MessageRow]) -> dict[str, Any]:
    """A case with its customer and all of its messages, oldest first."""
    return case(detail.case) | {
        "customer": customer(detail.customer),
        "tags": list(detail.tags),
        "follows": detail.follows_id,
        "review": detail.review_id,
        "other_cases": [case(row) for row in detail.other_cases],
        "mailbox": detail.mailbox,
        "queue": detail.queue,
        "spam_at": iso(detail.spam_at),
        "links": [link(row) for row in detail.links],
        "participants": [participant(row) for row in detail.participants],
        "sides": [side(row) for row in detail.sides],
        "messages": [message(row) for row in messages],
    }


def link(row: LinkRow) -> dict[str, Any]:
    """What another case has to do with this one."""
    return {"kind": row.kind.value, "case": case(row.other), "is_from_here": row.is_from_here}


def participant(row: ParticipantRow) -> dict[str, Any]:
    """Somebody in copy."""
    return {
        "address": row.address,
        "name": row.name,
        "agent": row.agent_name,
        "added_at": iso(row.added_at),
        "joined_at": iso(row.joined_at),
    }


def side(row: SideRow) -> dict[str, Any]:
    """A side conversation; its messages name it."""
    return {
        "id": row.id,
        "address": row.address,
        "name": row.name,
        "subject": row.subject,
        "agent": row.agent_name,
        "created_at": iso(row.created_at),
    }


def customer(row: CustomerRow) -> dict[str, Any]:
    """A customer with every way to reach them."""
    return {
        "id": row.id,
        "name": row.name,
        "language": row.language.value if row.language else None,
        "created_at": iso(row.created_at),
        "contacts": [
            {"kind": each.kind.value, "value": each.value, "provider": each.provider} for each in row.contacts
        ],
    }


def message(row: MessageRow) -> dict[str, Any]:
    """A message; `text` is all of it, `new_text` what this person newly wrote."""
    delivery = row.delivery
    return {
        "id": row.id,
        "kind": row.kind.value,
        "channel": row.channel.value,
        "at": iso(row.at),
        "agent": row.agent_name,
        "from": {"name": row.sender_name, "address": row.sender_address},
        "subject": row.subject,
        "text": row.text,
        "new_text": row.new_text,
        "is_automatic": row.is_automatic,
        "error": row.error,
        "has_raw": row.has_raw,
        "side": row.side_id,
        "attachments": [
            {"id": each.id, "filename": each.filename, "content_type": each.content_type, "size": each.size}
            for each in row.attachments
        ],
        "delivery": None
        if delivery is None
        else {
            "state": delivery.state.value,
            "not_before": iso(delivery.not_before),
            "attempts": delivery.attempts,
            "error": delivery.error,
            "sent_at": iso(delivery.sent_at),
            "scheduled_for": iso(delivery.scheduled_for),
            "held_why": delivery.held_why,
        },
    }
