"""The words of refunds from `seeds/refunds.toml`: for customers, for merchants, in three languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from string import Formatter
from zoneinfo import ZoneInfo

import msgspec

from db.kinds import Language
from db.kinds_refunds import RefundReason, RefundState
from desk.rules.promises import MONTHS
from desk.rules.refunds.life import PROGRESS
from desk.rules.refunds.money import Money, written
from desk.rules.refunds.policy import Finding, Rule
from desk.services.seed_files import SeedError, Words, read_seed_file, seeds_folder

FILE = "refunds.toml"
DESK_ZONE = ZoneInfo("Asia/Jakarta")
"""The zone in which customers are told moments."""

ALLOWED = frozenset(
    {"merchant", "amount", "paid", "reference", "until", "reason", "reply", "link", "left", "back", "days"}
)
PLACED = frozenset({"place", "step"})


class _Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    with_merchant: Words
    approved: Words
    declined: Words
    unanswered: Words
    in_review: Words
    pending: Words
    paid: Words
    failed: Words
    cancelled: Words


class _Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    subject: Words
    ask: Words
    link: Words
    no_link: Words
    remind: Words
    answer: Words
    cancelled: Words


class _Progress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    follow: Words
    """Leads from a message to the page."""
    title: Words
    amount: Words
    merchant: Words
    paid: Words
    reference: Words
    opened: Words
    asked: Words
    decided: Words
    due: Words
    late: Words
    at: Words
    gone: Words


class RefundWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words in one language."""

    steps: tuple[Words, Words, Words, Words, Words]
    place: Words
    """How far it has come, with {place} and {step}."""
    told: _Told
    refused: dict[Rule, Words]
    reasons: dict[RefundReason, Words]
    states: dict[RefundState, Words]
    mail: _Mail
    progress: _Progress


class InLanguages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words in the desk's languages."""

    id: RefundWords
    en: RefundWords
    zh: RefundWords


@dataclass(frozen=True, slots=True)
class Step:
    """One of the five steps of a refund's progress, in somebody's language."""

    label: str
    is_done: bool
    is_now: bool


@lru_cache(maxsize=1)
def _all() -> InLanguages:
    path = seeds_folder() / FILE
    found = read_seed_file(path, InLanguages)
    for code in ("id", "en", "zh"):
        words: RefundWords = getattr(found, code)
        closed: dict[str, frozenset[str]] = {
            "refused": frozenset(Rule), "reasons": frozenset(RefundReason), "states": frozenset(RefundState),
        }  # fmt: skip
        for where, known in closed.items():
            if missing := known - getattr(words, where).keys():
                raise SeedError(path, f"{code}.{where}", f"lacks {', '.join(sorted(missing))}; add it")
        parts = (words.told, words.mail, words.progress)
        texts = [each for part in parts for each in msgspec.structs.asdict(part).items()]
        for name, text in [*texts, *words.refused.items(), ("place", words.place)]:
            try:
                strange = set(_placeholders(text)) - (PLACED if name == "place" else ALLOWED)
            except ValueError as error:
                raise SeedError(path, f"{code}.{name}", str(error)) from error
            if strange:
                raise SeedError(path, f"{code}.{name}", f"{{{min(strange)}}} is no variable of refunds; correct it")
    return found


def words_of(language: Language, fallback: str = "en") -> RefundWords:
    """The words of a language, or of `fallback` where we have none in it. Raises `SeedError`."""
    found: RefundWords = getattr(_all(), fallback if language is Language.OTHER else language.value)
    return found


def told(state: RefundState, language: Language, facts: Mapping[str, str], fallback: str = "en") -> str:
    """What a customer hears when a refund comes to a state; empty where there is nothing to say."""
    text = getattr(words_of(language, fallback).told, state.value, "")
    return filled(text, facts)


def refused(finding: Finding, language: Language, merchant: str, fallback: str = "en") -> str:
    """Why a rule refuses, with its date, in words fit for the customer."""
    words = words_of(language, fallback)
    facts = {"merchant": merchant}
    if finding.at is not None:
        facts["until"] = moment(finding.at, language)
    for name, value in finding.facts.items():
        if isinstance(value, Money):
            facts[name] = written(value, language)
        elif isinstance(value, datetime):
            facts[name] = day(value, language)
        elif isinstance(value, int):
            facts[name] = str(value)
        elif isinstance(value, RefundReason):
            facts[name] = words.reasons[value]
    return filled(words.refused[finding.rule], facts)


def progress(state: RefundState, language: Language, fallback: str = "en") -> tuple[Step, ...]:
    """The five steps for a customer's eyes; a refund that was stopped has come to none of them."""
    come = PROGRESS[state]
    return tuple(
        Step(label, place < come or state is RefundState.PAID, place == come and state is not RefundState.PAID)
        for place, label in enumerate(words_of(language, fallback).steps, start=1)
    )


def place_of(state: RefundState, language: Language, fallback: str = "en") -> str:
    """How far a refund has come, for a customer: `step 2 of 5: With the merchant`; empty for one that was stopped."""
    words, come = words_of(language, fallback), PROGRESS[state]
    return filled(words.place, {"place": str(come), "step": words.steps[come - 1]}) if come else ""


def filled(text: str, facts: Mapping[str, str]) -> str:
    """A text with its variables filled in; what is not known shows as a dash, never as a brace."""
    for name in _placeholders(text):
        text = text.replace(f"{{{name}}}", facts.get(name, "–").replace("{", "(").replace("}", ")"))
    return text


def day(at: datetime, language: Language, zone: ZoneInfo = DESK_ZONE) -> str:
    """A date in the words of a language: `7 Januari 2027`."""
    local = at.astimezone(zone).date()
    if language is Language.CHINESE:
        return f"{local.year}年{local.month}月{local.day}日"
    months = MONTHS[Language.INDONESIAN if language is Language.INDONESIAN else Language.ENGLISH]
    return f"{local.day} {months[local.month - 1]} {local.year}"


def moment(at: datetime, language: Language, zone: ZoneInfo = DESK_ZONE) -> str:
    """A date with its time and zone in the words of a language: `25 November 2026, 17.00 WIB`."""
    local = at.astimezone(zone)
    clock = f"{local:%H.%M}" if language is Language.INDONESIAN else f"{local:%H:%M}"
    separator = " " if language is Language.CHINESE else ", "
    return f"{day(at, language, zone)}{separator}{clock} {local:%Z}"


def _placeholders(text: str) -> list[str]:
    """The names between braces, in order. Raises `ValueError` on a lone brace."""
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]
