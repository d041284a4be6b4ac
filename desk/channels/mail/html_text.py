"""HTML of a message as text for a terminal: tables, lists, quotes and numbered links; nothing is ever loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from desk.channels.mail import html_tree
from desk.channels.mail.html_tree import QUOTE_BEGINS, QUOTE_ENDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG = re.compile(r"<(/?)([a-zA-Z!?][a-zA-Z0-9]{0,20})[^<>]{0,4000}>?")
_TAG_AT_ALL = re.compile(r"<[a-zA-Z/!?][^<>]{0,20}")


@dataclass(slots=True)
class HtmlText:
    """What a reader sees, the targets of its links in the order of their numbers, and what was left out."""

    text: str
    links: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def html_to_text(html: str, *, names: Mapping[str, str] | None = None, most: int = 1_000_000) -> HtmlText:
    """Read HTML as a person would see it; `names` maps Content-IDs to file names of inline pictures.

    Never raises: HTML that the parser refuses is read by leaving its tags out.
    """
    notes = []
    if len(html) > most:
        html = html[:most]
        notes.append(f"HTML beyond {most} characters was left out")
    if _TAG_AT_ALL.search(html) is None and "&" not in html:
        return HtmlText(_tidy(html), [], notes)
    prepared = html_tree.prepare(html, names or {})
    if prepared is None:
        notes.append("the HTML is malformed or too large; its tags were left out")
        return HtmlText(_tidy(without_tags(html)), [], notes)
    text = _tidy(_quoted(_render(prepared.root)))
    return HtmlText(text, prepared.links, notes + prepared.notes)


def _render(root: object) -> str:
    from inscriptis.css_profiles import RELAXED_CSS_PROFILE  # type: ignore[import-untyped]
    from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]
    from inscriptis.html_properties import Display  # type: ignore[import-untyped]
    from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
    from inscriptis.model.html_element import HtmlElement  # type: ignore[import-untyped]

    css = {**RELAXED_CSS_PROFILE, "div": HtmlElement(display=Display.block)}
    return str(Inscriptis(root, ParserConfig(css=css)).get_text())


def _quoted(text: str) -> str:
    """Marks around quoted blocks become the `> ` of a text message."""
    if QUOTE_BEGINS not in text:
        return text
    out: list[str] = []
    depth = 0
    for line in text.split("\n"):
        begins, ends = line.count(QUOTE_BEGINS), line.count(QUOTE_ENDS)
        depth = min(depth + begins, 50)
        bare = line.replace(QUOTE_BEGINS, "").replace(QUOTE_ENDS, "")
        if bare.strip():
            out.append(">" * depth + (" " if depth else "") + (bare.strip() if depth else bare))
        elif not begins and not ends:
            out.append(">" * depth)
        depth = max(depth - ends, 0)
    return "\n".join(out)


def without_tags(html: str) -> str:
    """The text between tags, in one pass; for HTML that no parser takes."""
    from html import unescape

    skipped = re.sub(r"<(style|script)\b", r"<\1", html, flags=re.IGNORECASE)
    out: list[str] = []
    position = 0
    hidden = ""
    for tag in _TAG.finditer(skipped):
        if not hidden:
            out.append(skipped[position : tag.start()])
        name = tag[2].lower()
        if hidden:
            hidden = "" if tag[1] and name == hidden else hidden
        elif name in ("script", "style") and not tag[1]:
            hidden = name
        elif name in ("br", "p", "div", "tr", "li", "table", "h1", "h2", "h3", "blockquote"):
            out.append("\n")
        position = tag.end()
    out.append("" if hidden else skipped[position:])
    return unescape("".join(out))


def _tidy(text: str) -> str:
    """No blanks at line ends, at most one empty line in a row, no odd spaces."""
    text = text.replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub("[\u200b\u2060\ufeff\u034f\u00ad]", "", text)
    lines: list[str] = []
    for line in map(str.rstrip, text.split("\n")):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip("\n")
