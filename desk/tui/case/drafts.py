"""What is being typed: kept in the database within moments, and in a file while the database cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from db.kinds import DraftKind
from desk import services
from desk.tui.case.journal import Journal

if TYPE_CHECKING:
    from db.rows import CaseDetail, DraftRow
    from desk.tui.app import DeskApp
    from desk.tui.gateway import Gateway

PAUSE_SECONDS = 0.25
"""From the first key that is not yet kept to its keeping."""

PATIENCE_SECONDS = 0.4
"""How long the database may take before the words are also put into a file."""

RETRY_SECONDS = 2.0

Key = tuple[int, DraftKind]


@dataclass(frozen=True, slots=True)
class Typed:
    """Words on a case; `kept_at` is None until they are kept, `here` tells that only this machine has them."""

    text: str
    answers: tuple[str, ...] = ()
    kept_at: datetime | None = None
    here: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)
    """Where they are to go: as in `DraftRow.details`."""


class Drafts:
    """All that this agent is typing. Belongs to the event loop's thread."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._typed: dict[Key, Typed] = {}
        self._saving: dict[Key, asyncio.Task[None]] = {}
        self._listeners: dict[object, Callable[[int, DraftKind], None]] = {}

    def listen(self, who: object, kept: Callable[[int, DraftKind], None]) -> None:
        """Have `kept` told when words were kept, wherever, until `unlisten`."""
        self._listeners[who] = kept

    def unlisten(self, who: object) -> None:
        """Tell it no more."""
        self._listeners.pop(who, None)

    def of(self, detail: CaseDetail, kind: DraftKind) -> Typed:
        """The words on a case: what is typed here, else what the database has, with what a file has besides."""
        key = (detail.case.id, kind)
        if key in self._typed:
            return self._typed[key]
        stored = next((draft for draft in detail.drafts if draft.kind is kind), None)
        known = Typed("")
        if stored is not None:
            known = Typed(stored.text, stored.answers, stored.saved_at, details=dict(stored.details))
        kept_here = self._journal().read(*key)
        if kept_here is None:
            return known
        mine = Typed(kept_here.text, kept_here.answers, kept_here.at, details=dict(kept_here.details))
        if (mine.text, mine.details) == (known.text, known.details):
            self._journal().remove(*key)
            return known
        newer, older = (mine, known) if stored is None or kept_here.at >= stored.saved_at else (known, mine)
        return self._joined(detail, kind, newer, older)

    def begun(self, detail: CaseDetail) -> tuple[DraftKind, ...]:
        """What there are words of on a case, here, in the database or in a file; nothing is changed by asking."""
        return tuple(kind for kind in DraftKind if self._words(detail, kind).strip())

    def _words(self, detail: CaseDetail, kind: DraftKind) -> str:
        typed = self._typed.get((detail.case.id, kind))
        if typed is not None:
            return typed.text
        stored = next((draft.text for draft in detail.drafts if draft.kind is kind), "")
        kept_here = None if stored else self._journal().read(detail.case.id, kind)
        return stored if kept_here is None else kept_here.text

    def _joined(self, detail: CaseDetail, kind: DraftKind, newer: Typed, older: Typed) -> Typed:
        """Two versions of a draft as one; words to one third party never get into mail to another."""
        if kind is DraftKind.SIDE and not is_same_place(newer.details, older.details):
            self._note(detail, older)
            older = Typed("")
        answers = tuple(dict.fromkeys((*older.answers, *newer.answers)))
        joined = Typed(merged(newer.text, older.text), answers, details=newer.details)
        self.typed(detail.case.id, kind, joined.text, joined.answers, joined.details)
        return joined

    def set_aside(self, detail: CaseDetail) -> None:
        """What was begun for a third party becomes a note, because the place is wanted for another one."""
        begun = self.of(detail, DraftKind.SIDE)
        self._note(detail, begun)
        self.typed(detail.case.id, DraftKind.SIDE, "", (), {})

    def _note(self, detail: CaseDetail, begun: Typed) -> None:
        if begun.text.strip():
            note = self.of(detail, DraftKind.NOTE)
            kept = f"Begun for {begun.details.get('to') or 'a third party'}:\n{begun.text}"
            self.typed(detail.case.id, DraftKind.NOTE, merged(note.text, kept), note.answers, {})

    def now(self, case_id: int, kind: DraftKind) -> Typed | None:
        """The words that were typed or put here since the desk was opened."""
        return self._typed.get((case_id, kind))

    def typed(
        self,
        case_id: int,
        kind: DraftKind,
        text: str,
        answers: tuple[str, ...],
        details: Mapping[str, Any],
    ) -> None:
        """These are the words now, and where they are to go; they are kept within moments."""
        key = (case_id, kind)
        self._typed[key] = Typed(text, answers, details=details)
        self._keep_later(key, PAUSE_SECONDS)

    def put(self, case_id: int, kind: DraftKind, text: str, answers: tuple[str, ...], at: datetime) -> None:
        """The database has these words already."""
        self._stop(case_id, kind)
        self._typed[case_id, kind] = Typed(text, answers, at)

    def forget(self, case_id: int, kind: DraftKind) -> None:
        """The words were sent: there is nothing to keep any more, not even what was about to be kept."""
        self.put(case_id, kind, "", (), self._gateway.now())
        self._journal().remove(case_id, kind)

    def reread(self, *case_ids: int) -> None:
        """Forget what is known here of these cases' drafts and kept in the database: that has changed them."""
        for key, typed in list(self._typed.items()):
            if key[0] in case_ids and typed.kept_at is not None and not typed.here:
                self._stop(*key)
                del self._typed[key]

    async def flush(self, case_id: int | None = None) -> None:
        """Keep what is not kept yet, now; what the database can't take now is tried again later."""
        for key, typed in list(self._typed.items()):
            if (case_id is None or key[0] == case_id) and (typed.kept_at is None or typed.here):
                self._stop(*key)
                if not await self._save_once(key):
                    self._keep_later(key, RETRY_SECONDS)

    def take_in(self, case_id: int, kind: DraftKind, begun: str, kept: DraftRow) -> None:
        """What was taken back is the draft again, as it is `kept`, with what was begun in its place meanwhile."""
        before = self._typed.get((case_id, kind), Typed(""))
        answers = tuple(dict.fromkeys((*kept.answers, *before.answers)))
        self.typed(case_id, kind, merged(kept.text, begun), answers, kept.details)

    def stop(self, case_id: int, kind: DraftKind) -> None:
        """Keep nothing more of these words for now: they are about to be sent."""
        self._stop(case_id, kind)

    def _keep_later(self, key: Key, pause: float) -> None:
        if key not in self._saving:
            self._saving[key] = asyncio.create_task(self._keep(key, pause))

    async def _keep(self, key: Key, pause: float) -> None:
        """Save until the words that are kept are the words that were typed."""
        saved = False
        while not saved or self._waits(key):
            await asyncio.sleep(pause)
            saved = await self._save_once(key)
            pause = PAUSE_SECONDS if saved or not self._typed[key].here else RETRY_SECONDS
        self._saving.pop(key, None)

    async def _save_once(self, key: Key) -> bool:
        """Whether the database has the words that were typed when this began."""
        typed = self._typed[key]
        case_id, kind = key
        saving = asyncio.ensure_future(
            self._gateway.write(
                lambda desk, me: services.drafts.save(
                    desk, me, case_id, kind, typed.text, typed.answers, details=typed.details
                )
            )
        )
        while not (await asyncio.wait({saving}, timeout=PATIENCE_SECONDS))[0]:
            self._keep_here(key)  # typing goes on while the database is waited for
        try:
            kept_at = await saving
        except Exception:  # noqa: BLE001  (whatever is wrong with the database, the words go into a file)
            self._keep_here(key)
            return False
        if self._is_still(key, typed):
            self._journal().remove(*key)
        self._mark(key, typed, replace(typed, kept_at=kept_at, here=False))
        return True

    def _keep_here(self, key: Key) -> None:
        typed, at = self._typed[key], self._gateway.now()
        if typed.kept_at is not None:
            return
        with suppress(OSError):
            self._journal().write(*key, typed.text, typed.answers, at, typed.details)
            self._mark(key, typed, replace(typed, kept_at=at, here=True))

    def _mark(self, key: Key, before: Typed, after: Typed) -> None:
        if self._is_still(key, before):
            self._typed[key] = after
            for kept in list(self._listeners.values()):
                kept(*key)

    def _is_still(self, key: Key, typed: Typed) -> bool:
        now = self._typed.get(key)
        return now is not None and replace(now, kept_at=None, here=False) == replace(typed, kept_at=None, here=False)

    def _waits(self, key: Key) -> bool:
        """Whether there are words that the database does not have yet."""
        return self._typed[key].kept_at is None or self._typed[key].here

    def _stop(self, case_id: int, kind: DraftKind) -> None:
        task = self._saving.pop((case_id, kind), None)
        if task is not None:
            task.cancel()

    def _journal(self) -> Journal:
        settings, me = self._gateway.settings, self._gateway.me
        if settings is None or me is None:
            raise RuntimeError("drafts are kept once the desk is open")
        return Journal(settings.data_folder / "drafts", database=settings.url, login=me.login)


def is_same_place(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two drafts for third parties go to the same one."""
    return (one.get("side_id"), one.get("to")) == (other.get("side_id"), other.get("to"))


def merged(newer: str, older: str) -> str:
    """Two versions of a draft as one that lacks nothing of either."""
    if older.strip() in newer:
        return newer
    if newer.strip() in older:
        return older
    return f"{newer.rstrip()}\n\n{older}"


_KEPT: WeakKeyDictionary[DeskApp, Drafts] = WeakKeyDictionary()


def drafts_of(app: DeskApp) -> Drafts:
    """The drafts of a running desk."""
    if app not in _KEPT:
        _KEPT[app] = Drafts(app.gateway)
    return _KEPT[app]
