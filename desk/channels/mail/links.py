"""Links in mail: where they lead, and whether what is shown says so."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_OPENABLE = ("http", "https", "mailto", "tel")
_SHOWN_HOST = re.compile(
    r"(?:https?://)?((?:[\w-]{1,63}\.){1,6}[A-Za-z\u0080-\uffff]{2,24})(?=[/:?#\s]|$)", re.IGNORECASE
)


def target(href: str) -> str | None:
    """The target of a link in one line; None for anchors and for schemes that may never be opened."""
    href = re.sub(r"[\x00-\x20\x7f-\x9f]+", "" if "://" in href[:12] else " ", href).strip()
    scheme, colon, _ = href.partition(":")
    if not colon or scheme.lower() not in _OPENABLE:
        return None
    return href if len(href) <= 2_000 else href[:2_000] + "…"


def says_the_same(shown: str, link: str) -> bool:
    """Whether the shown text is the target itself."""
    bare = re.sub(r"^(?:https?://|mailto:|tel:)(?:www\.)?", "", link, flags=re.IGNORECASE).rstrip("/").lower()
    text = re.sub(r"^(?:https?://|mailto:|tel:)?(?:www\.)?", "", shown, flags=re.IGNORECASE).rstrip("/").lower()
    return bare in (text, text.strip("<>()[]")) or (bare.partition("?")[0] == text and link.startswith("mailto:"))


def host(link: str) -> str:
    """The host that a link leads to, in lower case; empty when it has none."""
    try:
        return (urlsplit(link).hostname or "").lower()
    except ValueError:
        return ""


def other_domain(shown: str, link: str) -> str:
    """A warning that puts the shown and the real host side by side when they differ; else empty."""
    real = host(link)
    found = _SHOWN_HOST.match(shown[:300].strip("<>()[] "))
    if not real or found is None:
        return ""
    claimed = found[1].lower().removeprefix("www.")
    if real.removeprefix("www.") == claimed or real.endswith("." + claimed):
        return ""
    return f" (shown as {claimed}, leads to {real})"
