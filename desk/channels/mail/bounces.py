"""Reports that a message was not delivered: the standard ones (RFC 3464), and those of free form."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk.channels.mail.charsets import decode, storable
from desk.channels.mail.fields import one_line
from desk.channels.mail.parsed import Bounce

if TYPE_CHECKING:
    from desk.channels.mail.body import Body
    from desk.channels.mail.fields import Fields
    from desk.channels.mail.parts import Part

_FIELD = re.compile(
    r"^(Final-Recipient|Original-Recipient|Action|Status"
    r"|Diagnostic-Code)[ \t]*:[ \t]*([^\n]*(?:\n[ \t]+[^\n]+){0,6})",
    re.IGNORECASE | re.MULTILINE,
)
_SENDER = re.compile(
    r"^(?:mailer-?daemon|mail-?daemon|postmaster|mdaemon|double-bounce|bounces?|mailadm|mail-?delivery"
    r"|majordomo-owner"
    r"|nondelivery|mmdf|smtp-?gateway|exchange-?administrator|system-?administrator|microsoftexchange\w{0,60})\b",
    re.IGNORECASE,
)
_SENDER_NAME = re.compile(
    r"mail(?:er)?[\s-]?(?:delivery)?[\s-]?(?:daemon|sub-?system|system)|mail\sdelivery|postmaster"
    r"|system\s?administrat"
    r"|mail\s?administrator",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"""undeliver(?:able|ed|y)|non-?\s?deliver(?:y|able)|not\s(?:be\s)?deliver(?:ed|able)
    |delivery\s(?:has\s)?(?:status\snotif\w{0,10}\s\(fail|fail|error|problem)
    |delivery\sreport|delivery\snotification|deliver\smail\sfail|failure\snotice|failed\s(?:mail|delivery|message)
    |return(?:ed|ing)\s(?:mail|message|to\ssender|e-?mail)
    |mail(?:\ssystem|er)?\s(?:error|failure|delivery|could\snot)|mail\snon-?delivery|message\s(?:could\snot|not)
    |unable\sto\sdeliver
    |could\snot\ssend|address\snot\sfound|user\sunknown|nondeliverable|ndn:|bounced|zustell(?:ung|bar)\w{0,20}
    |unzustellbar|nicht\szugestellt
    |non\sremis|[ée]chec\sde|no\sse\spudo\sentregar|no\sentregado|n[ãa]o\sentregue|non\srecapit|mancato\srecapito
    |onbestelbaar
    |niedostarcz|nedoru[cč]|недостав|не\s(?:может\sбыть\s)?доставлен|tidak\sterkirim|gagal\s(?:kirim|terkirim
    |dikirim)|退信|退件|未送达|无法投递
    |系统退信|配信不能|配信できません|送信できません|エラーメール|転送エラー|送信エラー|전송\s?실패|반송|delivery\sstatus\snotification|no\sse\sha\spodido\sentregar
    |problems?\s(?:delivering|with\sdelivery)|rejected\s(?:mail|message)|cannot\sdeliver|kein(?:e)?\szustellung
    |error\ssending|warning:\s?message\sundeliv""",
    re.IGNORECASE | re.VERBOSE,
)
_TEXT = re.compile(
    r"""could\snot\sbe\s(?:successfully\s)?(?:delivered|sent)|(?:wasn't|was\snot
    |not\sbeen)\s(?:able\sto\sbe\s)?(?:successfully\s)?delivered|undeliver(?:able|ed)
    |delivery\s(?:to\sthe\sfollowing|of\s|has\s|attempts?\s|)[^\n]{0,60}(?:failed|fail)|unable\sto\sdeliver
    |permanent\s(?:fatal\s)?(?:error|failure)
    |returned\sto\s(?:the\s)?sender|user\s(?:is\s)?unknown|unknown\suser|no\ssuch\s(?:user|recipient|mailbox
    |address|person)|mailbox\s(?:is\s)?(?:full|unavailable|not\sfound)
    |does\s?n[o']t\sexist|doesn't\shave|recipient\s(?:address\s)?(?:rejected|unknown|not\sfound)|over\squota
    |quota\sexceeded|failed\s(?:recipient|address|permanently)
    |did\snot\sreach|address(?:es)?\shad\s(?:permanent|delivery)|transcript\sof\ssession|relay(?:ing)?\sdenied
    |invalid\s(?:recipient|address|user)
    |rejected\syour\smessage|message\s(?:was|has\sbeen)\s(?:rejected|blocked|refused)|cannot\sdeliver
    |not\slisted\sin|host\s(?:unknown|not\sfound)
    |[45]\.\d\.\d{1,3}\b|\b55\d[\s-]|too\s(?:large|big)|hop\s?count|nicht\szugestellt|无法(?:投递|送达|发送)|退信|配信""",
    re.IGNORECASE | re.VERBOSE,
)
_DELAY = re.compile(
    r"delay(?:ed)?\b|warning|still\s(?:being\s)?(?:retr|try)|not\syet"
    r"|will\s(?:be\sretried|continue\sto\stry|keep\strying)|延迟|temporar",
    re.IGNORECASE,
)
_FINAL = re.compile(r"fail|undeliver|return|reject|bounce|退信", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+=/'&#$!~-]{1,64}@[A-Za-z0-9.-]{1,190}[A-Za-z0-9]")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_FAILED_STATUS = re.compile(r"^Status[ \t]*:[ \t]*5\.", re.IGNORECASE | re.MULTILINE)
_ORIGINAL = re.compile(r"^Message-ID:\s{0,40}<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)
_NAMING = ("subject", "from", "reply-to", "return-path")
_HEADS = ("text/rfc822-headers", "message/rfc822-headers", "message/rfc822")


def read_bounce(root: Part, body: Body, sender: tuple[str, str], subject: str, own_id: str | None) -> Bounce | None:
    """What a report of failed delivery says; None for everything else, delay warnings and receipts included."""
    fields = root.fields
    if root.parameters.get("report-type", "").lower() in ("disposition-notification", "feedback-report"):
        return None
    report = "\n".join(storable(decode(raw)).replace("\r\n", "\n") for raw in body.reports)
    actions = [found[2].strip().lower() for found in _FIELD.finditer(report) if found[1].lower() == "action"]
    if actions and not any(action.startswith("fail") for action in actions):
        return None
    final = root.content_type == "multipart/report" and _FAILED_STATUS.search(report) is not None
    if not (actions or final or _is_free_form(fields, body.text, sender, subject)):
        return None
    return _told(report, body, fields, own_id)


def _is_free_form(fields: Fields, text: str, sender: tuple[str, str], subject: str) -> bool:
    name, address = sender
    submitted = fields.raw("auto-submitted").lower()
    from_system = bool(_SENDER.match(address) or _SENDER_NAME.search(name[:200]))
    empty_path = "return-path" in fields and fields.raw("return-path").strip() in ("<>", "", "<MAILER-DAEMON>")
    titled = bool(_SUBJECT.search(subject[:300]))
    from_system = from_system or "mailer-daemon@" in fields.raw("return-path").lower()
    if "x-failed-recipients" in fields:
        return not _DELAY.search(subject[:300])
    if not (from_system or (empty_path and titled) or (titled and submitted)):
        return False
    if _DELAY.search(subject[:300]) and not _FINAL.search(subject[:300]):
        return False
    told = bool(_TEXT.search(text[:4_000]))
    return (titled and (told or from_system)) or (told and from_system)


def _told(report: str, body: Body, fields: Fields, own_id: str | None) -> Bounce:
    recipients: list[str] = []
    status = diagnostic = None
    for found in _FIELD.finditer(report):
        name, value = found[1].lower(), one_line(found[2])
        if name == "final-recipient" or (name == "original-recipient" and not recipients):
            address = value.partition(";")[2].strip() or value
            recipients.append(address.strip("<>")[:320])
        elif name == "status" and status is None:
            code = _STATUS.search(value)
            status = code[1] if code else None
        elif name == "diagnostic-code" and diagnostic is None:
            diagnostic = value.partition(";")[2].strip() or value
    text = body.text[:8_000]
    if not recipients:
        listed = fields.raw("x-failed-recipients") or text
        recipients = [a for a in dict.fromkeys(_ADDRESS.findall(listed[:8_000])) if not _SENDER.match(a)][:5]
    if status is None:
        code = _STATUS.search(text)
        status = code[1] if code else None
    told = (diagnostic or "")[:1_000] or None
    addresses = tuple(dict.fromkeys(recipients))[:100]
    return Bounce(addresses, status, original_id(body, own_id), told, original_words(body))


def original_words(body: Body) -> str:
    """Where the message that a report is about may name its case: its subject and addresses, else the text."""
    returned = [part.fields.text(name)[:1_000] for part in body.returned[:3] for name in _NAMING]
    heads = [decode(each.content[:20_000]) for each in body.attachments if each.content_type in _HEADS]
    return storable("\n".join([*returned, *heads, body.text[:20_000]]))


def original_id(body: Body, own_id: str | None) -> str | None:
    """The Message-ID of the message that a report is about, and not the report's own."""
    for part in body.returned:
        found = part.fields.raw("message-id").strip().strip("<>")
        if found:
            return found[:250]
    pieces = [body.text[:20_000]]
    returned = [a for a in body.attachments if a.content_type.startswith(("text/rfc822", "message/"))]
    pieces += [decode(a.content[:20_000]) for a in returned]
    for piece in pieces:
        for match in _ORIGINAL.finditer(piece.replace("\r\n", "\n")):
            if match[1] != own_id:
                return storable(match[1])
    return None
