"""The newly written part of a message: quotes and signatures set aside, answers between quotes kept with them."""

from __future__ import annotations

import re

from desk.channels.mail.html_tree import CUT_HERE, OUR_SIGNS, SIGNATURE_BEGINS, SIGNATURE_ENDS
from desk.channels.mail.quotes import RULE, JudgedLines, judge, parted
from desk.channels.mail.signature_words import SENT_FROM, SIGN_OFF

_MOST_PROGRAM_LINES = 10
"""Lines such as "Sent from my iPhone" at the end of one answer; more of them were written by hand."""
_SIGN = re.compile(f"[{OUR_SIGNS}]")
_ONLY_SIGNS = re.compile(rf"[\s>]*[{CUT_HERE}{SIGNATURE_BEGINS}{SIGNATURE_ENDS}]\s*")
_SIGNATURE = re.compile(r"^\s{0,2}(?:--|—-|–-)[ \t\xa0]*$")


def newly_written(text: str) -> str:
    """What the sender wrote anew; all of the text when nothing but quotes and signatures is left.

    An answer between pieces of a quote keeps the pieces it answers.
    """
    if not text.strip():
        return ""
    lines = parted(_without_marked_signatures([line.rstrip() for line in text.split("\n")]))
    judged = judge(lines)
    kept = _kept(judged)
    kept = _without_signature(kept)
    reply = without_marks("\n".join(kept)).strip("\n")
    if reply.strip():
        return reply.rstrip()
    return without_marks(text).strip("\n")


def without_marks(text: str) -> str:
    """The text without the signs that stood for quotes while it was rendered."""
    if _SIGN.search(text) is None:
        return text
    lines = [_SIGN.sub("", line) for line in text.split("\n") if not _ONLY_SIGNS.fullmatch(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _kept(judged: JudgedLines) -> list[str]:
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


def _blocks(judged: JudgedLines) -> list[tuple[str, list[str]]]:
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
    return any(line.strip() and not RULE.match(line) for line in block)


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


def _without_marked_signatures(lines: list[str]) -> list[str]:
    """The lines without what the client marked as signatures, unless nothing else was written."""
    out: list[str] = []
    inside = False
    for line in lines:
        if SIGNATURE_BEGINS in line:
            inside = True
        if not inside:
            out.append(line)
        if SIGNATURE_ENDS in line:
            inside = False
    if len(out) == len(lines):
        return lines
    kinds = judge(out).kinds
    written = any(kind == "text" and line.strip() for kind, line in zip(kinds, out, strict=True))
    return out if written else [line for line in lines if not _ONLY_SIGNS.fullmatch(line)]


def _without_signature(lines: list[str]) -> list[str]:
    written = False
    for index, line in enumerate(lines):
        if written and _SIGNATURE.match(line):
            lines = lines[:index]
            break
        written = written or _says([line])
    end, programs = len(lines), 0
    while end:
        last = lines[end - 1].strip()
        if last and not RULE.match(last):
            if end == 1 or programs == _MOST_PROGRAM_LINES or not (len(last) < 160 and SENT_FROM.match(last)):
                break
            programs += 1
        elif last and end == 1:
            break
        end -= 1
    return lines[:end]
