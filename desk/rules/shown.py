"""Text from strangers, made fit to be shown: nothing in it acts, nothing of it is lost from sight."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

MARKS_IN_A_ROW = 4
"""Combining marks that one character may carry; honest scripts need three, floods thousands."""

NAMED = {
    0x061C: "ALM", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ", 0x200E: "LRM", 0x200F: "RLM",
    0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO", 0x202E: "RLO",
    0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
    0x00AD: "SHY", 0x034F: "CGJ", 0x180E: "MVS", 0xFEFF: "BOM", 0x3164: "HF", 0x115F: "HCF", 0x1160: "HJF",
    0xFFA0: "HHF", 0x2028: "LS", 0x2029: "PS", 0xFFF9: "IAA", 0xFFFA: "IAS", 0xFFFB: "IAT",
}  # fmt: skip

_BY_NEIGHBOURS = frozenset({0x061C, 0x200C, 0x200D, 0x200E, 0x200F})
"""Invisible, but with a use in honest text: judged by what stands beside them."""

_UNSEEN = (0x17B4, 0x17B5, *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B))
"""Letters and format signs that show nothing and have no use in what people write to a desk; marked by their number."""

_FLAGS = ("gbeng", "gbsct", "gbwls")


class _Patterns(NamedTuple):
    plain: re.Pattern[str]
    """Text without anything to look at twice: most of what people write."""
    careful: re.Pattern[str]
    right_to_left: re.Pattern[str]
    line: dict[int, str]
    block: dict[int, str]


@cache
def _patterns() -> _Patterns:
    """Built when the first stranger's text is shown: the first frame of the program has none and does not wait."""
    always = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
    always |= {code: f"⟨{code:02X}⟩" for code in range(0x80, 0xA0)}
    always |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
    always |= {code: f"⟨{name}⟩" for code, name in NAMED.items() if code not in _BY_NEIGHBOURS}
    always |= {code: f"⟨{code:X}⟩" for code in (*range(0x2061, 0x2066), *range(0x206A, 0x2070), *_UNSEEN)}
    return _Patterns(
        plain=re.compile(
            r"[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1fff\u2010-\u2027\u2030-\u205e"
            r"\u20a0-\u20bf\u2190-\u22ff\u3001-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uac00-\ud7a3"
            r"\uff01-\uff9f]*"
        ),
        careful=re.compile(
            "[\u061c\u180b-\u180d\u180f\u200c-\u200f\ufe00-\ufe0f\U000e0000-\U000e0fff]|[\u0300-\u036f\u0483-\u0489\u0591-\u05bd"
            "\u0610-\u061a\u064b-\u065f\u06d6-\u06ed\u0711-\u074a\u0900-\u0dff\u0e31-\u0ebc\u0f18-\u0fbc\u102b-\u109d"
            "\u17b4-\u17d3\u1920-\u193b\u1ab0-\u1aff\u1b00-\u1c37\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u309a\ua66f-\ua69f"
            "\ua806-\uabed\ufe20-\ufe2f\U00010376-\U00011fff\U00016af0-\U0001e94a]{5,}"
        ),
        right_to_left=re.compile("[\u0590-\u061b\u061d-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"),
        line={**always, 0x09: " ", 0x2800: "⟨2800⟩"},  # in a text a blank of Braille pictures; in a name it hides
        block={code: to for code, to in always.items() if code != 0x0A} | {0x09: "    "},
    )


def line(text: str) -> str:
    """One line as it is safe to show: line ends and controls as visible signs, invisible characters as marks.

    Arabic, Hebrew, joined emoji and brackets stay as they are. The result is plain text and never markup: a
    widget gets it as `Content(…)` or with `markup=False`.
    """
    return text if _is_clear(text) else _looked_at(text, _patterns().line)


def block(text: str) -> str:
    """Several lines as they are safe to show; line ends stay."""
    return text if _is_clear(text) else _looked_at(text.replace("\r\n", "\n"), _patterns().block)


def _is_clear(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _looked_at(text: str, table: dict[int, str]) -> str:
    patterns = _patterns()
    if patterns.plain.fullmatch(text):
        return text
    text = text.translate(table)
    return _carefully(text) if patterns.careful.search(text) else text


def _carefully(text: str) -> str:
    """Judge joiners, direction marks, variation selectors, tags and floods of marks by what stands beside them."""
    right_to_left = bool(_patterns().right_to_left.search(text))
    kept: list[str] = []
    marks = 0
    for index, character in enumerate(text):
        code = ord(character)
        if code < 0x300:
            marks = 0
            kept.append(character)
        elif _is_tag(code):
            kept.append(character if _in_flag(text, index) else f"⟨TAG{code & 0x7F:02X}⟩")
        elif 0x200C <= code <= 0x200F or code == 0x061C:
            kept.append(character if _is_honest(text, index, right_to_left=right_to_left) else f"⟨{NAMED[code]}⟩")
        elif 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
            kept.append(character if _selects(text, index) else f"⟨VS{_selector(code)}⟩")
        elif 0x180B <= code <= 0x180F:
            kept.append(character if 0x1820 <= ord(text[index - 1]) <= 0x18AA and index else f"⟨{code:X}⟩")
        elif unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me"}:
            marks += 1
            if marks <= MARKS_IN_A_ROW:
                kept.append(character)
            elif marks == MARKS_IN_A_ROW + 1:
                kept.append("⟨marks⟩")
        else:
            marks = 0
            kept.append(character)
    return "".join(kept)


def _is_tag(code: int) -> bool:
    return 0xE0000 <= code <= 0xE007F


def _in_flag(text: str, index: int) -> bool:
    start = text.rfind("\U0001f3f4", max(0, index - 7), index)
    if start < 0:
        return False
    word = "".join(chr(ord(character) & 0x7F) for character in text[start + 1 : start + 7])
    return word[:5] in _FLAGS and word[5:] == "\x7f"


def _selector(code: int) -> int:
    return code - 0xFE00 + 1 if code <= 0xFE0F else code - 0xE0100 + 17


def _selects(text: str, index: int) -> bool:
    """Whether a variation selector has a character to vary: the first one behind a visible one."""
    if index == 0:
        return False
    before = text[index - 1]
    return unicodedata.category(before) in {"So", "Sm", "Lo", "Sk", "Po", "Nd"} or before in "‼⁉"


def _is_honest(text: str, index: int, *, right_to_left: bool) -> bool:
    """Whether a joiner joins, or a direction mark directs, something that is really there."""
    if 0 < index < len(text) - 1:
        before, after = text[index - 1], text[index + 1]
        if text[index] in "\u200c\u200d":
            return (_is_pictograph(before) and _is_pictograph(after)) or (_joins(before) and _joins(after))
        return right_to_left and not _is_direction(before) and not _is_direction(after)
    return False


def _is_direction(character: str) -> bool:
    return character in "\u200e\u200f\u061c"


@lru_cache(maxsize=512)
def _is_pictograph(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Mn"} and ord(character) > 0x2000


@lru_cache(maxsize=512)
def _joins(character: str) -> bool:
    """Whether a script uses joiners in honest words: Arabic and its neighbours, the Indic scripts."""
    return 0x0600 <= ord(character) <= 0x0DFF or 0x1780 <= ord(character) <= 0x18AF
