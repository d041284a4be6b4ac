"""Columns stay in place on a terminal that counts cells otherwise."""

from __future__ import annotations

import pyte
import pytest

from desk.tui.steady import steadied


@pytest.mark.parametrize("odd", ["👨‍👩‍👧 x", "❤️", "क्षि", "🇮🇩🇮🇩", "e\u0301\u0301", "مشكلة", "1️⃣"])
def test_what_follows_stands_where_it_should(odd: str) -> None:
    from rich.cells import cell_len

    screen = pyte.Screen(40, 3)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[2;1H" + "#" * 40)
    stream.feed(steadied(f"\x1b[2;3H\x1b[1m{odd}\x1b[0m|end"))
    line = screen.buffer[1]
    at = 2 + cell_len(odd)
    assert "".join(line[x].data for x in range(at, at + 4)) == "|end"
    assert line[at + 4].data == "#"
    assert not any(line[x].data == "#" for x in range(2, at))


def test_plain_output_is_left_alone() -> None:
    data = "\x1b[2;3H\x1b[1mSaldo 付款失败 −0:12 ☏ ✉ ◉ ⌂ ─\x1b[0m"
    assert steadied(data) == data
