"""Where a merchant's link leads, and how it is shown to anybody but the merchant: without what makes it answer."""

from __future__ import annotations

import re
from dataclasses import replace

from desk.rules.incoming import Incoming

PATH = "/refund/"
"""Where `desk serve` answers merchants' links, below the address of the settings."""
HIDDEN = "…"
"""Stands in the place of a token wherever the desk shows a link."""

HIDES_LINK = "hides_link"
"""In the details of a message: its original still has the whole link."""

_TOKEN = re.compile(r"[0-9]{1,12}\.[0-9]{9,12}\.[\w-]{20,40}\.[\w-]{43}", re.ASCII)
_BETWEEN = re.compile(r"[\s>=]+")
"""What mail programs put into a link that is longer than their lines."""


def hidden(text: str) -> str:
    """A text in which no link answers any more, wherever it stands, also in a link of a mail scanner, or was broken."""
    joined = _BETWEEN.sub("", text)
    if not (found := [match.span() for match in _TOKEN.finditer(joined)]):
        return text
    places = [at for at, sign in enumerate(text) if not _BETWEEN.match(sign)]
    for start, end in reversed(found):
        text = text[: places[start]] + HIDDEN + text[places[end - 1] + 1 :]
    return text


def hidden_in(incoming: Incoming) -> Incoming:
    """A message as it is filed: who answers our mail quotes the link in it."""
    text, new_text, subject = hidden(incoming.text), hidden(incoming.new_text), hidden(incoming.subject)
    if (text, new_text, subject) == (incoming.text, incoming.new_text, incoming.subject):
        return incoming
    return replace(incoming, text=text, new_text=new_text, subject=subject)
