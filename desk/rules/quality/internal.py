"""Words that were meant for ourselves: remarks, marks of something unfinished, instructions not to send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desk.rules.quality.written import Finding, Written

_MARKS = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX+)\b|(?i:"
    r"\[(?:internal|intern|catatan|note|draft|内部)\b[^\]\n]{0,80}\]|\blorem ipsum\b"
    r"|\b(?:internal (?:only|note|use)|for internal use|(?:do not|don't) send (?:this|yet|to the customer)"
    r"|note to self)\b"
    r"|\b(?:catatan (?:internal|untuk tim)|khusus internal|untuk internal"
    r"|jangan (?:di)?kirim(?:kan)? (?:dulu|ini|ke pelanggan))\b"
    r"|内部(?:备注|资料|使用|参考|沟通)|仅限内部|(?:不要|请勿|别)(?:发送|发给)(?:给)?(?:客户|用户)|草稿未完)"
    r"|^Begun for [^\n]{1,120}:$",
    re.MULTILINE,
)


def internal_text(written: Written) -> Iterator[Finding]:
    """Each such place."""
    for match in _MARKS.finditer(written.own):
        yield Finding("internal", f"internal text: {match[0][:40]}", match.start(), match.end())
