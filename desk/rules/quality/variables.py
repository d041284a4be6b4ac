"""Variables of canned answers, and places to fill in, that were left open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desk.rules.answers import places_open
from desk.rules.quality.written import Finding, Written

_PLACE = re.compile(
    r"\[\s*(?:nama|nama pelanggan|jumlah|tanggal|nomor|isi di ?sini|your name|name|customer name|amount|date|number|"
    r"insert [\w ]{1,20}|fill (?:this )?in|姓名|客户姓名|金额|日期|单号|填写|请填写)\s*\]"
    r"|<\s*(?:nama|name|customer|amount|jumlah|tanggal|date|姓名|金额|日期)\s*>|\{\{?\s*[a-z_]+\.[a-z_.]+\s*\}?\}"
    r"|(?<!\w)_{4,}(?!\w)",
    re.IGNORECASE,
)


def unfilled_variables(written: Written) -> Iterator[Finding]:
    """`{name}` of a variable that is ours, `[nama]`, `<amount>`, `____`."""
    seen: set[int] = set()
    for place in places_open(written.text, written.variables):
        seen.add(place.start)
        yield Finding("variable", f"still open: {{{place.name}}}", place.start, place.end)
    for match in _PLACE.finditer(written.own):
        if match.start() not in seen:
            yield Finding("variable", f"still open: {match[0]}", match.start(), match.end())
