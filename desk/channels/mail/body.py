"""What of a message is its text and what is attached to it, walked over the tree of its parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.channels.mail import calendars, flowed
from desk.channels.mail.charsets import decode, storable
from desk.channels.mail.html_tree import QUOTE_BEGINS, SAID_HERE
from desk.channels.mail.leaves import Leaf, read_leaf
from desk.channels.mail.transfer import cut_uuencoded

if TYPE_CHECKING:
    from desk.channels.mail.limits import ReadLimits
    from desk.channels.mail.parsed import ParsedAttachment
    from desk.channels.mail.parts import Part

_OUR_SIGNS = dict.fromkeys(range(ord(QUOTE_BEGINS), ord(SAID_HERE) + 1), "\ufffd")
"""Signs that only our own rendering may write."""
_SHOWN = ("text/plain", "text/html", "text/enriched", "text/richtext", "text/x-plain", "text/markdown")


@dataclass(slots=True)
class Body:
    """The text of a message, the links of its HTML, its attachments and reports, and notes on what was left out."""

    texts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)
    """The raw delivery reports (message/delivery-status) in it."""
    returned: list[Part] = field(default_factory=list)
    """Messages within the message."""
    notes: list[str] = field(default_factory=list)
    invitation: str = ""
    """What, when and where of an invitation in it, when the text does not say so."""

    @property
    def text(self) -> str:
        """All text in the order of the parts."""
        return "\n\n".join(text for text in self.texts if text.strip())


class BodyReader:
    """Walks one message; every part is either shown, attached, or both named and left."""

    def __init__(self, raw: bytes, limits: ReadLimits) -> None:
        self.raw = raw
        self.limits = limits
        self.body = Body()
        self._leaves: list[Leaf] = []
        self._by_part: dict[int, Leaf] = {}
        self._shown: set[int] = set()
        self._html_parts = self._html_chars = 0

    def read(self, root: Part) -> Body:
        """The body of the whole message."""
        self._collect(root)
        self._show(root, in_report=root.content_type == "multipart/report")
        self._read_invitation()
        if not self.body.text.strip() and not self.body.invitation:
            self._show_something(root)
        for leaf in self._leaves:
            if id(leaf.part) not in self._shown:
                self.body.attachments.append(leaf.attachment())
        for leaf in self._leaves:
            self.body.notes.extend(note for note in leaf.notes if note not in self.body.notes)
        return self.body

    def _collect(self, root: Part) -> None:
        """Decode all leaves; messages within messages count as leaves when they are attached."""
        waiting = [root]
        while waiting:
            part = waiting.pop()
            if part.children and (part.main_type == "multipart" or not self._is_attached_message(part)):
                waiting.extend(reversed(part.children))
            else:
                leaf = read_leaf(self.raw, part, self.limits)
                self._leaves.append(leaf)
                self._by_part[id(part)] = leaf

    def _is_attached_message(self, part: Part) -> bool:
        if part.main_type != "message":
            return False
        disposition = part.fields.raw("content-disposition").lower()
        return disposition.startswith("attachment") or "name" in part.parameters or "filename" in disposition

    def _leaf(self, part: Part) -> Leaf | None:
        return self._by_part.get(id(part))

    def _show(self, part: Part, *, in_report: bool = False) -> bool:
        """Add the text of a part to the body; False when it has none to show."""
        if part.main_type == "multipart" and part.children:
            if part.content_type == "multipart/alternative":
                return self._show_best(part)
            children = part.children
            if part.content_type == "multipart/related" and "start" in part.parameters:
                wanted = part.parameters["start"].strip("<>")
                children = sorted(children, key=lambda c: c.fields.raw("content-id").strip("<> ") != wanted)
            return sum(self._show(child, in_report=in_report) for child in children) > 0
        if part.main_type == "message":
            return self._show_message(part, in_report=in_report)
        leaf = self._leaf(part)
        if leaf is not None and part.main_type == "multipart" and part.depth < self.limits.depth:
            # the delimiters never came: what is there is the text
            leaf.content_type = "text/plain"
        return leaf is not None and self._show_leaf(leaf)

    def _show_best(self, part: Part) -> bool:
        """Of alternatives the plain one when it says anything, else the first that does."""
        ranked = sorted(part.children, key=lambda child: child.content_type != "text/plain")
        for child in ranked:
            if not self._show(child):
                continue
            for other in part.children:
                if other is not child:
                    self._mark_alternative(other)
            return True
        return False

    def _mark_alternative(self, part: Part) -> None:
        """The texts of a version that is not shown are no attachments."""
        waiting = [part]
        while waiting:
            found = waiting.pop()
            waiting.extend(found.children)
            leaf = self._leaf(found)
            if leaf is not None and leaf.content_type in _SHOWN and not leaf.filename:
                self._shown.add(id(found))

    def _show_message(self, part: Part, *, in_report: bool) -> bool:
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            self.body.reports.append(self.raw[part.start : min(part.end, part.start + self.limits.report_bytes)])
            self._shown.add(id(part))
            return False
        if not part.children or self._is_attached_message(part):
            return False
        inner = part.children[0]
        self.body.returned.append(inner)
        if in_report:
            self._mark_shown(part)
            return False
        self.body.texts.append(_forwarded_head(inner))
        return self._show(inner) or True

    def _mark_shown(self, part: Part) -> None:
        waiting = [part]
        while waiting:
            found = waiting.pop()
            self._shown.add(id(found))
            waiting.extend(found.children)

    def _show_leaf(self, leaf: Leaf) -> bool:
        if leaf.content_type not in _SHOWN and not (leaf.part.main_type == "text" and not leaf.filename):
            return False
        if leaf.disposition == "attachment" or (leaf.filename and (leaf.disposition or self.body.text.strip())):
            return False
        if leaf.content_type in ("text/calendar", "text/vcard", "text/x-vcard", "text/rtf", "text/css", "text/csv",
                                 "text/rfc822-headers"):  # fmt: skip
            return False
        if leaf.content_type == "text/html" and not self._room_for_html():
            return False
        text = self._readable(leaf)
        self._shown.add(id(leaf.part))
        if text.strip():
            self.body.texts.append(text)
            return True
        return False

    def _room_for_html(self) -> bool:
        self._html_parts += 1
        if self._html_parts <= self.limits.html_parts and self._html_chars < self.limits.html_chars:
            return True
        note = (
            f"HTML beyond {self.limits.html_parts} parts or {self.limits.html_chars} characters is attached, not shown"
        )
        if note not in self.body.notes:
            self.body.notes.append(note)
        return False

    def _readable(self, leaf: Leaf) -> str:
        most = 4 * (self.limits.html_chars if leaf.content_type == "text/html" else self.limits.text_chars)
        if len(leaf.content) > most and leaf.content_type != "text/plain":
            leaf.content = leaf.content[:most]
        if leaf.content_type in ("text/html", "text/enriched", "text/richtext"):
            return self._from_html(leaf.text())
        files: list[tuple[bytes, bytes]] = []
        if b"\nbegin " in leaf.content or leaf.content.startswith(b"begin "):
            files, leaf.content = cut_uuencoded(leaf.content)
        if len(leaf.content) > most:
            leaf.content = leaf.content[:most]
            leaf.notes.append(f"text beyond {most} bytes was left out")
        text = leaf.text().translate(_OUR_SIGNS)
        for name, content in files:
            self.body.attachments.append(_from_uuencode(decode(name), content))
        if leaf.part.parameters.get("format", "").lower() == "flowed":
            text = flowed.unflow(text, delete_space=leaf.part.parameters.get("delsp", "").lower() == "yes")
        if text[:400].lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
            return self._from_html(text)
        return self._with_names(text)

    def _from_html(self, html: str) -> str:
        from desk.channels.mail.html_text import html_to_text

        read = html_to_text(html, names=self._names(), most=max(self.limits.html_chars - self._html_chars, 0))
        self._html_chars += len(html)
        self.body.notes.extend(note for note in read.notes if note not in self.body.notes)
        self.body.links.extend(read.links)
        return read.text

    def _names(self) -> dict[str, str]:
        return {leaf.content_id: leaf.filename for leaf in self._leaves if leaf.content_id and leaf.filename}

    def _with_names(self, text: str) -> str:
        """Pictures that a plain text mentions by Content-ID are called by their file names."""
        if "[cid:" not in text:
            return text
        for identity, name in list(self._names().items())[:50]:
            text = text.replace(f"[cid:{identity}]", f"[image: {name}]")
        return text

    def _read_invitation(self) -> None:
        """The lines of the first invitation that the text lacks; many calendars write no time into the text."""
        shown = " ".join(self.body.text.split())
        for leaf in self._leaves:
            if leaf.content_type in ("text/calendar", "application/ics"):
                lines = calendars.summary(leaf.text()).split("\n")
                missing = [line for line in lines if " ".join(line.partition(": ")[2].split()) not in shown]
                self.body.invitation = "\n".join(missing if shown else lines).strip()
                return

    def _show_something(self, root: Part) -> None:
        """A message without text shows the text that came as an only, named part."""
        if root.main_type == "text" and not root.children and id(root) not in self._shown:
            only = self._leaf(root)
            if only is not None and only.content_type in _SHOWN:
                self.body.texts.append(self._readable(only))


def _forwarded_head(inner: Part) -> str:
    lines = ["---------- Forwarded message ----------"]
    for name, label in (("from", "From"), ("date", "Date"), ("subject", "Subject"), ("to", "To")):
        value = inner.fields.text(name)
        if value:
            lines.append(f"{label}: {value[:500]}")
    return "\n".join(lines)


def _from_uuencode(name: str, content: bytes) -> ParsedAttachment:
    from desk.channels.mail.parsed import ParsedAttachment

    name = " ".join(storable(name).split())
    return ParsedAttachment(name, "application/octet-stream", "", inline=False, size=len(content), content=content)
