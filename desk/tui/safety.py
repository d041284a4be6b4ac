"""Text from strangers, made fit for widgets: nothing in it acts, nothing of it is lost from sight."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter

from desk.rules.shown import block, line

if TYPE_CHECKING:
    from textual.color import Color

__all__ = ["LastNet", "block", "line", "shown", "shown_block"]


def shown(text: str, style: str = "") -> Content:
    """One line from a stranger as a widget may have it; `style` is ours."""
    return Content.styled(line(text), style) if style else Content(line(text))


def shown_block(text: str, style: str = "") -> Content:
    """Several lines from a stranger as a widget may have them; `style` is ours."""
    return Content.styled(block(text), style) if style else Content(block(text))


@cache
def _last_net() -> re.Pattern[str]:
    return re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")


class LastNet(LineFilter):
    """Replaces whatever control character still reaches the terminal; it should never find one."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same segments with each control character as one visible cell."""
        if all(segment.control or _is_harmless(segment.text) for segment in segments):
            return segments
        net = _last_net()
        return [
            segment if segment.control else Segment(net.sub(_stand_in, segment.text), segment.style)
            for segment in segments
        ]


def _is_harmless(text: str) -> bool:
    # What is printable is neither a control nor a format character; joined emoji and no-break spaces are looked at.
    return text.isprintable() or not _last_net().search(text)


def _stand_in(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\ufffd"
