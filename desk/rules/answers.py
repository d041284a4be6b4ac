"""Canned answers: which words fit a customer, what the agent is asked for, and what is still open in a draft.

`desk.templates` fills in the texts of answers. The desk's own short sentences (confirmations, call-backs) are filled
in here: a variable in them is a name in braces, `{case.reference}`; `{{` and `}}` are braces as they are. In a draft
an open variable stands as `{name}`. Values are put in once and as they are: braces in a customer's name are never ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from db.kinds import Channel, Language
from db.rows import AgentRow, AnswerRow, AnswerTextRow, CaseDetail
from desk.rules.answer_variables import BY_NAME
from desk.rules.text import clean_line, is_blank

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,39}(?:\.[A-Za-z_][A-Za-z0-9_]{0,39}){0,3}"
_TEMPLATE = re.compile(r"\{\{|\}\}|\{(" + _NAME + r")\}")
_VARIABLE = re.compile(r"\{(" + _NAME + r")\}")

DESK_VARIABLES = frozenset(BY_NAME)
"""What the desk fills in by itself, in every answer, where it knows it."""

CHANNEL_WORDS = {
    Language.INDONESIAN: {
        Channel.PHONE: "telepon",
        Channel.EMAIL: "e-mail",
        Channel.CHAT: "chat",
        Channel.SOCIAL: "media sosial",
    },
    Language.CHINESE: {
        Channel.PHONE: "电话",
        Channel.EMAIL: "电子邮件",
        Channel.CHAT: "在线聊天",
        Channel.SOCIAL: "社交媒体",
    },
}
LANGUAGE_WORDS = {Language.INDONESIAN: "Bahasa Indonesia", Language.ENGLISH: "English", Language.CHINESE: "中文"}


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with its values put in; `missing` are the variables that stayed open, in order."""

    text: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A variable that the agent is asked for, in words of the answer's language."""

    name: str
    ask: str
    required: bool


@dataclass(frozen=True, slots=True)
class OpenVariable:
    """A variable still open in a draft, and where: character offsets of its braces."""

    name: str
    start: int
    end: int


def variables_in(text: str) -> tuple[str, ...]:
    """The variables of one of the desk's own sentences, each once, in order of appearance."""
    return tuple(dict.fromkeys(match[1] for match in _TEMPLATE.finditer(text) if match[1]))


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """The template's text with `values` in the places of its variables; what has no value stays `{name}`."""
    missing: dict[str, None] = {}

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return match[0][0]
        if name in values:
            return values[name]
        missing[name] = None
        return match[0]

    return Filled(_TEMPLATE.sub(put, text), tuple(missing))


def known_values(detail: CaseDetail, me: AgentRow, language: Language) -> dict[str, str]:
    """What a case and its agent tell by themselves, each value one clean line; what is not known is not in it."""
    case, customer = detail.case, detail.customer
    channels = CHANNEL_WORDS.get(language, {})
    values = {
        "customer.name": customer.name,
        "customer.language": LANGUAGE_WORDS.get(case.language, ""),
        "agent.name": me.name,
        "case.reference": case.reference,
        "case.subject": case.subject,
        "channel": channels.get(case.channel, case.channel.value),
    }
    return {name: as_value(value) for name, value in values.items() if not is_blank(value)}


def as_value(text: str) -> str:
    """A stranger's text as one clean line that may be put into an answer.

    What looks like a variable in it gets round brackets: once it is in a draft, nobody could tell it from a variable
    that was left open, and it would keep the answer from being sent.
    """
    return _VARIABLE.sub(r"(\1)", clean_line(text))


def text_for(answer: AnswerRow, language: Language, fallback: Language) -> tuple[Language, AnswerTextRow]:
    """The answer's words in `language`, else in `fallback`, else in the first language that it has.

    Raises `ValueError` for an answer without any text.
    """
    for wanted in (language, fallback, *Language):
        if wanted in answer.texts:
            return wanted, answer.texts[wanted]
    raise ValueError(f"The canned answer {answer.key!r} has no text.")


def questions(
    answer: AnswerRow, used: Iterable[str], missing: Collection[str], known: Collection[str], language: Language
) -> tuple[Question, ...]:
    """What has to be asked before a text is complete, in order of appearance.

    `used` are the variables of the text, `missing` those of them that stay open in it by what is `known`. What the
    answer declares is asked for wherever the desk does not know it, because a condition may hang on it. A variable that
    the answer does not declare is required, and asked for by what the registry says of it.
    """
    asked = []
    for name in used:
        if name in known or not (name in missing or name in answer.variables):
            continue
        declared = answer.variables.get(name, {})
        words = declared.get("ask", {})
        ask = words.get(language.value) or words.get(Language.ENGLISH.value) or name
        asked.append(Question(name, ask, bool(declared.get("required", True))))
    return tuple(asked)


def declared_variables(answers: Iterable[AnswerRow]) -> frozenset[str]:
    """Every variable that these answers declare."""
    return frozenset(name for answer in answers for name in answer.variables)


def places_open(text: str, declared: Collection[str] = ()) -> tuple[OpenVariable, ...]:
    """Where a draft still has a variable open: `{name}` with a name of `DESK_VARIABLES` or of `declared`.

    `declared` are the variables of the answers that were put into this draft. Other words in braces are the
    writer's own, and lines that begin with `>` are quoted from somebody: neither keeps a message from being sent.
    """
    return tuple(
        OpenVariable(match[1], match.start(), match.end())
        for match in _VARIABLE.finditer(text)
        if (match[1] in DESK_VARIABLES or match[1] in declared) and not _quoted(text, match.start())
    )


def made_of(name: str) -> tuple[str, int, Language | None] | None:
    """Key, version and language of a canned answer as drafts and events name it: `key@3`, or `key@3:id`."""
    key, _, rest = name.rpartition("@")
    number, _, code = rest.partition(":")
    if not key or not number.isdecimal():
        return None
    return key, int(number), Language(code) if code in set(Language) else None


def open_variables(text: str, declared: Collection[str] = ()) -> tuple[str, ...]:
    """The names of `places_open`, each once, in order of appearance."""
    return tuple(dict.fromkeys(place.name for place in places_open(text, declared)))


def _quoted(text: str, position: int) -> bool:
    return text[text.rfind("\n", 0, position) + 1 : position].lstrip().startswith(">")
