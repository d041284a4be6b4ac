"""The error codes as the screens know them: read once, and again when they may be old."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from db.kinds import Language
from desk import services
from desk.rules.error_codes import Recogniser
from desk.rules.guides import LANGUAGES
from desk.tui.dialogs.asking import expected_errors

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.tui.app import DeskApp

OLD = timedelta(minutes=1)


class KnownCodes:
    """The table of error codes of a running desk. Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self.recogniser: Recogniser | None = None
        self._read_at: datetime | None = None

    async def learn(self, app: DeskApp) -> Recogniser | None:
        """The codes in force, as of a minute ago at most; what was known while the database does not answer."""
        now = app.gateway.now()
        if self._read_at is not None and now - self._read_at < OLD:
            return self.recogniser
        try:
            table = await app.gateway.run(services.codes.table)
        except Exception as error:
            if not isinstance(error, expected_errors()):
                raise
            return self.recogniser
        self._read_at = now
        if self.recogniser is None or tuple(self.recogniser.codes.values()) != table:
            self.recogniser = Recogniser(table)
        return self.recogniser


_KNOWN: WeakKeyDictionary[DeskApp, KnownCodes] = WeakKeyDictionary()


def codes_of(app: DeskApp) -> KnownCodes:
    """The error codes of a running desk."""
    if app not in _KNOWN:
        _KNOWN[app] = KnownCodes()
    return _KNOWN[app]


def my_language(me: AgentRow | None) -> Language:
    """The language in which an agent reads guides: the first of theirs if guides have it, else English."""
    return next((each for each in LANGUAGES if me is not None and each.value in me.languages[:1]), Language.ENGLISH)


def their_language(app: DeskApp, detail: CaseDetail) -> Language:
    """The language in which a customer is written to."""
    if detail.case.language in LANGUAGES:
        return detail.case.language
    settings = app.gateway.settings
    fallback = Language(settings.fallback_language) if settings else Language.ENGLISH
    return fallback if fallback in LANGUAGES else Language.ENGLISH
