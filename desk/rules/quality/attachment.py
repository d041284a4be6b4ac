"""An attachment that the text speaks of, when no file goes along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desk.rules.quality.written import Finding, Written

_WE_ATTACH = re.compile(
    r"\b(?:terlampir|(?:kami|saya) lampirkan|(?:di|pada|dalam|lihat) lampiran|"
    r"bersama ini (?:kami )?(?:kirimkan|lampirkan)"
    r"|(?:i|we)(?:'ve| have|'m| am| are)? (?:also )?attach(?:ed|ing)?|(?:is|are|find|see) (?:the )?attached"
    r"|attached (?:is|are|you|please|to this|below|herewith)|(?:see|in) the attach(?:ment|ed)"
    r"|enclosed (?:is|are|please|you))\b"
    r"|(?:请|详)?见附件|附件(?:中|里|是|为|内)|(?:请查收|请参阅|请参考|参见)附件|(?:随信|现|已)(?:附上|附有)|随附",
    re.IGNORECASE,
)
_THEIRS = re.compile(
    r"(?:\byou\b|\byour\b|\banda\b|\bpelanggan\b|您|你)[^.!?。！？\n]{0,30}\Z|(?:\bmohon|\bharap|\bplease|\bsilakan|\bif|\bjika|请|如)[^.!?。！？\n]{0,12}\Z",
    re.IGNORECASE,
)
_PLEASE_FIND = re.compile(r"(?:find|see|见|查收|参阅|参考|lihat)", re.IGNORECASE)


def missing_attachment(written: Written) -> Iterator[Finding]:
    """The first place that says that we attach something; what the customer attached, or should, is not ours."""
    if written.files:
        return
    for match in _WE_ATTACH.finditer(written.own):
        before = written.own[: match.start()]
        if not _THEIRS.search(before) or _PLEASE_FIND.match(match[0].lstrip("请详")):
            yield Finding("attachment", f"nothing is attached: “{match[0]}”", match.start(), match.end())
            return
