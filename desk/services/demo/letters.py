"""What is said on a case of the demo world, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import TypeVar

from db.kinds import Channel, Language
from desk.services.demo.bank import PRIVATE, SOLVED, Bank, Templates
from desk.services.demo.moments import DAY, HOUR, local_date, local_time
from desk.services.demo.pieces import Piece, Template, joined, piece
from desk.services.demo.plots import Plot

T = TypeVar("T")
Values = dict[str, Piece]

QUICK = {Channel.CHAT, Channel.SOCIAL}


class Letters:
    """Writes for one plot after another; the same random numbers give the same words."""

    def __init__(self, bank: Bank, random: Random) -> None:
        things = bank.world.things
        self._speech = bank.speech
        self._shares = bank.world.shares
        self._channels = {answer.key: frozenset(answer.channels) for answer in bank.seeds.answers}
        self._agents = [piece(agent.name) for agent in bank.agents]
        self._merchants = [piece(name) for name in things.merchants]
        self._devices = [piece(name) for name in things.devices]
        self._errors = [piece(name) for name in things.errors]
        self._banks = [piece(name) for name in things.banks]
        self._amounts = {language: [_money(n, language) for n in things.amounts] for language in bank.speech}
        self._emoji = things.emoji
        self._offset = bank.world.arrivals.offset_hours * HOUR
        self._random = random.random

    def values(self, plot: Plot) -> Values:
        """What the slots of a case's texts are filled with; the same throughout the case."""
        language = plot.person.language
        days = 2 + int(self._random() * 12)
        paid = plot.created + self._offset - 300 - int(self._random() * 3 * HOUR)
        paid -= days * DAY if plot.problem.key == "refund-late" else 0
        number = f"TRX{int(self._random() * 1e9):09d}"
        day, time = _day(paid // DAY, language), _time(paid % DAY // 60, language)
        values = {
            "name": plot.person.name,
            "phone": plot.person.phone,
            "agent": self._agents[plot.agent],
            "merchant": self._pick(self._merchants),
            "amount": self._pick(self._amounts[language]),
            "device": self._pick(self._devices),
            "error": self._pick(self._errors),
            "bank": self._pick(self._banks),
            "txn": Piece(number, number.lower()),
            "date": day,
            "time": time,
            "days": _number(days),
            "minutes": _number(2 + int(self._random() * 14)),
            "transaction.date": joined(", ", day, time),
            "case.reference": Piece(f"#{plot.case_id}", str(plot.case_id)),
        }
        values["customer.name"], values["agent.name"] = values["name"], values["agent"]
        values["refund.merchant"], values["refund.amount"] = values["merchant"], values["amount"]
        values["case.subject"] = self._pick(self._speech[language].subjects[plot.problem.key]).filled(values)
        return values

    def opening(self, plot: Plot, values: Values) -> Piece:
        """The customer's first words."""
        speech = self._speech[plot.person.language]
        mail = plot.channel is Channel.EMAIL
        first = self._fitting(speech.openings[plot.problem.key], formal=mail).filled(values)
        details = [self._fitting(speech.detail[plot.problem.kind], formal=mail) for _ in range(int(self._random() * 3))]
        story = joined(" ", first, *(line.filled(values) for line in dict.fromkeys(details)))
        if plot.person.language is not Language.CHINESE and self._random() < self._shares.typo:
            story = self._mistyped(story)
        if plot.channel is Channel.PHONE:
            return joined("\n", self._pick(speech.call).filled(values), story)
        hello, bye = self._pick(speech.hello[mail]).filled(values), self._pick(speech.bye[mail]).filled(values)
        if mail:
            return joined("\n\n", hello, story, bye)
        parts = [hello] * (self._random() < 0.6) + [story] + [bye] * (self._random() < 0.5)
        return self._decorated(joined("\n" if self._random() < 0.3 else " ", *parts), plot)

    def second(self, plot: Plot, values: Values) -> Piece:
        """What the customer says when there is more to say."""
        speech = self._speech[plot.person.language]
        said = self._pick(speech.second[plot.problem.kind])
        while "days" in said.slots and plot.problem.key != "refund-late":
            said = self._pick(speech.second[plot.problem.kind])
        lines = [said.filled(values)]
        if self._random() < 0.3:
            lines.append(self._pick(speech.detail[plot.problem.kind]).filled(values))
        return self._signed(self._decorated(joined(" ", *lines), plot), plot)

    def thanks(self, plot: Plot, values: Values) -> Piece:
        """The customer's last words when all is well."""
        spoken = self._pick(self._speech[plot.person.language].thanks).filled(values)
        return self._signed(self._decorated(spoken, plot), plot)

    def note(self, plot: Plot, values: Values) -> Piece:
        """What the agent tells colleagues."""
        return self._pick(self._speech[plot.person.language].note[plot.problem.kind]).filled(values)

    def reply(self, plot: Plot, values: Values, *, first: bool, last: bool) -> tuple[Piece, str | None]:
        """The agent's answer, and the key of the canned answer that it is made from."""
        speech = self._speech[plot.person.language]
        if last and not first and self._random() < 0.6:
            return speech.answers[SOLVED].filled(values), SOLVED
        if not last and self._random() >= (self._shares.canned if first else 0.35):
            return self._pick(speech.reply[plot.problem.kind]).filled(values), None
        keys = [key for key in plot.problem.answers if plot.channel in self._channels[key] or not self._channels[key]]
        if first and plot.channel is Channel.SOCIAL and self._random() < 0.3:
            keys = [PRIVATE]
        key = self._pick(keys)
        return speech.answers[key].filled(values), key

    def quoting(self, new: Piece, answered: Piece, plot: Plot, at: int) -> Piece:
        """A mail as programs send it: new words above those they answer, said at `at`, which begin with `>`."""
        language = plot.person.language
        local = at + self._offset
        when = {"date": _day(local // DAY, language), "time": _time(local % DAY // 60, language)}
        below = Piece(answered.text.replace("\n", "\n> "), answered.words, answered.numbers)
        return joined("\n\n", new, joined("\n> ", self._speech[language].quoted.filled(when), below))

    def _pick(self, things: Sequence[T]) -> T:
        return things[int(self._random() * len(things))]

    def _fitting(self, templates: Templates, *, formal: bool) -> Template:
        """One of them; in a mail rather one that begins like a sentence."""
        chosen = self._pick(templates)
        for _ in range(4):
            if not (formal and chosen.is_casual):
                break
            chosen = self._pick(templates)
        return chosen

    def _signed(self, spoken: Piece, plot: Plot) -> Piece:
        if plot.channel is Channel.EMAIL and self._random() < 0.6:
            return joined("\n\n", spoken, plot.person.name)
        return spoken

    def _decorated(self, spoken: Piece, plot: Plot) -> Piece:
        if plot.channel in QUICK and self._random() < self._shares.emoji:
            return Piece(f"{spoken.text} {self._pick(self._emoji)}", spoken.words, spoken.numbers)
        return spoken

    def _mistyped(self, story: Piece) -> Piece:
        """Two neighbouring letters change places, or one is missing or doubled; numbers stay as they are."""
        text = story.text
        places = [at for at in range(1, len(text) - 1) if text[at].islower() and text[at + 1].islower()]
        if not places:
            return story
        at = self._pick(places)
        how = self._random()
        pair = text[at + 1] + text[at] if how < 0.5 else text[at] if how < 0.8 else text[at] * 2 + text[at + 1]
        return piece(text[:at] + pair + text[at + 2 :])


def _money(amount: int, language: Language) -> Piece:
    separator = "," if language is Language.ENGLISH else "."
    return piece("Rp" + f"{amount:,}".replace(",", separator))


@cache
def _day(day: int, language: Language) -> Piece:
    return piece(local_date(day * DAY, language))


@cache
def _time(minute: int, language: Language) -> Piece:
    return piece(local_time(minute * 60, language))


@cache
def _number(number: int) -> Piece:
    return piece(str(number))
