"""A case as text for terminals and logs: all that its page shows, every line fit to be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from db.kinds import LinkKind
from desk.commands.output import block, line, local
from desk.rules.lookalikes import mark, marks_in

if TYPE_CHECKING:
    from db.rows import CaseDetail, ContactRow, DeliveryRow, MessageRow, SideRow

LINKED = {
    (LinkKind.RELATED, True): "belongs with",
    (LinkKind.RELATED, False): "belongs with",
    (LinkKind.MERGED_INTO, True): "merged into",
    (LinkKind.MERGED_INTO, False): "has taken in",
    (LinkKind.SPLIT_FROM, True): "split off from",
    (LinkKind.SPLIT_FROM, False): "was split: see",
}
CHECKS = ("dmarc", "spf", "dkim")
MOST_ADDRESSES = 20


def case_lines(detail: CaseDetail, messages: list[MessageRow]) -> Iterator[str]:
    """The case, what stands around it, and `messages`, oldest first."""
    case, customer = detail.case, detail.customer
    yield line(f"{case.reference}  {case.subject}")
    yield line(
        f"{case.status.value} · {case.channel.value} · priority {case.priority} · {case.topic_key or 'no topic'}"
        f" · {case.language.value} · {case.assignee_name or 'nobody has it'}"
    )
    yield f"opened {local(case.created_at)}" + (f" · due {local(case.due_at)}" if case.due_at else "")
    yield line(f"{customer.name}  " + "  ".join(each.value for each in customer.contacts))
    yield from _marked(customer.name, *(each.value for each in customer.contacts))
    for contact in customer.contacts:
        yield from _contact_lines(contact)
    if detail.tags:
        yield line("tags: " + ", ".join(detail.tags))
    if detail.follows_id:
        yield f"continues #{detail.follows_id}"
    if detail.review_id:
        yield f"to be reviewed: the writer quoted #{detail.review_id} without having part in it"
    yield from _around(detail)
    if detail.other_cases:
        yield "other cases: " + " ".join(row.reference for row in detail.other_cases)
    sides = {side.id: side for side in detail.sides}
    for message in messages:
        yield ""
        yield from _message_lines(message, sides.get(message.side_id or 0))


def _contact_lines(contact: ContactRow) -> Iterator[str]:
    if contact.blocked_at:
        yield line(f"{contact.value} is blocked since {local(contact.blocked_at)}")
    if contact.undeliverable_at:
        why = f": {contact.undeliverable_why}" if contact.undeliverable_why else ""
        yield line(f"mail to {contact.value} comes back since {local(contact.undeliverable_at)}{why}")


def _around(detail: CaseDetail) -> Iterator[str]:
    """Spam, where it came in, links, who is in copy, and third parties."""
    if detail.spam_at:
        yield f"SPAM since {local(detail.spam_at)}"
    if detail.mailbox or detail.queue:
        yield line(f"mailbox: {detail.mailbox or 'none'} · queue: {detail.queue or 'the common one'}")
    for link in detail.links:
        yield line(f"{LINKED[link.kind, link.is_from_here]} {link.other.reference}  {link.other.subject}")
    for person in detail.participants:
        by = f"put in copy by {person.agent_name or 'the customer'}"
        wrote = f" · first wrote {local(person.joined_at)}" if person.joined_at else ""
        yield line(f"in copy: {_person(person.name, person.address)} · {by} {local(person.added_at)}{wrote}")
        yield from _marked(person.name, person.address)
    for side in detail.sides:
        yield line(f"side conversation {side.id}: {_person(side.name, side.address)} · {side.subject}")
        yield from _marked(side.name, side.address)


def _message_lines(message: MessageRow, side: SideRow | None) -> Iterator[str]:
    who = message.agent_name or _person(message.sender_name, message.sender_address)
    automatic = " · automatic" if message.is_automatic else ""
    apart = f" · side conversation {message.side_id}, not the customer" if message.side_id else ""
    yield line(f"── {local(message.at)} · {message.kind.value} · {who}{automatic}{apart} · message {message.id}")
    for name in ("to", "cc", "bcc"):
        if said := _addresses(message.details.get(name)):
            yield line(f"   {name}: {said}")
    if side is not None and "to" not in message.details:
        yield line(f"   with {_person(side.name, side.address)}")
    for text in (*_checks(message.details), *_marked(message.sender_name, message.sender_address)):
        yield f"   {text}"
    for text in marks_in(message.text):
        yield f"   {text}"
    if message.error:
        yield line(f"   [could not be read in full: {message.error}]")
    for text in block(message.text).splitlines():
        yield f"   {text}"
    for each in message.attachments:
        yield line(f"   [file: {each.filename or 'without a name'} · {each.content_type} · {each.size} bytes]")
    if message.delivery:
        yield line(f"   [{_delivery(message.delivery)}]")


def _delivery(delivery: DeliveryRow) -> str:
    said = delivery.state.value
    if delivery.sent_at:
        said += f" {local(delivery.sent_at)}"
    if delivery.scheduled_for:
        said += f" · meant for {local(delivery.scheduled_for)}"
    if delivery.attempts:
        said += f" · tried {delivery.attempts} {'time' if delivery.attempts == 1 else 'times'}"
    if delivery.held_why:
        said += f" · held: {delivery.held_why}"
    return said + (f": {delivery.error}" if delivery.error else "")


def _checks(details: Mapping[str, Any]) -> Iterator[str]:
    """What our own mail server found of the sender, and who is new here."""
    auth = details.get("auth")
    if isinstance(auth, Mapping) and (said := ", ".join(f"{name} {auth[name]}" for name in CHECKS if name in auth)):
        yield line(f"[checked by our mail server: {said}]")
    if details.get("unverified"):
        yield "[UNVERIFIED SENDER: anybody may have written this]"
    if details.get("joined"):
        yield "[NEW SENDER: had no part in this conversation before]"


def _addresses(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list | tuple):
        return ""
    people = [_person(*map(str, each)) if isinstance(each, list | tuple) else str(each) for each in value]
    more = f", and {len(people) - MOST_ADDRESSES} more" if len(people) > MOST_ADDRESSES else ""
    return ", ".join(people[:MOST_ADDRESSES]) + more


def _person(name: str, address: str = "") -> str:
    return " ".join(filter(None, (name, f"<{address}>" if address else "")))


def _marked(*names: str) -> list[str]:
    """Names and addresses whose letters are not what they seem, each with what they are."""
    return [f"{line(name)} {warning}" for name in dict.fromkeys(names) if (warning := mark(name))]
