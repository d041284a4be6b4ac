"""Mail as intake takes it: what was read of a message, in the desk's own form."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from db.kinds import Channel, ContactKind, Language
from desk.channels.mail.parsed import Mailing, ParsedMail
from desk.channels.mail.reading import read_mail
from desk.rules.addressing import named_cases
from desk.rules.incoming import Incoming, IncomingFile, Report, ReportKind

MOST_QUOTED = 50
MOST_RECIPIENTS = 50
CALENDAR_ANSWERS = frozenset({"reply", "counter", "refresh"})
"""What a calendar sends by itself when somebody accepts or declines (RFC 5546): nothing that waits for an answer."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def read_incoming(raw: bytes) -> Incoming:
    """Read a mail; never raises: what cannot be read comes back with `error` set."""
    mail = read_mail(raw)
    to = [address for _, address in (*mail.to, *mail.cc)]
    report = _report(mail)
    quoted = [mail.in_reply_to, *reversed(mail.references), report.about if report else None]
    is_automatic = mail.is_auto or mail.is_bounce or report is not None or mail.mailing.calendar in CALENDAR_ANSWERS
    return Incoming(
        channel=Channel.EMAIL,
        external_id=mail.message_id or None,
        digest=_digest(mail),
        sender_kind=ContactKind.EMAIL,
        sender_address=mail.from_email or "",
        sender_name=mail.from_name or "",
        subject=mail.subject,
        text=mail.text,
        new_text=mail.reply_text or mail.text,
        sent_at=mail.date if mail.date is not None and mail.date > EARLIEST else None,
        language=_language(mail.language),
        quoted_ids=tuple(dict.fromkeys(name for name in quoted if name))[:MOST_QUOTED],
        named_cases=named_cases(mail.subject, to),
        copied=mail.cc[:MOST_RECIPIENTS],
        report=report,
        authentication=mail.authentication,
        may_be_answered=not (is_automatic or mail.mailing.no_answer or mail.error),
        is_automatic=is_automatic,
        files=tuple(IncomingFile(each.filename, each.content_type, each.content) for each in mail.attachments),
        details=_details(mail),
        error=mail.error,
    )


def _report(mail: ParsedMail) -> Report | None:
    told = mail.bounce or mail.complaint
    if told is None:
        return None
    report = Report(
        kind=ReportKind.BOUNCE if mail.bounce else ReportKind.COMPLAINT,
        about=told.original_message_id,
        named_cases=named_cases(told.original_words, told.original_words.splitlines())[:MOST_QUOTED],
        to=told.recipients,
    )
    if mail.bounce is None:
        return replace(report, words=mail.complaint.kind if mail.complaint else "")
    words = mail.bounce.diagnostic or mail.bounce.status or mail.subject
    return replace(report, status=mail.bounce.status, words=words)


def _list(mailing: Mailing) -> dict[str, object]:
    told = {"id": mailing.list_id, "precedence": mailing.precedence, "unsubscribe": mailing.unsubscribe}
    return {name: value for name, value in told.items() if value}


def _digest(mail: ParsedMail) -> str:
    """The same for the same mail however it travelled; two that differ in a file only are two."""
    if not mail.attachments:
        return mail.stable_digest
    digest = hashlib.sha256(mail.stable_digest.encode("ascii"))
    for each in mail.attachments:
        digest.update(hashlib.sha256(each.content).digest())
    return digest.hexdigest()


def _language(code: str) -> Language:
    return Language(code) if code in {"id", "en", "zh"} else Language.OTHER


def _details(mail: ParsedMail) -> dict[str, object]:
    details: dict[str, object] = {
        "to": [list(each) for each in mail.to[:MOST_RECIPIENTS]],
        "cc": [list(each) for each in mail.cc[:MOST_RECIPIENTS]],
        "reply_to": [list(each) for each in mail.reply_to[:5]],
        "references": list(mail.references[-MOST_QUOTED:]),
        "notes": list(mail.notes),
        "language_certainty": round(mail.language_certainty, 3),
    }
    if mail.bounce is not None:
        details["bounce"] = mail.bounce.diagnostic or mail.bounce.status or mail.subject
    if mail.complaint is not None:
        details["complaint"] = mail.complaint.kind
    details["list"] = _list(mail.mailing)
    details["calendar"] = mail.mailing.calendar
    return {name: value for name, value in details.items() if value}
