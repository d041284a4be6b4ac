"""The tree of an HTML message made ready for reading: hidden parts, pixels, links, quotes and layout settled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desk.channels.mail import html_tables
from desk.channels.mail import links as mail_links

QUOTE_BEGINS, QUOTE_ENDS, CUT_HERE = "\ue0f1", "\ue0f2", "\ue0f3"
SIGNATURE_BEGINS, SIGNATURE_ENDS, SAID_HERE = "\ue0f4", "\ue0f5", "\ue0f6"
"""Signs of the private use area that stand for quotes, signatures and introductions while HTML is rendered; they
never leave the reader."""
OUR_SIGNS = "\ue0f1-\ue0f6"
"""All of them, as a range for a pattern."""

_DEEPEST = 90
_MOST_ELEMENTS = 30_000
_DROPPED = frozenset({"head", "style", "script", "title", "template", "object", "embed", "applet", "svg", "math",
                      "iframe", "audio", "video", "canvas", "select", "datalist", "noframes", "meta", "link",
                      "base", "input"})  # fmt: skip
_HIDDEN = re.compile(
    r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden|(?<![-\w])font-size\s*:\s*[01](?:px|pt|em|%)?\s*(?:!|;|$)"
    r"|(?<![-\w])opacity\s*:\s*0(?:\.0+)?\s*(?:!|;|$)"
    r"|(?<![-\w])max-height\s*:\s*0(?:px)?\s*(?:!|;|$)|(?<![-\w])text-indent\s*:\s*-\d{3,}",
    re.IGNORECASE,
)
_QUOTE_CLASS = re.compile(
    r"(?:^|\s)(?:x_)?(?:yahoo_quoted|protonmail_quote|tutanota_quote|zmail_extra|ms-outlook-mobile-reference-message"
    r"|OutlookMessageHeader|mail-quote|history_container|quoted-text|wordsection-quote|ntes-mailmaster-quote"
    r"|zimbra_quote|mailru-quote|AppleMailQuote|moz-forward-container)(?:\s|$)",
    re.IGNORECASE,
)
_QUOTE_ID = re.compile(
    r"(?:x_)*(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|stopSpelling|zwchr|isReplyContent|isForwardContent"
    r"|divNeteaseMailCard|mail-editor-reference-message-container|reply-intro|yahoo_quoted_\w+|ntes-pcmac-quote"
    r"|ymail_quoted|replyBody|spQuotedMsg|spark-quote)\Z",
    re.IGNORECASE,
)
_OUTLOOK_RULE = re.compile(
    r"border:\s*none;\s*border-top:\s*solid\s+#?(?:E1E1E1|B5C4DF|windowtext)\s+1\.0pt|border-top:\s*#?B5C4DF\s+1pt\s+solid"
    r"|border-top:\s*1pt\s+solid\s+(?:rgb\(225|#E1E1E1|rgb\(181|#B5C4DF)|border-top-color:\s*rgb\((?:229|225|181)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:^|\s)(?:x_|ydp\w{1,12})?(?:gmail_signature|moz-signature|protonmail_signature_block|front-signature|signature"
    r"|ntes-mailmaster-sign|ms-outlook-mobile-signature|composer_signature|AppleMailSignature|ymail_android_signature"
    r"|Signature|messageSignatureSection|lineBreakAtBeginningOfSignature|zmail_signature)(?:\s|$)"
)
_ATTRIBUTION = re.compile(r"(?:^|\s)(?:x_)?(?:gmail_attr|moz-cite-prefix|gmail_quote_attribution)(?:\s|$)")
_CONTROLS = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f{OUR_SIGNS}]")


@dataclass(slots=True)
class Prepared:
    """The tree to render, the targets of its links, and what was left out of it."""

    root: Any
    links: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def prepare(html: str, names: Mapping[str, str]) -> Prepared | None:
    """The tree of the HTML, settled for reading; None when it cannot be parsed whole."""
    from lxml import etree  # type: ignore[import-untyped]
    from lxml.html import HTMLParser  # type: ignore[import-untyped]

    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(_CONTROLS.sub(" ", html).encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    if root is None or any("xcessive depth" in str(entry) for entry in parser.error_log):
        return None
    return _Settler(root, names).settle()


class _Settler:
    """One walk over a tree, each element judged once."""

    def __init__(self, root: Any, names: Mapping[str, str]) -> None:
        self.prepared = Prepared(root)
        self.names = names
        self.hidden = self.pixels = self.pictures = 0
        self.numbers: dict[str, int] = {}

    def settle(self) -> Prepared | None:
        root = self.prepared.root
        elements = self._in_order(root)
        if elements is None:
            return None
        gone: set[Any] = set()
        for element, depth in elements:
            parent = element.getparent()
            if (parent is not None and parent in gone) or self._drop(element):
                gone.add(element)
            elif depth > _DEEPEST:
                gone.update(element.iterdescendants())
                _flatten(element)
        for element, _ in elements:
            if element not in gone:
                self._rewrite(element)
        for element in gone:
            parent = element.getparent()
            if parent is not None and parent not in gone:
                element.drop_tree()
        self._note()
        return self.prepared

    def _in_order(self, root: Any) -> list[tuple[Any, int]] | None:
        found: list[tuple[Any, int]] = []
        waiting = [(root, 0)]
        while waiting:
            element, depth = waiting.pop()
            found.append((element, depth))
            if len(found) > _MOST_ELEMENTS:
                return None
            waiting.extend((child, depth + 1) for child in reversed(element))
        return found

    def _drop(self, element: Any) -> bool:
        tag = element.tag
        if not isinstance(tag, str) or tag in _DROPPED:
            return True
        if tag == "img":
            return False
        style = element.get("style")
        if (style and _HIDDEN.search(style[:2_000])) or element.get("hidden") is not None:
            if tag in ("body", "html"):
                return False
            self.hidden += 1 if "".join(element.itertext()).strip("\xa0\u200c\u200b\u034f\u00ad \r\n\t\ufeff") else 0
            return True
        return False

    def _rewrite(self, element: Any) -> None:
        tag = element.tag
        if tag == "img":
            self._picture(element)
        elif tag == "a":
            self._link(element)
        elif tag == "table":
            html_tables.settle(element)
        elif tag == "blockquote":
            _settle_blockquote(element)
        elif tag in ("body", "html", "tbody", "tr", "td", "br"):
            return
        elif _is_cut(element):
            element.addprevious(_line(CUT_HERE))
        elif _is_signature(element):
            _enclose(element, SIGNATURE_BEGINS, SIGNATURE_ENDS)
        elif _introduces(element):
            _flatten(element)
            element.tag, element.text = "div", f"{SAID_HERE}{' '.join((element.text or '').split())}"

    def _picture(self, element: Any) -> None:
        size = f"{element.get('width') or ''} {element.get('height') or ''} {element.get('style') or ''}"[:500]
        source = (element.get("src") or "")[:2_000]
        alt = " ".join((element.get("alt") or "")[:300].split())
        if _is_pixel(size):
            self.pixels += 1
            shown = ""
        elif source.lower().startswith("cid:"):
            name = self.names.get(source[4:].strip("<> ")) or alt
            shown = f"[image: {name}]" if name else "[image]"
        else:
            self.pictures += source.lower().startswith(("http:", "https:", "//"))
            shown = f"[{alt}]" if alt and len(alt) > 1 else ""
        element.tag = "span"
        element.text = shown
        for key in list(element.attrib):
            del element.attrib[key]

    def _link(self, element: Any) -> None:
        target = mail_links.target((element.get("href") or "")[:2_100])
        shown = " ".join("".join(element.itertext()).split())
        if target is None or not shown or mail_links.says_the_same(shown, target):
            return
        warning = mail_links.other_domain(shown, target)
        line = f"{target}{warning}"
        number = self.numbers.setdefault(line, len(self.numbers) + 1)
        if number > len(self.prepared.links):
            self.prepared.links.append(line)
        mark = f" [{number}]"
        if len(element):
            last = element[-1]
            last.tail = (last.tail or "").rstrip() + mark
        else:
            element.text = (element.text or "").rstrip() + mark

    def _note(self) -> None:
        if self.hidden:
            self.prepared.notes.append(f"hidden text was left out in {self.hidden} places")
        if self.pixels:
            self.prepared.notes.append(f"{self.pixels} tracking pixels were left out")
        if self.pictures:
            self.prepared.notes.append(f"{self.pictures} remote pictures were not loaded")


def _is_pixel(size: str) -> bool:
    by_size = re.match(r"\s*[01]?(?:px)?\s+[01]?(?:px)?(?:\s|$)", size) and re.search(r"[01]", size[:8])
    return bool(by_size or re.search(r"(?<![-\w])(?:width|height)\s*:\s*[01]px|display\s*:\s*none", size))


def _flatten(element: Any) -> None:
    text = " ".join(element.itertext())
    for child in list(element):
        element.remove(child)
    element.text = text


def _line(text: str) -> Any:
    from lxml.html import Element

    line = Element("div")
    line.text = text
    return line


def _is_cut(element: Any) -> bool:
    name, kind, style = element.get("id"), element.get("class"), element.get("style")
    if name and _QUOTE_ID.match(name[:100]):
        return True
    if kind and _QUOTE_CLASS.search(kind[:200]):
        return True
    return bool(style and _OUTLOOK_RULE.search(style[:600]))


def _settle_blockquote(element: Any) -> None:
    style = (element.get("style") or "")[:600].replace(" ", "").lower()
    if "border:none" in style and "cite" not in (element.get("type") or "") and "margin:0" in style:
        # the indent button of Gmail writes a blockquote without a rule
        element.tag = "div"
        return
    element.tag = "div"
    _enclose(element, QUOTE_BEGINS, QUOTE_ENDS)


def _enclose(element: Any, begins: str, ends: str) -> None:
    element.insert(0, _line(begins))
    element[0].tail, element.text = element.text, None
    element.append(_line(ends))


def _is_signature(element: Any) -> bool:
    """What a client marks as a signature; not where the whole answer was written into it."""
    named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('name') or ''}"[:300]
    if element.tag != "sign" and not _SIGNATURE.search(named):
        return False
    return next(element.iterdescendants("blockquote"), None) is None


def _introduces(element: Any) -> bool:
    """What a client marks as the introduction of the quote that follows it."""
    kind = element.get("class")
    if not kind or not _ATTRIBUTION.search(kind[:200]) or len(element) > 20:
        return False
    after = element.getnext()
    while after is not None and after.tag == "br" and not (after.tail or "").strip():
        after = after.getnext()
    return after is not None and after.tag == "blockquote"
