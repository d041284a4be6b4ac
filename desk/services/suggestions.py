"""Which canned answers fit a case, learned from what was sent in cases that stayed solved. See docs/suggestions.md.

What was learned from all past cases is one row of the database, made anew now and then in a process of its own. Each
process that suggests reads it once, and learns by itself what was sent since: an answer counts from the moment at
which it can't be taken back any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from db.kinds import Language, MessageKind
from db.models import MessageAnswer, SuggestionModel
from db.rows import AgentRow, AnswerRow, CaseDetail
from desk.rules.permissions import Permission, require
from desk.services import answers, cases
from desk.services.desk import Desk
from desk.services.learned_texts import PastText, joined, own_words, past_texts
from desk.services.shared_words import by_words

if TYPE_CHECKING:
    from db.engine import Database
    from desk.learning.model import Example, Model

MOST_LEARNED = 20_000
"""Answers that are learned from, the newest: they follow what is sent nowadays, and bound time and memory."""

MOST_AT_ONCE = 500
"""Answers that a process learns by itself; what is more waits for the row to be made anew."""

NEW_ANSWERS = 200
"""So many since the row was made, and it is made anew."""

LEARNING_TAKES = timedelta(minutes=15)
"""Who began to learn anew and has not ended by then has died."""

LOOK_EVERY_SECONDS = 20.0
FEW_CASES = 20
"""With fewer past cases nothing is sure."""

SURE = 0.4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An answer that fits a case; `refs` are past cases that were answered so, `shared` are words that they share."""

    answer: AnswerRow
    score: float
    refs: tuple[int, ...]
    shared: str

    @property
    def reason(self) -> str:
        """`like #9120, #8711: 'double charge'`; of an answer that no past case speaks for, what its words share."""
        if self.refs:
            words = f": '{self.shared}'" if self.shared else ""
            return f"like {', '.join(f'#{ref}' for ref in self.refs)}{words}"
        return f"its words: '{self.shared}'" if self.shared else "by its topic"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The answers that fit a case best, best first; unsure while few past cases speak for the first one."""

    found: tuple[Suggestion, ...]
    is_sure: bool


class NotInstalledError(Exception):
    """What learns is not installed."""

    def __init__(self) -> None:
        super().__init__("Learning from past cases needs numpy. Install it: pip install 'desk[suggest]'.")


class _Learned:
    """What one process knows; `lock` it before anything is read or learned."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.model: Model | None = None
        self.made_at: datetime | None = None
        self.cursor = 0
        self.looked = float("-inf")
        self.keys: frozenset[tuple[str, int]] = frozenset()
        self.catalogue: tuple[AnswerRow, ...] = ()


_known: WeakKeyDictionary[Database, _Learned] = WeakKeyDictionary()


def for_case(desk: Desk, me: AgentRow, case_id: int, *, most: int = 3) -> Suggestions:
    """The answers that fit a case best, by what its customer wrote last. Raises `CaseNotFoundError`."""
    return for_detail(desk, me, cases.open_case(desk, me, case_id), most=most)


def for_detail(desk: Desk, me: AgentRow, detail: CaseDetail, *, most: int = 3) -> Suggestions:
    """The same for a case that was read: approved answers of today that go out on its channel, in its language."""
    require(me, Permission.WORK_CASES)
    learned = _known.setdefault(desk.database, _Learned())
    with learned.lock:
        _catch_up(desk, me, learned)
        usable = {row.key: row for row in _usable(learned.catalogue, detail, desk)}
        text, topic = text_of(detail), detail.case.topic_key
        if learned.model is None:
            return _by_words(text, usable, most)
        fits = learned.model.best(text, usable.keys(), facts=_facts(topic), most=most)
        is_sure = bool(fits) and bool(fits[0].refs) and fits[0].score >= SURE and learned.model.count > FEW_CASES
        found = tuple(Suggestion(usable[fit.answer], fit.score, fit.refs, fit.shared) for fit in fits)
        return Suggestions(found, is_sure)


def for_texts(desk: Desk, me: AgentRow) -> Callable[[str], list[str]]:
    """What gives the keys of the three answers that fit a text best, whatever its channel and language."""
    require(me, Permission.WORK_CASES)
    learned = _known.setdefault(desk.database, _Learned())
    with learned.lock:
        _catch_up(desk, me, learned)
        model, usable = learned.model, {row.key: row for row in learned.catalogue}
    if model is None:
        return lambda text: [each.answer.key for each in _by_words(text, usable, 3).found]
    return lambda text: [fit.answer for fit in model.best(text, usable.keys())]


def taught(examples: Sequence[Example]) -> Callable[[str], list[str]]:
    """The same, learned from these alone. Raises `NotInstalledError`."""
    require_learning()
    from desk.learning.model import Model

    model = Model()
    model.learn(examples)
    return lambda text: [fit.answer for fit in model.best(text)]


def require_learning() -> None:
    """Raises `NotInstalledError` where nothing can be learned."""
    if _new_model() is None:
        raise NotInstalledError


def text_of(detail: CaseDetail) -> str:
    """What a case is about, as it is compared: its subject and what the customer wrote last."""
    said = [
        message.new_text
        for message in reversed(detail.messages)
        if message.kind is MessageKind.INBOUND and message.side_id is None and not message.is_automatic
    ]
    return joined(detail.case.subject, said[:2])


