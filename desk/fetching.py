"""Fetching mail: each mailbox of the settings is read in a thread of its own, from the server into intake.

The order of the steps is what makes it safe to die at any of them: a message is stored before the server is told
that it was dealt with, and only then is it noted as read. Whatever is done twice is known to intake.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic

from db.errors import DatabaseReplacedError, DatabaseUnavailableError
from db.kinds import Channel
from db.models import map_all
from desk.channels.mail.imap import Fetched, MailboxConnection, Position, connected
from desk.channels.mail.incoming import read_incoming
from desk.channels.mail.mailbox_errors import MailboxError, NoFolderError, RefusedByServerError, SignInError
from desk.mailbox_claim import MailboxClaim
from desk.rules.backoff import pause_after
from desk.rules.incoming import Incoming
from desk.services import intake, mailboxes
from desk.services.desk import Desk

RENEW_SECONDS = 9 * 60.0
"""An IDLE is begun anew well before the 29 minutes of RFC 2177, and before routers forget a silent connection."""

SETTLE_SECONDS = 5.0
"""The first IDLE is short: what came between the last look and its beginning may have been told too early."""

OLD_AFTER = timedelta(days=1)
"""A message that lay on the server for longer before we met it did not arrive just now."""

SIGN_IN_PAUSE, LONGEST_SIGN_IN_PAUSE = 30.0, 900.0
"""After a refused login: servers lock accounts at which somebody tries too often."""

MOST_IDLE_REFUSALS = 3
"""A server that so often in a row does not want to wait with us is asked from time to time instead."""

CLAIM_AGAIN_SECONDS = 15.0
"""How often it is asked whether the one who reads a mailbox has ended."""

STOP_SECONDS = 5.0
CHANCE = random.SystemRandom()
MOST_ACCOUNT = 600
log = logging.getLogger(__name__)


class Fetcher:
    """Reads one mailbox; when several programs want to, one of them does, and another goes on after its end.

    `at` is told of each step (`fetched`, `kept`, `stored`, `settled`, `noted`, and `idle` before a long wait for
    news); `chance` gives numbers from 0 to 1.
    """

    def __init__(
        self,
        desk: Desk,
        name: str,
        *,
        at: Callable[[str], None] = lambda _step: None,
        chance: Callable[[], float] = CHANCE.random,
    ) -> None:
        self._desk = desk
        self._name = name
        self._mailbox = desk.settings.mail.mailboxes[name]
        self._at = at
        self._chance = chance
        self._failures = 0
        self._trouble: str | None = None
        self._is_settling = True
        self._idle_refusals = 0
        self._breaks: Counter[int] = Counter()
        """How often the server hung up over a message, by its UID."""
        self.claim = MailboxClaim(desk, name)

    def run(self, stop: threading.Event, wait: Callable[[float], object] | None = None) -> None:
        """Read what is there and what arrives until `stop` is set; whatever fails is tried again, ever more seldom.

        `wait` waits so many seconds, or less once `stop` is set. Raises `DatabaseReplacedError`.
        """
        wait = wait or stop.wait
        while not stop.is_set():
            pause = 0.0
            try:
                if self.claim.make():
                    with connected(self._mailbox) as connection:
                        self._stay(connection, stop)
                else:
                    pause = CLAIM_AGAIN_SECONDS
            except DatabaseReplacedError:
                raise
            except DatabaseUnavailableError as error:
                pause = self._failed(error, "waits for the database")
            except MailboxError as error:
                pause = self._failed(error, "cannot be read")
                self._note_failure(error)
            except Exception as error:
                log.exception("mailbox %s: reading goes on after an error", self._name)
                pause = self._failed(error, "cannot be read")
                self._note_failure(error)
            if not stop.is_set():
                wait(pause)
        self.claim.release()

    def read_once(self) -> int:
        """Read what is there; how many messages were fetched. Raises `MailboxError`, `DatabaseUnavailableError`."""
        with connected(self._mailbox) as connection:
            return self._read(connection, lambda: False)

    def _stay(self, connection: MailboxConnection, stop: threading.Event) -> None:
        def is_over() -> bool:
            return stop.is_set() or not self.claim.holds()

        self._is_settling = True
        while not is_over():
            fetched = self._read(connection, is_over)
            if self._failures:
                log.warning("mailbox %s is read again", self._name)
            self._failures = 0
            self._breaks.clear()
            self._is_settling = self._is_settling or fetched > 0
            self._wait_for_news(connection, stop, is_over)

    def _wait_for_news(self, connection: MailboxConnection, stop: threading.Event, is_over: Callable[[], bool]) -> None:
        if not connection.can_idle or self._idle_refusals >= MOST_IDLE_REFUSALS:
            until = monotonic() + self._mailbox.poll_seconds
            while not is_over() and (left := until - monotonic()) > 0:
                stop.wait(min(left, CLAIM_AGAIN_SECONDS))
            return
        if not self._is_settling:
            self._at("idle")
        try:
            connection.wait_for_news(SETTLE_SECONDS if self._is_settling else RENEW_SECONDS, is_over)
        except RefusedByServerError:
            self._idle_refusals += 1
            raise
        self._is_settling = False
        self._idle_refusals = 0

    def _read(self, connection: MailboxConnection, is_over: Callable[[], bool]) -> int:
        folder = self._mailbox.folder
        position = connection.open(folder, to_change=self._mailbox.after != "leave")
        account = f"{self._mailbox.user}@{self._mailbox.host}"[:MOST_ACCOUNT]
        last_uid = mailboxes.resume(self._desk, self._name, folder, position.uid_validity, account)
        fetched = 0
        for uids in connection.uids_after(last_uid, position):
            if is_over():
                return fetched
            for group in self._groups(connection, uids):
                self._take(connection, position, group)
                fetched += len(group)
            self._note(position, uids[-1])
        mailboxes.note_well(self._desk, self._name, folder, self._trouble)
        return fetched

    def _groups(self, connection: MailboxConnection, uids: Sequence[int]) -> Iterator[list[Fetched]]:
        """The messages; after a failure one by one, to learn whether it was the fault of one of them."""
        most = self._desk.settings.mail.most_bytes
        try:
            yield from connection.groups(uids, most, alone=self._failures > 0, breaks=self._breaks)
        except MailboxError:
            if len(connection.asked) == 1:
                self._breaks[connection.asked[0]] += 1
            raise

    def _take(self, connection: MailboxConnection, position: Position, group: Sequence[Fetched]) -> None:
        """Store a group, then tell the server, then note how far we are."""
        if not group:
            return
        self._at("fetched")
        intake.take_in(self._desk, None, Channel.EMAIL, [self._delivery(each) for each in group], self._reader)
        self._at("stored")
        self._settle(connection, [each.uid for each in group])
        self._at("settled")
        self._note(position, group[-1].uid)
        self._at("noted")

    def _delivery(self, message: Fetched) -> intake.Delivery:
        source = f"mailbox {self._name}, {self._mailbox.folder}, UID {message.uid}"
        at = message.arrived_at
        is_live = at is not None and at >= self._desk.clock() - OLD_AFTER
        return intake.Delivery(message.raw, source, mailbox=self._name, is_live=is_live)

    def _reader(self, raw: bytes) -> Incoming:
        self._at("kept")
        return read_incoming(raw)

    def _settle(self, connection: MailboxConnection, uids: Sequence[int]) -> None:
        """Flag or move what is stored. A server that refuses keeps no mail from coming in: it is said in the state."""
        try:
            if self._mailbox.after == "seen":
                connection.mark_seen(uids)
            elif self._mailbox.after == "move":
                connection.move(uids, self._mailbox.move_to)
        except (NoFolderError, RefusedByServerError) as error:
            if self._trouble != str(error):
                log.warning("mailbox %s: mail comes in, but stays where it is: %s", self._name, error)
            self._trouble = str(error)
        else:
            self._trouble = None

    def _note(self, position: Position, last_uid: int) -> None:
        mailboxes.advance(self._desk, self._name, self._mailbox.folder, position.uid_validity, last_uid)

    def _failed(self, error: Exception, what: str) -> float:
        """Count a failure; how many seconds to wait."""
        self._failures += 1
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        log.log(level, "mailbox %s %s: %s", self._name, what, error)
        if isinstance(error, SignInError):
            return pause_after(self._failures, self._chance(), first=SIGN_IN_PAUSE, most=LONGEST_SIGN_IN_PAUSE)
        return pause_after(self._failures, self._chance())

    def _note_failure(self, error: Exception) -> None:
        with suppress(DatabaseUnavailableError):
            mailboxes.note_failure(self._desk, self._name, self._mailbox.folder, str(error) or type(error).__name__)


def enabled(desk: Desk) -> list[str]:
    """The mailboxes that are read."""
    return [name for name, mailbox in desk.settings.mail.mailboxes.items() if mailbox.enabled]


def read_all_once(desk: Desk) -> int:
    """Read what is in every mailbox now; how many messages were fetched. One that fails is logged and noted."""
    fetched = 0
    for name in enabled(desk):
        fetcher = Fetcher(desk, name)
        if not fetcher.claim.make():
            log.info("mailbox %s is read by another program already", name)
            continue
        try:
            fetched += fetcher.read_once()
        except MailboxError as error:
            log.warning("mailbox %s cannot be read: %s", name, error)
            mailboxes.note_failure(desk, name, desk.settings.mail.mailboxes[name].folder, str(error))
        finally:
            fetcher.claim.release()
    return fetched


@contextmanager
def fetching(desk: Desk, stop: threading.Event) -> Iterator[None]:
    """Read every mailbox while the block runs. At its end `stop` is set, and the threads are waited for."""
    map_all()  # before threads share the desk, as `bootstrap.open_desk` says
    threads = [
        threading.Thread(target=_run, args=(Fetcher(desk, name), stop), name=f"desk-mailbox-{name}", daemon=True)
        for name in enabled(desk)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_SECONDS)


def _run(fetcher: Fetcher, stop: threading.Event) -> None:
    try:
        fetcher.run(stop)
    except DatabaseReplacedError as error:
        log.error("a mailbox is read no more: %s", error)  # noqa: TRY400  (the worker and the screens say what to do)
