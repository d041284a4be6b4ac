"""The newly written part of a message: quotes and signatures set aside, answers between quotes kept with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desk.channels.mail.html_tree import CUT_HERE, QUOTE_BEGINS, QUOTE_ENDS
from desk.channels.mail.quote_words import ABOVE, BEGIN_FORWARD, DATE, LABEL, SENT_FROM, SEPARATOR, SIGN_OFF, START, VERB, WITHIN

_QUOTED = re.compile(r"^\s{0,3}(?:>|＞|&gt;)")
_RULE = re.compile(r"^[\s>*]{0,6}[-_=—–*~]{3,}[\s*]{0,4}$|^\s{0,3}[—–_]{1,2}\s*$")
_SIGNATURE = re.compile(r"^\s{0,2}(?:--|—-|–-)[ \t\xa0]*$")
_LAST_OF_ADDRESS = re.compile(r"^\s{0,2}>\s{0,2}(?:wrote|schrieb|a écrit|escribió|escreveu|menulis|ha scritto)?\s?:$")
_AFTER_COLON = " *_>\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LONGEST = 1_000
_MOST_LOOKED_AT = 3_000
"""Lines that may introduce a quote; a text with more of them is no conversation."""
_MOST_LINES_OF_ATTRIBUTION = 6


@dataclass(slots=True)
class _Lines:
    """Lines with what each is: text, quoted, or an introduction of a quote."""

    lines: list[str]
    kinds: list[str]


def newly_written(text: str) -> str:
    """What the sender wrote anew; all of the text when nothing but quotes and signatures is left.

    An answer between pieces of a quote keeps the pieces it answers.
    """
    if not text.strip():
        return ""
    lines = _parted([line.rstrip() for line in text.split("\n")])
    judged = _judge(lines)
    kept = _kept(judged)
    kept = _without_signature(kept)
    reply = without_marks("\n".join(kept)).strip("\n")
    if reply.strip():
        return reply.rstrip()
    return without_marks(text).strip("\n")


def without_marks(text: str) -> str:
    """The text without the signs that stood for quotes while it was rendered."""
    if CUT_HERE not in text and QUOTE_BEGINS not in text and QUOTE_ENDS not in text:
        return text
    lines = [re.sub(f"[{QUOTE_BEGINS}-{CUT_HERE}]", "", line) if "\ue0f1" <= max(line, default="") else line
             for line in text.split("\n") if not re.fullmatch(rf"[\s>]*{CUT_HERE}\s*", line)]  # fmt: skip
    return "\n".join(lines)


def _parted(lines: list[str]) -> list[str]:
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


def _judge(lines: list[str]) -> _Lines:
    kinds = ["quoted" if _is_quoted(line) else "text" for line in lines]
    _join_broken(lines, kinds)
    looked = 0
    for index, line in enumerate(lines):
        if kinds[index] != "text" or not line or len(line) > _LONGEST or looked > _MOST_LOOKED_AT:
            continue
        looked += _may_introduce(line)
        if _cuts(lines, index):
            start = _with_rule_above(lines, index)
            kinds[start:] = ["quoted"] * (len(lines) - start)
            break
        start = _attribution(lines, kinds, index)
        if start is not None:
            if not _quote_follows(kinds, lines, index):
                kinds[start:] = ["quoted"] * (len(lines) - start)
                break
            kinds[start : index + 1] = ["said"] * (index + 1 - start)
    return _Lines(lines, kinds)


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
    line = lines[index]
    if CUT_HERE in line:
        return True
    head = line[:16].lstrip()
    if head[:1] in "-_=—–*~" and SEPARATOR.match(line):
        return True
    if len(line) < 200 and (BEGIN_FORWARD.match(line) or (("##" in line or "--" in line) and ABOVE.search(line))):
        return True
    return (":" in line[:60] or "：" in line[:60] or line.startswith("|")) and _is_header(lines, index)


def _is_header(lines: list[str], index: int) -> bool:
    """Whether a quoted header such as Outlook's begins here: at least three of its fields, close together."""
    seen: set[str] = set()
    strange = 0
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
        if {"sent", "to", "subject"} <= seen or ("sender" in seen and len(seen - {"more"}) >= 3) or {"sender", "subject"} <= seen:
            return True
    return False


def _with_rule_above(lines: list[str], index: int) -> int:
    """The rule that a client draws above a quote belongs to it."""
    above = index - 1
    while above >= 0 and index - above <= 3 and not lines[above].strip():
        above -= 1
    if above >= 0 and (_RULE.match(lines[above]) or SEPARATOR.match(lines[above][:200])):
        return above
    return index