def is_stale(desk: Desk) -> bool:
    """Whether so much was sent since all past cases were learned that it is time to learn them anew."""
    with desk.database.read() as connection:
        row = connection.execute(select(SuggestionModel.claimed_at, SuggestionModel.up_to)).first()
        if row is not None and row.claimed_at is not None and desk.clock() - row.claimed_at < LEARNING_TAKES:
            return False
        newer = (
            select(MessageAnswer.message_id)
            .where(MessageAnswer.message_id > (row.up_to if row is not None else 0))
            .limit(NEW_ANSWERS)
            .subquery()
        )
        return (connection.scalar(select(func.count()).select_from(newer)) or 0) >= NEW_ANSWERS


def claim_learning(desk: Desk) -> bool:
    """Whether it is on me to learn all past cases anew; nobody else does for a while then."""
    with desk.database.write() as unit:
        row = unit.session.scalar(select(SuggestionModel).with_for_update())
        if row is None:
            row = SuggestionModel(id=1, up_to=0, examples=0)
            unit.session.add(row)
        elif row.claimed_at is not None and unit.now - row.claimed_at < LEARNING_TAKES:
            return False
        row.claimed_at = unit.now
        return True


def learn(desk: Desk) -> int:
    """Learn all past cases anew and keep it for every process; from how many. Raises `NotInstalledError`."""
    model = _new_model()
    if model is None:
        raise NotInstalledError
    with desk.database.read() as connection:
        past = past_texts(connection, desk.clock(), most=MOST_LEARNED)
    known = answers.all_approved(desk)
    _teach(model, [*own_words(known), *past.texts])
    with desk.database.write() as unit:
        row = unit.session.get(SuggestionModel, 1)
        if row is None:
            row = SuggestionModel(id=1)
            unit.session.add(row)
        row.claimed_at, row.learned_at = None, unit.now
        row.up_to, row.examples, row.data = past.cursor, len(past.texts), model.dumped()
    return len(past.texts)


def _catch_up(desk: Desk, me: AgentRow, learned: _Learned) -> None:
    """Read what was learned, if it is new; learn what was sent since."""
    now = time.monotonic()
    if now - learned.looked >= LOOK_EVERY_SECONDS:
        learned.looked = now
        learned.catalogue = answers.catalogue(desk, me)
        if learned.catalogue:
            _read_row(desk, learned)
    if learned.model is None or not learned.catalogue:
        return
    with desk.database.read() as connection:
        newest = connection.scalar(select(func.max(MessageAnswer.message_id))) or 0
        if newest > learned.cursor:
            past = past_texts(connection, desk.clock(), after=learned.cursor, most=MOST_AT_ONCE)
        else:
            past = None
    new: list[PastText] = list(past.texts) if past is not None else []
    keys = frozenset((row.key, row.version) for row in learned.catalogue)
    if keys != learned.keys:
        new = [*own_words(row for row in learned.catalogue if (row.key, row.version) not in learned.keys), *new]
        learned.keys = keys
    if past is not None:
        learned.cursor = past.cursor
    _teach(learned.model, new, breathes=True)


def _read_row(desk: Desk, learned: _Learned) -> None:
    with desk.database.read() as connection:
        row = connection.execute(select(SuggestionModel.learned_at, SuggestionModel.up_to)).first()
        made_at = row.learned_at if row is not None else None
        if learned.model is not None and made_at == learned.made_at:
            return
        data = connection.scalar(select(SuggestionModel.data)) if made_at is not None else None
    model = _new_model()
    if model is None:
        return
    learned.made_at, learned.cursor, learned.keys = made_at, 0, frozenset()
    if data is not None and row is not None:
        model = type(model).loaded(data)
        learned.cursor = row.up_to
        learned.keys = frozenset((each.key, each.version) for each in learned.catalogue if each.key in model.answers)
    learned.model = model


def _teach(model: Model, texts: Sequence[PastText], *, breathes: bool = False) -> None:
    from desk.learning.model import Example

    examples = [Example(each.text, each.answer, each.ref, _facts(each.topic)) for each in texts]
    if breathes:
        model.learn(examples, _breathe)
    else:
        model.learn(examples)


def _breathe() -> None:
    time.sleep(0.001)  # the screens' thread gets its turn


def _new_model() -> Model | None:
    try:
        from desk.learning.model import Model
    except ModuleNotFoundError:
        return None
    return Model()


def _facts(topic: str | None) -> tuple[str, ...]:
    return (f"topic={topic}",) if topic else ()


def _usable(catalogue: Collection[AnswerRow], detail: CaseDetail, desk: Desk) -> list[AnswerRow]:
    language = detail.case.language
    wanted = Language(desk.settings.fallback_language) if language is Language.OTHER else language
    return [
        row
        for row in catalogue
        if wanted in row.texts and (not row.channels or detail.case.channel.value in row.channels)
    ]


def _by_words(text: str, usable: dict[str, AnswerRow], most: int) -> Suggestions:
    """Without a model: the answers whose titles and texts share the rarest words with a text."""
    told = {key: [f"{each.title}\n{each.text}" for each in row.texts.values()] for key, row in usable.items()}
    found = by_words(text, told)[:most]
    return Suggestions(tuple(Suggestion(usable[key], score, (), shared) for key, score, shared in found), is_sure=False)
