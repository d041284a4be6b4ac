"""Reports about messages of ours: that one came back, or that somebody called it unwanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from db.kinds import ContactKind, EventKind, OutboxState, Status
from db.models import Message, OutboxItem
from db.uow import UnitOfWork
from desk.rules.bouncing import is_undeliverable
from desk.rules.incoming import Incoming, Report, ReportKind
from desk.rules.text import clean_line
from desk.services.customers import Customers, folded_contact
from desk.services.joining import Entry, Threads, fitting
from desk.services.reopening import reopen

BOUNCES_FAIL = {OutboxState.SENT, OutboxState.UNKNOWN}
LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class _Recipient:
    """Where a message of ours went: to its first recipient, or in copy."""

    address: str
    is_first: bool


class Reports:
    """Finds the message that a report is about, and notes what it says of the message and of the address."""

    def __init__(self, unit: UnitOfWork, country: str, threads: Threads, customers: Customers) -> None:
        self._unit = unit
        self._country = country
        self._threads = threads
        self._customers = customers

    def land(self, incoming: Incoming) -> Entry | None:
        """Our message that the report is about, which has failed if it came back; None for every other message.

        A stranger who saw a Message-ID can make a report up: one that names other addresses than the message went to
        says nothing. One that does not name the message at all has to name its case with our signature, and where it
        went.
        """
        report = incoming.report
        if report is None:
            return None
        for about in self._threads.reported(incoming):
            reached = self._reached(about, report)
            if reached:
                break
        else:
            return None
        words = clean_line(report.words or incoming.subject, LONGEST_WORDS)
        if report.kind is ReportKind.BOUNCE:
            self._came_back(about, words, fails=reached[0].is_first)
        if report.kind is ReportKind.COMPLAINT or is_undeliverable(report.status):
            self._mark(about, [each.address for each in reached], report, words)
        return about

    def _came_back(self, about: Entry, words: str, *, fails: bool) -> None:
        item = self._unit.session.scalar(select(OutboxItem).where(OutboxItem.message_id == about.id).with_for_update())
        if fails and item is not None and item.state in BOUNCES_FAIL:
            item.state = OutboxState.FAILED
            item.error = words
            self._unit.record(EventKind.MESSAGE_FAILED, case_id=about.place.id, message=about.id, error=words)
        case = about.place.case
        if case is not None and case.status is not Status.CLOSED and not about.is_automatic:
            reopen(self._unit, case, "our answer came back")

    def _mark(self, about: Entry, addresses: Iterable[str], report: Report, words: str) -> None:
        why = words if report.kind is ReportKind.BOUNCE else f"called our mail unwanted ({words})"
        for address in addresses:
            contact = self._customers.at(address)
            if contact is not None and contact.undeliverable_at is not None:
                continue
            if contact is not None:
                contact.undeliverable_at, contact.undeliverable_why = self._unit.now, why
                contact.is_changed = True
            self._unit.record(
                EventKind.ADDRESS_BOUNCES,
                case_id=about.place.id,
                message=about.id,
                address=address,
                status=report.status,
                why=why,
            )

    def _reached(self, entry: Entry, report: Report) -> list[_Recipient]:
        """The message's recipients that a report speaks of, the first of them first; none when it is not about it."""
        details = self._unit.session.get_one(Message, entry.id).details
        sent = [_Recipient(str(details.get("to", "")), is_first=True)]
        sent += [_Recipient(address, is_first=False) for address in _copies(details)]
        said = {self._folded(address) for address in report.to} - {None}
        if said:
            return [each for each in sent if self._folded(each.address) in said]
        # Who names the message itself need not say where it went.
        return sent[:1] if entry.name == fitting(report.about or "") else []

    def _folded(self, address: str) -> str | None:
        return folded_contact(ContactKind.EMAIL, address, self._country)


def _copies(details: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of those in copy, with or without their names beside them."""
    for each in (*details.get("cc", ()), *details.get("bcc", ())):
        yield str(each if isinstance(each, str) else each[-1])
