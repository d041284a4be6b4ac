"""Where quotes begin and end in the lines of a message, told by how mail clients introduce them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desk.channels.mail.html_tree import CUT_HERE, SAID_HERE
from desk.channels.mail.quote_words import (
    ABOVE,
    BEGIN_FORWARD,
    DATE,
    HEADER_LINE,
    LABEL,
    MOMENT,
    OWN_WORDS,
    SENDER_VALUE,
    SEPARATOR,
    START,
    VERB,
    WITHIN,
    WORDED_RULE,
)

_QUOTED = re.compile(r"^\s{0,3}(?:>|＞|&gt;)")
_LAST_OF_ADDRESS = re.compile(r"^\s{0,2}>\s{0,2}(?:wrote|schrieb|a écrit|escribió|escreveu|menulis|ha scritto)?\s?:$")
_IN_BRACKETS = re.compile(r"[<(\[][^\n<>]{0,80}@")
_MESSAGE_ID = re.compile(r"^[\s>]{0,6}in\s(?:article|message)\s<", re.IGNORECASE)
_AFTER_COLON = " *_>\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LONGEST = 1_000
_MOST_LOOKED_AT = 1_000
"""Lines that may introduce a quote; a text with more of them is no conversation."""
_MOST_LINES_OF_ATTRIBUTION = 6
RULE = re.compile(r"^[\s>*]{0,6}[-_=—–*~]{3,}[\s*]{0,4}$|^\s{0,3}[—–_]{1,2}\s*$")


@dataclass(slots=True)
class JudgedLines:
    """Lines with what each is: `text`, `quoted`, or `said` where a quote is introduced."""

    lines: list[str]
    kinds: list[str]


def parted(lines: list[str]) -> list[str]:
    """An introduction that shares its line with the end of the answer gets a line of its own."""
    out: list[str] = []
    for line in lines:
        if 20 < len(line) < 400 and line.endswith((":", "：")) and VERB.search(line[-40:]) and not START.match(line):
            inner = WITHIN.search(line)
            if inner is not None and DATE.search(line, inner.start()):
                out += [line[: inner.start()].rstrip(), line[inner.start() :]]
                continue
        out.append(line)
    return out


def judge(lines: list[str]) -> JudgedLines:
    kinds = ["quoted" if _is_quoted(line) else "text" for line in lines]
    _join_broken(lines, kinds)
    looked = 0
    for index, line in enumerate(lines):
        if kinds[index] != "text" or not line or len(line) > _LONGEST or looked > _MOST_LOOKED_AT:
            continue
        if line.startswith(SAID_HERE):
            kinds[index] = "said"
            continue
        looked += _may_introduce(line)
        if _cuts(lines, index):
            start = _with_rule_above(lines, index)
            kinds[start:] = ["quoted"] * (len(lines) - start)
            break
        begin = _attribution(lines, kinds, index)
        if begin is not None:
            if not _quote_follows(kinds, lines, index):
                kinds[begin:] = ["quoted"] * (len(lines) - begin)
                break
            kinds[begin : index + 1] = ["said"] * (index + 1 - begin)
    return JudgedLines(lines, kinds)


def _may_introduce(line: str) -> bool:
    return line.rstrip(_AFTER_COLON).endswith((":", "：")) or ":" in line[:60] or line[:1] in "-_="


def _is_quoted(line: str) -> bool:
    return line[:6].lstrip()[:1] in (">", "＞", "&") and bool(_QUOTED.match(line)) and not _LAST_OF_ADDRESS.match(line)


def _join_broken(lines: list[str], kinds: list[str]) -> None:
    """A piece that a client broke off a quoted line belongs to the quote."""
    for index in range(1, len(lines) - 1):
        if kinds[index] == "text" and kinds[index - 1] == kinds[index + 1] == "quoted":
            line = lines[index]
            if line and (line.endswith(">") or line[0] == " " or (len(line) < 30 and line[0].islower())):
                kinds[index] = "quoted"


def _cuts(lines: list[str], index: int) -> bool:
    """Whether all from this line on is a message that was answered or forwarded."""
    line = lines[index].replace("&nbsp;", " ")
    if CUT_HERE in line:
        return True
    head = line[:16].lstrip()
    if head[:1] in "-_=—–*~" and SEPARATOR.match(line):
        return True
    if len(line) < 200 and (BEGIN_FORWARD.match(line) or ABOVE.search(line)):
        return True
    return (":" in line[:60] or "：" in line[:60] or line.startswith("|")) and (
        _is_header(lines, index) or _is_header_of_any_language(lines, index)
    )


def _is_header(lines: list[str], index: int) -> bool:
    """Whether a quoted header such as Outlook's begins here: its fields, close together.

    Letters and lists of a payment have such labels too; what has neither an address nor a clock nor a rule above it
    needs all four.
    """
    seen: set[str] = set()
    strange = 0
    sure = _with_rule_above(lines, index) < index
    for line in lines[index : index + 14]:
        if not line.strip():
            strange += 1
            if strange > 3:
                break
            continue
        label = LABEL.match(line[:300])
        if label is None:
            if not seen:
                return False
            strange += 1
            if strange > 3:
                break
            continue
        seen.add(label.lastgroup or "")
        sure = sure or "@" in line or MOMENT.search(line[:300]) is not None
        if len(seen - {"more", "cc"}) == 4:
            return True
        if not sure:
            continue
        if "sender" in seen and ("subject" in seen or len(seen - {"more"}) >= 3):
            return True
        if {"sent", "to", "subject"} <= seen:
            return True
    return False


def _is_header_of_any_language(lines: list[str], index: int) -> bool:
    """Whether labelled lines stand here that only a quoted header has: `Name <address>` first, then a moment."""
    first = HEADER_LINE.match(lines[index]) if "@" in lines[index] else None
    if first is None or not SENDER_VALUE.match(first["value"]):
        return False
    labelled, dated = 1, False
    for line in lines[index + 1 : index + 6]:
        found = HEADER_LINE.match(line)
        if found is None:
            break
        labelled += 1
        value = found["value"]
        dated = dated or bool(MOMENT.search(value) and DATE.search(value))
    return dated and labelled >= 3


def _with_rule_above(lines: list[str], index: int) -> int:
    """The rule that a client draws above a quote belongs to it."""
    above = index - 1
    while above >= 0 and index - above <= 3 and not lines[above].strip():
        above -= 1
    if above >= 0 and (
        RULE.match(lines[above]) or SEPARATOR.match(lines[above][:200]) or WORDED_RULE.match(lines[above][:200])
    ):
        return above
    return index


def _attribution(lines: list[str], kinds: list[str], index: int) -> int | None:
    """Where the words that introduce a quote begin, when they end at this line."""
    last = lines[index].rstrip(_AFTER_COLON)
    ends = last.endswith((":", "："))
    if not ends and VERB.search(last[-60:]) is None:
        return None
    joined = ""
    first = max(0, index - _MOST_LINES_OF_ATTRIBUTION + 1)
    around = " ".join(line.strip() for line in lines[first : index + 1])[-600:]
    spoken = VERB.search(around) is not None
    if not spoken and "@" not in around:
        return None
    fallback: int | None = None
    for start in range(index, max(-1, index - _MOST_LINES_OF_ATTRIBUTION), -1):
        if kinds[start] != "text":
            break
        if not lines[start].strip():
            if joined.startswith("<") or not joined.strip(" <>:"):
                continue
            break
        joined = f"{lines[start].strip()} {joined}"
        if len(joined) > 500:
            break
        quoted = _quote_follows(kinds, lines, index)
        if not _introduces(joined, spoken=spoken, ends=ends, quoted=quoted):
            continue
        if not quoted and "@" not in joined and start > 0 and lines[start - 1].strip():
            # in the midst of a paragraph a person tells what somebody said
            continue
        if START.match(lines[start]):
            return start
        fallback = start if fallback is None else fallback
    return fallback


def _introduces(joined: str, *, spoken: bool, ends: bool, quoted: bool) -> bool:
    addressed = "@" in joined
    dated = DATE.search(joined) is not None or (addressed and _MESSAGE_ID.match(joined) is not None)
    if not (dated or (ends and (addressed or quoted))) or not (spoken or (ends and dated and addressed)):
        return False
    if not quoted and OWN_WORDS.search(joined) and not _IN_BRACKETS.search(joined):
        return False
    if ends and dated and addressed:
        return True
    if not ends and not (addressed or quoted):
        return False
    return VERB.search(joined) is not None and (ends or START.match(joined) is not None)


def _quote_follows(kinds: list[str], lines: list[str], index: int) -> bool:
    for after in range(index + 1, min(index + 5, len(lines))):
        if lines[after].strip():
            return kinds[after] == "quoted"
    return False
