"""What the desk proposes for a new case: shown with its reasons, kept by one key, corrected by another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from db.rows import CaseDetail
from desk.tui import safety
from desk.tui.case.wrapping import rows as wrapped


def asked(detail: CaseDetail) -> str:
    """`refund? E keeps it, e another`; empty when nothing is proposed that a person has not settled."""
    proposal = detail.proposal
    if proposal is None:
        return ""
    parts = []
    if proposal.topic_key is not None and proposal.topic_settled_at is None:
        parts.append(safety.line(proposal.topic_key))
    is_new = proposal.priority is not None and proposal.priority != detail.case.priority
    if is_new and proposal.priority_settled_at is None:
        parts.append(f"prio {proposal.priority}")
    return f"  {' '.join(parts)}? E yes e other" if parts else ""


def topic_rows(detail: CaseDetail, width: int) -> Iterator[tuple[str, str]]:
    """Rows of the card: what the case is about, or why which topic and priority are proposed."""
    if detail.case.topic_key:
        yield "quiet", f"about {safety.line(detail.case.topic_key)}"
    if asked(detail) and detail.proposal is not None:
        yield "plain", ""
        yield "strong", "proposed (E keeps it, e another)"
        for reason in detail.proposal.reasons:
            for row in islice(wrapped(safety.line(reason), width), 3):
                yield "quiet", row