def _attribution(lines: list[str], kinds: list[str], index: int) -> int | None:
    """Where the words that introduce a quote begin, when they end at this line."""
    last = lines[index].rstrip(_AFTER_COLON)
    ends = last.endswith((":", "："))
    if not ends and VERB.search(last[-60:]) is None:
        return None
    joined = ""
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
        if not _introduces(joined, ends=ends, quoted=_quote_follows(kinds, lines, index)):
            continue
        if START.match(lines[start]):
            return start
        fallback = start if fallback is None else fallback
    return fallback


def _introduces(joined: str, *, ends: bool, quoted: bool) -> bool:
    verb = VERB.search(joined) is not None
    dated = DATE.search(joined) is not None
    addressed = "@" in joined
    if ends:
        return (verb and (dated or addressed or quoted)) or (dated and addressed)
    return verb and dated and (addressed or quoted) and START.match(joined) is not None


def _quote_follows(kinds: list[str], lines: list[str], index: int) -> bool:
    for after in range(index + 1, min(index + 5, len(lines))):
        if lines[after].strip():
            return kinds[after] == "quoted"
    return False


def _kept(judged: _Lines) -> list[str]:
    """The text, with those quotes that stand between answers."""
    blocks = _blocks(judged)
    last_text = max((i for i, (kind, block) in enumerate(blocks) if kind == "text" and _says(block)), default=-1)
    quotes = [i for i, (kind, _) in enumerate(blocks[:last_text]) if kind == "quoted"]
    first_text = next((i for i, (kind, block) in enumerate(blocks) if kind == "text" and _says(block)), 0)
    answered = [i for i in quotes if _is_answered(blocks, i)]
    between = len(answered) > 1 or any(i > first_text and not _introduced(blocks, i) for i in answered)
    last_answer = max((i + 1 for i in answered), default=first_text)
    out: list[str] = []
    for i, (kind, block) in enumerate(blocks):
        if kind == "text" and i > 0 and blocks[i - 1][0] == "quoted" and i - 1 not in answered and i > last_answer:
            continue
        if kind == "text" or (kind == "quoted" and between and i in answered):
            out.extend(block)
    return out


def _blocks(judged: _Lines) -> list[tuple[str, list[str]]]:
    blocks: list[tuple[str, list[str]]] = []
    for line, kind in zip(judged.lines, judged.kinds, strict=True):
        if blocks and (blocks[-1][0] == kind):
            blocks[-1][1].append(line)
        else:
            blocks.append((kind, [line]))
    # blank lines within a quote do not part it
    out: list[tuple[str, list[str]]] = []
    for position, (kind, block) in enumerate(blocks):
        between = 0 < position < len(blocks) - 1 and blocks[position - 1][0] == blocks[position + 1][0] == "quoted"
        kind_now = "quoted" if between and kind == "text" and not _says(block) else kind
        if out and out[-1][0] == kind_now == "quoted":
            out[-1][1].extend(block)
        else:
            out.append((kind_now, list(block)))
    return out


def _says(block: list[str]) -> bool:
    return any(line.strip() and not _RULE.match(line) for line in block)


def _is_answered(blocks: list[tuple[str, list[str]]], index: int) -> bool:
    after = blocks[index + 1] if index + 1 < len(blocks) else ("", [])
    if after[0] != "text" or not _says(after[1]):
        return False
    first = next(line for line in after[1] if line.strip())
    if _SIGNATURE.match(first) or SENT_FROM.match(first[:200]):
        return False
    said = [line for line in after[1] if line.strip()]
    return not (len(said) <= 4 and SIGN_OFF.match(first) and _text_before(blocks, index))


def _text_before(blocks: list[tuple[str, list[str]]], index: int) -> bool:
    return any(kind == "text" and _says(block) for kind, block in blocks[:index])


def _introduced(blocks: list[tuple[str, list[str]]], index: int) -> bool:
    before = index - 1
    while before >= 0 and blocks[before][0] == "text" and not _says(blocks[before][1]):
        before -= 1
    return before >= 0 and blocks[before][0] == "said"


def _without_signature(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        if _SIGNATURE.match(line) and any(_says([above]) for above in lines[:index]):
            lines = lines[:index]
            break
    while lines:
        last = lines[-1].strip()
        if last and not _RULE.match(lines[-1]) and not (len(last) < 160 and SENT_FROM.match(last)):
            break
        if last and len(lines) == 1:
            break
        lines = lines[:-1]
    return lines
