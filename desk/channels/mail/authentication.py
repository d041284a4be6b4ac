"""Reading what servers recorded about a mail's sender: Authentication-Results (RFC 8601)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from desk.rules.authentication import FAILED, Recorded

if TYPE_CHECKING:
    from desk.channels.mail.fields import Fields

NAME = "authentication-results"
METHODS = ("dmarc", "spf", "dkim")
MOST_FIELDS = 20
MOST_SIGNS = 8_000
_RESULT = re.compile(r"\s*([a-z][a-z0-9-]{0,30})\s*(?:/\s*[0-9]{1,3}\s*)?=\s*([a-z]{1,20})")
_SEPARATORS = frozenset(";=()")


def read_authentication(fields: Fields) -> tuple[Recorded, ...]:
    """The fields as they stand, topmost first; anybody can have written them, and `rules.authentication` judges."""
    above = fields.above(NAME, "received")
    return tuple(
        _read(value[:MOST_SIGNS], is_above=place < above)
        for place, value in enumerate(fields.all_raw(NAME, most=MOST_FIELDS))
    )


def _read(value: str, *, is_above: bool) -> Recorded:
    first, *rest = _without_comments(value).lower().split(";")
    words = first.split()
    results: dict[str, str] = {}
    for piece in rest:
        found = _RESULT.match(piece)
        if found is not None and found[1] in METHODS:
            method, result = found[1], found[2]
            results[method] = _stronger(method, results.get(method, result), result)
    return Recorded(words[0] if words else "", results, is_above)


def _stronger(method: str, one: str, other: str) -> str:
    """Of two results of one method: one good signature is enough, one failed domain too many."""
    wanted = "pass" if method == "dkim" else FAILED
    return other if other == wanted else one


def _without_comments(value: str) -> str:
    """The value without its comments; what is quoted is kept, but separates nothing."""
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for sign in value:
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == '"' and not depth:
            quoted = not quoted
        elif quoted:
            kept.append(" " if sign in _SEPARATORS else sign)
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            kept.append(sign)
    return "".join(kept)
