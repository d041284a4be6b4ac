"""The parts without parts of their own: decoded, named, and told apart into body and attachments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.channels.mail.charsets import decode, storable
from desk.channels.mail.parameters import read_value
from desk.channels.mail.parsed import ParsedAttachment
from desk.channels.mail.transfer import undo

if TYPE_CHECKING:
    from desk.channels.mail.limits import ReadLimits
    from desk.channels.mail.parts import Part

_META_CHARSET = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,5}=\s{0,5}[\"']?\s{0,5}([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)


@dataclass(slots=True)
class Leaf:
    """A part as it is used: its decoded bytes and how the sender wants it seen."""

    part: Part
    content_type: str
    disposition: str
    filename: str
    content_id: str
    content: bytes
    notes: list[str] = field(default_factory=list)

    @property
    def charset(self) -> str:
        """The declared charset, empty when there is none."""
        return self.part.parameters.get("charset", "")

    def text(self) -> str:
        """The content as text."""
        declared = self.charset or None
        if self.content_type == "text/html" and not (declared and declared.lower() not in ("us-ascii", "ascii")):
            found = _META_CHARSET.search(self.content[:4_096])
            if found is not None and not found[1].lower().startswith((b"utf-16", b"unicode")):
                declared = found[1].decode("ascii")
        text = decode(self.content, declared)
        return storable(text.replace("\r\n", "\n").replace("\r", "\n"))

    def attachment(self) -> ParsedAttachment:
        """The part as an attachment."""
        return ParsedAttachment(
            filename=self.filename,
            content_type=self.content_type,
            content_id=self.content_id,
            inline=self.disposition != "attachment" and bool(self.content_id or self.disposition == "inline"),
            size=len(self.content),
            content=self.content,
        )


def read_leaf(raw: bytes, part: Part, limits: ReadLimits) -> Leaf:
    """Decode one part; whatever had to be mended is in its notes."""
    fields = part.fields
    disposition = ""
    parameters: dict[str, str] = {}
    if "content-disposition" in fields:
        disposition, parameters = read_value(fields.raw("content-disposition"))
    name = parameters.get("filename") or part.parameters.get("name") or parameters.get("name")
    name = name or part.parameters.get("filename") or ""
    if not name and "content-location" in fields and part.main_type not in ("text", "multipart"):
        name = fields.text("content-location").rpartition("/")[2]
    content, note = undo(raw[part.start : part.end], fields.raw("content-transfer-encoding"))
    identity = fields.raw("content-id").strip("<> ")[:250]
    leaf = Leaf(part, part.content_type[:120], disposition, shorter(name, limits.filename_chars), identity, content)
    if note:
        leaf.notes.append(note)
    return leaf


def shorter(name: str, most: int) -> str:
    """A file name of at most `most` characters that keeps its true ending."""
    if len(name) <= most:
        return name
    _, dot, ending = name.rpartition(".")
    ending = dot + ending if dot and len(ending) <= 20 else name[-10:]
    return name[: most - len(ending) - 1] + "…" + ending
