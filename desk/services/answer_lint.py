"""Whether files of answers are sound: variables, languages, topics, tags, guides, and what a channel takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from db.kinds import Channel, Language
from desk.rules.answer_variables import BY_NAME, GROUPS, Kind, strangers
from desk.services.answer_files import Finding, Read, line_of
from desk.templates.engine import Compiled, TemplateError, compiled
from desk.templates.values import Moment, Money, Style, Value


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a message of a channel may be: bytes of UTF-8, characters, and characters of one line; 0 is no limit."""

    most_bytes: int = 0
    most_characters: int = 0
    longest_line: int = 0
    source: str = ""


LIMITS = {
    Channel.CHAT: Limit(
        most_characters=4096,
        longest_line=700,
        source="WhatsApp's and Telegram's longest text; a longer line fills a phone's screen",
    ),
    Channel.SOCIAL: Limit(
        most_bytes=1000, longest_line=700, source="Instagram's longest message, the shortest among social networks"
    ),
}
"""What providers of a channel take, the strictest of them; mail and telephone take what answers may have."""

LANGUAGES = (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)
NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """What files may refer to; None for what nobody can say here."""

    topics: Collection[str] | None = None
    tags: Collection[str] | None = None
    guides: Collection[str] | None = None


def findings(reads: Iterable[Read], known: Known) -> list[Finding]:
    """What is wrong with these files: errors, which keep a file from being imported, and hints."""
    return [finding for read in reads for finding in _of(read, known)]


def _of(read: Read, known: Known) -> Iterator[Finding]:
    file = read.file

    def at(name: str, what: str, *, is_error: bool = True) -> Finding:
        return Finding(read.path, line_of(read.source, name), what, is_error)

    if read.path.stem != file.key:
        yield at("key", f"key is {file.key!r}; name the file {file.key}.toml")
    if known.topics is not None:
        for name, topic in (("topic", file.topic), ("actions.topic", file.actions.topic)):
            if topic is not None and topic not in known.topics:
                yield at(name, f"there is no topic {topic!r}; there are {', '.join(sorted(known.topics))}")
    if known.tags is not None:
        for tag in file.actions.tags:
            if tag not in known.tags:
                yield at("actions.tags", f"no case has the tag {tag!r} yet; is it spelt as agents do?", is_error=False)
    if file.actions.guide and known.guides is not None and file.actions.guide not in known.guides:
        listed = ", ".join(sorted(known.guides)) or "none yet"
        yield at("actions.guide", f"there is no guide {file.actions.guide!r}; there are: {listed}")
    if file.valid.start and file.valid.until and file.valid.until < file.valid.start:
        yield at("valid.until", f"{file.valid.until} lies before {file.valid.start}; exchange them")
    for name in file.variables:
        if name in GROUPS and name not in BY_NAME:
            yield at(f"variables.{name}", f"{name!r} is the desk's own word for a group of variables; take another")
    yield from _texts(read)


def _texts(read: Read) -> Iterator[Finding]:
    file = read.file
    if not file.texts:
        yield Finding(read.path, 1, "has no text; add [id], [en] or [zh] with title and text")
        return
    for language in LANGUAGES:
        if language not in file.texts:
            yield Finding(read.path, 1, f"has no [{language.value}] text; its customers get another", is_error=False)
    templates: dict[Language, Compiled] = {}
    for language, words in file.texts.items():
        name = f"{language.value}.text"
        line = line_of(read.source, name)
        try:
            template = compiled(words.text.strip())
        except TemplateError as error:
            yield Finding(read.path, line + error.line, f"{name}: {error.why}")
            continue
        templates[language] = template
        for unknown in strangers(template.variables, file.variables):
            where = line + _row(words.text, unknown)
            yield Finding(
                read.path, where, f"{name}: {{{{ {unknown} }}}} is unknown; declare it under [variables.{unknown}], or "
                "take one that docs/answers.md lists",
            )  # fmt: skip
        yield from _filled(read, language, template)
    yield from _compared(read, templates)


def _compared(read: Read, templates: dict[Language, Compiled]) -> Iterator[Finding]:
    everywhere: set[str] = set().union(*(template.variables for template in templates.values()))
    for language, template in templates.items():
        if missing := sorted(everywhere - set(template.variables)):
            name = f"{language.value}.text"
            said = ", ".join(f"{{{{ {each} }}}}" for each in missing)
            yield Finding(read.path, line_of(read.source, name), f"{name} lacks {said}, which another language has")
    for name in read.file.variables:
        if templates and name not in everywhere:
            where = f"variables.{name}"
            yield Finding(read.path, line_of(read.source, where), f"{where} is in no text; remove it")


def _filled(read: Read, language: Language, template: Compiled) -> Iterator[Finding]:
    """What filling it in with examples shows: that it can be, and how long it gets."""
    name, line = f"{language.value}.text", line_of(read.source, f"{language.value}.text")
    values: dict[str, Value] = dict.fromkeys(read.file.variables, "Rp 150.000")
    values |= {each: example(each) for each in BY_NAME}
    text = ""
    for some in (values, {each: values[each] for each in read.file.variables}, {}):
        try:
            text = text or template.filled(some, Style(language, UTC, NOW)).text
        except TemplateError as error:
            yield Finding(read.path, line + error.line, f"{name}: {error.why}")
            return
    for channel, limit in LIMITS.items():
        if read.file.channels and channel not in read.file.channels:
            continue
        if too_long := _too_long(text, limit):
            said = f"{name}: {too_long} for {channel.value}; shorten it, or leave {channel.value} out of `channels`"
            yield Finding(read.path, line, said, is_error=bool(read.file.channels))


def _too_long(text: str, limit: Limit) -> str:
    size = len(text.encode())
    longest = max(map(len, text.splitlines()), default=0)
    if limit.most_bytes and size > limit.most_bytes:
        return f"{size:,} bytes are too many ({limit.most_bytes:,})"
    if limit.most_characters and len(text) > limit.most_characters:
        return f"{len(text):,} characters are too many ({limit.most_characters:,})"
    if limit.longest_line and longest > limit.longest_line:
        return f"a line of {longest:,} characters is too long ({limit.longest_line:,})"
    return ""


def example(name: str) -> Value:
    """A value such as a variable of the registry may have."""
    variable = BY_NAME[name]
    if variable.kind is Kind.MONEY:
        return Money(15_000_000, "IDR")
    if variable.kind is Kind.MOMENT:
        return Moment(NOW)
    return True if variable.kind is Kind.FLAG else variable.example


def _row(text: str, name: str) -> int:
    """In which line of a text a variable first stands, counted from 1."""
    at = text.strip().find(name)
    return text.strip().count("\n", 0, max(at, 0)) + 1
