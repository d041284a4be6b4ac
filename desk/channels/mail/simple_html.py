"""The HTML beside a plain text: its paragraphs, line breaks and links, and nothing that the text could add to it."""

from __future__ import annotations

import re
from html import escape

_LINK = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_ADDRESS_PART = re.compile(r"https?://(?P<host>[a-z0-9.-]+)(?::[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE)
_BEHIND_A_LINK = ".,;:!?'\"*_~>]}"
_BLANKS = re.compile(r"^ | (?= )", re.MULTILINE)
_PARAGRAPHS = re.compile(r"\n(?:[ \t]*\n)+")


def simple_html(text: str) -> str:
    """A whole page that shows the text as it is.

    A paragraph ends at an empty line. A link leads to exactly the address that it shows, which is plain ASCII and
    holds no login: nobody is sent elsewhere than they read. Everything else is escaped.
    """
    paragraphs = [each for each in _PARAGRAPHS.split(text.strip("\n")) if each]
    body = "\n".join(f'<p dir="auto">{_paragraph(each)}</p>' for each in paragraphs)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}\n</body></html>\n'


def _paragraph(text: str) -> str:
    return "<br>\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    # Blanks that HTML would swallow become such that it keeps; tabs stand for four.
    line = _BLANKS.sub("\u00a0", line.expandtabs(4))
    shown: list[str] = []
    end = 0
    for found in _LINK.finditer(line):
        link = _without_what_follows(found[0])
        if not _ADDRESS_PART.fullmatch(link):
            continue
        shown += [escape(line[end : found.start()]), f'<a href="{escape(link)}">{escape(link)}</a>']
        end = found.start() + len(link)
    shown.append(escape(line[end:]))
    return "".join(shown)


def _without_what_follows(link: str) -> str:
    """A link without the signs of the sentence behind it; a closing bracket stays if it was opened within."""
    while True:
        shorter = link.split("<", 1)[0].rstrip(_BEHIND_A_LINK)
        if shorter.endswith(")") and shorter.count(")") > shorter.count("("):
            shorter = shorter[:-1]
        if shorter == link:
            return link
        link = shorter
