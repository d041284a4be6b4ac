"""The body of outgoing mail: the text, the same as simple HTML, and the files that go along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage, MIMEPart

from db.rows import OutgoingFile
from desk.channels.mail.plain_text import transferable
from desk.channels.mail.simple_html import simple_html
from desk.rules.filenames import safe_name
from desk.rules.text import clean_text

_TYPE = re.compile(r"[a-z]{2,20}/[a-z0-9][a-z0-9.+_-]{0,80}", re.IGNORECASE)
_NOT_A_FILE = ("multipart/", "message/")
"""Types of parts that hold other parts: what is in such a file is nobody's letter but the file's."""


def add_body(mail: EmailMessage, text: str, files: Sequence[OutgoingFile]) -> None:
    """Give a mail that has no body yet its text in both forms, and its files."""
    text = clean_text(text)
    forms = (_text_part(text, "plain"), _text_part(simple_html(text), "html"))
    mail["MIME-Version"] = "1.0"
    if not files:
        _hold(mail, "alternative", forms)
        return
    both = MIMEPart(policy=mail.policy)
    _hold(both, "alternative", forms)
    _hold(mail, "mixed", (both, *(_file_part(each) for each in files)))


def _hold(whole: MIMEPart, kind: str, parts: Sequence[MIMEPart]) -> None:
    whole["Content-Type"] = f"multipart/{kind}"
    for part in parts:
        whole.attach(part)


def _text_part(text: str, kind: str) -> MIMEPart:
    part = MIMEPart()
    part["Content-Type"] = f'text/{kind}; charset="utf-8"'
    encoding, payload = transferable(text)
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(payload)
    return part


def _file_part(file: OutgoingFile) -> MIMEPart:
    written = file.content_type.lower()
    fits = _TYPE.fullmatch(written) and not written.startswith(_NOT_A_FILE)
    main, _, sub = (written if fits else "application/octet-stream").partition("/")
    part = MIMEPart()
    part.set_content(file.content, main, sub, filename=safe_name(file.filename), disposition="attachment")
    return part
