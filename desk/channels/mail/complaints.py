"""Feedback reports: a mail service tells that somebody called a message of ours unwanted (RFC 5965)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk.channels.mail.bounces import original_id, original_words
from desk.channels.mail.charsets import decode, storable
from desk.channels.mail.fields import one_line
from desk.channels.mail.parsed import Complaint

if TYPE_CHECKING:
    from desk.channels.mail.body import Body
    from desk.channels.mail.parts import Part

COMPLAINTS = ("abuse", "fraud", "opt-out", "virus", "other")
"""Types that say that a person did not want the mail; `not-spam` and `auth-failure` say something else."""

REPORT = "message/feedback-report"
_FIELD = re.compile(r"^(Feedback-Type|Original-Rcpt-To)[ \t]*:[ \t]*([^\n]{0,500})", re.IGNORECASE | re.MULTILINE)
_MOST = 20_000


def read_complaint(root: Part, body: Body, own_id: str | None) -> Complaint | None:
    """What a feedback report complains about; None for everything else."""
    if root.parameters.get("report-type", "").lower() != "feedback-report":
        return None
    told = [decode(each.content[:_MOST]) for each in body.attachments if each.content_type == REPORT]
    report = storable("\n".join(told)).replace("\r\n", "\n")
    kind, recipients = "", []
    for found in _FIELD.finditer(report):
        value = one_line(found[2])
        if found[1].lower() == "feedback-type":
            kind = kind or value.lower()
        else:
            address = (value.partition(";")[2].strip() or value).strip("<>")
            recipients.append(address[:320])
    if kind not in COMPLAINTS:
        return None
    return Complaint(kind, tuple(dict.fromkeys(recipients))[:20], original_id(body, own_id), original_words(body))
