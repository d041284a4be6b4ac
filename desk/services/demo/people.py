"""The demo's customers: each is made from its number alone, so that none has to be kept in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from db.kinds import Channel, ContactKind, Language
from db.segment import GAP, SENDER
from desk.services.demo.arrivals import spread
from desk.services.demo.bank import Bank, SpacedNames
from desk.services.demo.moments import DAY, stored
from desk.services.demo.pieces import Piece, piece

DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved by RFC 2606: nobody ever gets a letter."""

PHONE_PREFIX = "62840"
"""No Indonesian network has the prefix 0840; eight more digits tell customers apart."""

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_WORD = re.compile("[0-9a-z]+")


@dataclass(frozen=True, slots=True)
class Person:
    """One customer; `addresses` holds what a channel knows them by."""

    id: int
    language: Language
    name: Piece
    addresses: dict[Channel, str]
    phone: Piece
    on_social: bool
    known_since: int
    name_as_sender: str

    def sender_terms(self, channel: Channel) -> str:
        """What search keeps of a sender: name and address, marked as a sender's and plain."""
        if channel is Channel.PHONE:
            return f"{self.name_as_sender} {_sender(self.phone)}"
        # Addresses and handles are lower case ASCII.
        words = _WORD.findall(self.addresses[channel])
        marked = f" {SENDER}".join(words)
        return f"{self.name_as_sender} {SENDER}{marked} {GAP} {' '.join(words)} {GAP}"


def _sender(part: Piece) -> str:
    marked = [SENDER + word for word in part.words.split()]
    numbers = [f"{SENDER}{number} {GAP}" for number in part.numbers]
    return " ".join([*marked, GAP, *numbers, part.part])


class People:
    """`count` customers, numbered from 1; `newest` is the latest second at which one became known."""

    def __init__(self, bank: Bank, count: int, seed: int, newest: int) -> None:
        self.count = count
        self._names = bank.names
        self._languages = spread(bank.world.shares.language)
        self._seed = seed
        self._newest = newest
        self._parts: dict[str, Piece] = {}
        self._senders: dict[str, str] = {}
        self.person = lru_cache(maxsize=20_000)(self._person)

    def rows(self) -> Iterator[tuple[tuple[object, ...], list[tuple[object, ...]]]]:
        """Each customer's row with the rows of their contact points, without these rows' ids."""
        for number in range(1, self.count + 1):
            who = self._person(number)
            since = stored(who.known_since)
            kinds = [(ContactKind.EMAIL, Channel.EMAIL, ""), (ContactKind.PHONE, Channel.PHONE, "")]
            kinds.append((ContactKind.HANDLE, Channel.CHAT, "chat"))
            if who.on_social:
                kinds.append((ContactKind.HANDLE, Channel.SOCIAL, "social"))
            contacts: list[tuple[object, ...]] = []
            for kind, channel, provider in kinds:
                value = who.addresses[channel]
                contacts.append((number, kind.value, provider, value, _folded(kind, value), since))
            yield (number, who.name.text, who.language.value, since), contacts

    def _person(self, number: int) -> Person:
        mixed = (number + self._seed * 1_000_003) * _GOLDEN & _MASK
        mixed = (mixed ^ mixed >> 29) * _GOLDEN & _MASK
        language = self._languages[mixed % len(self._languages)]
        name, slug = self._name(language, mixed >> 8)
        handle = f"{slug.replace('.', '_')}{number}"
        digits = f"{number * 61_803_399 % 100_000_000:08d}"
        phone = f"+{PHONE_PREFIX[:2]} {PHONE_PREFIX[2:]}-{digits[:4]}-{digits[4:]}"
        return Person(
            id=number,
            language=language,
            name=name,
            addresses={
                Channel.EMAIL: f"{slug}{number}@{DOMAINS[(mixed >> 20) % len(DOMAINS)]}",
                Channel.PHONE: phone,
                Channel.CHAT: handle,
                Channel.SOCIAL: f"@{handle}",
            },
            phone=Piece(phone, f"62 840 {digits[:4]} {digits[4:]}", (PHONE_PREFIX + digits,)),
            on_social=mixed >> 40 & 7 < 4,
            known_since=self._newest - (mixed >> 44) % (400 * DAY),
            name_as_sender=self._senders[name.text],
        )

    def _name(self, language: Language, mixed: int) -> tuple[Piece, str]:
        if language is Language.CHINESE:
            surname, spelt = self._names.zh.surname[mixed % len(self._names.zh.surname)]
            given, spelt_given = self._names.zh.given[(mixed >> 12) % len(self._names.zh.given)]
            return self._kept(surname + given), f"{spelt}.{spelt_given}"
        names: SpacedNames = self._names.id if language is Language.INDONESIAN else self._names.en
        first = names.first[mixed % len(names.first)]
        last = names.last[(mixed >> 12) % len(names.last)]
        if names.shops and (mixed >> 24) % 25 == 0:
            shop = names.shops[(mixed >> 29) % len(names.shops)]
            return self._kept(f"{shop} {first}"), f"{shop}.{first}".lower()
        return self._kept(f"{first} {last}"), f"{first}.{last}".lower()

    def _kept(self, name: str) -> Piece:
        if name not in self._parts:
            self._parts[name] = piece(name)
            self._senders[name] = _sender(self._parts[name])
        return self._parts[name]


def _folded(kind: ContactKind, value: str) -> str:
    """As `db.folding` folds it; all of these are lower case ASCII already, and a test compares the two."""
    if kind is ContactKind.PHONE:
        return value.replace("-", "").replace(" ", "").lstrip("+")
    return value.lstrip("@")
