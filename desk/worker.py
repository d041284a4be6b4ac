"""The worker: sends what is due and does what time asks for, beside the screens or by itself."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from subprocess import Popen

from db.errors import DatabaseReplacedError, DatabaseUnavailableError
from db.kinds import Channel
from db.rows import OutgoingRow
from desk.channels.sending import RefusedError, TryLaterError, UnknownOutcomeError, sender_for
from desk.learning_apart import learn_apart
from desk.services import (
    alarms,
    callbacks,
    incident_alarms,
    incident_telling,
    intake,
    outbox,
    pushing,
    refunds,
    safety,
    sent_folder,
    sla,
    upkeep,
)
from desk.services.desk import Desk

PAUSE_SECONDS = 1.0
"""Between two looks of an idle worker: a person waits ten times as long before an answer leaves anyway."""
MOST_IN_A_STEP = 10
REPLAN_EVERY = timedelta(seconds=30)
WATCH_EVERY = timedelta(minutes=1)
SENT_FOLDERS_EVERY = timedelta(seconds=30)
LEARN_EVERY = timedelta(seconds=60)
log = logging.getLogger(__name__)


class Worker:
    """One worker; any number may run on one database, none sends another's message."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._unsettled: deque[tuple[int, Callable[[], None]]] = deque()
        self._looked: datetime | None = None
        self._replanned: datetime | None = None
        self._asked_to_learn: datetime | None = None
        self._learner: Popen[bytes] | None = None
        self._watched: datetime | None = None
        self._pays_aside = False
        """Whether threads of their own ask the wallet."""

    def step(self) -> int:
        """Do what is due now; how many messages were handled.

        Raises the first fault of a duty, but only at the end: no duty keeps another from being done.
        """
        self._settle()
        faults = [fault for duty in self._duties() if (fault := _fault_of(duty)) is not None]
        handled = 0
        while handled < MOST_IN_A_STEP and outbox.has_work(self._desk):
            # One at a time: a lease must not run out while its message waits behind a slow one.
            for message in outbox.lease(self._desk, self.name, limit=1):
                self._unsettled.append((message.message_id, self._sent(message)))
            self._settle()
            handled += 1
        if faults:
            raise faults[0]
        return handled

    def _duties(self) -> tuple[Callable[[], object], ...]:
        return (
            lambda: upkeep.wake_snoozed(self._desk),
            lambda: upkeep.fold_lane_counts(self._desk),
            lambda: alarms.sound(self._desk),
            lambda: alarms.settle_promises(self._desk),
            lambda: sla.recompute_some(self._desk),
            lambda: intake.recover(self._desk, reader_for),
            lambda: pushing.hand_out(self._desk),
            lambda: incident_alarms.turn(self._desk),
            lambda: incident_telling.tell_some(self._desk),
            self._watch_for_rises,
            self._replan_callbacks,
            lambda: refunds.keeping.keep(self._desk),
            self._pay_refunds,
            lambda: safety.watching.keep(self._desk),
            self._keep_accounts_safe,
            self._look_into_sent_folders,
            self._learn,
        )

    def _learn(self) -> None:
        now = self._desk.clock()
        asked = self._asked_to_learn
        is_learning = self._learner is not None and self._learner.poll() is None
        if not is_learning and (asked is None or not asked <= now < asked + LEARN_EVERY):
            self._asked_to_learn = now
            self._learner = learn_apart(self._desk)

    def _pay_refunds(self) -> None:
        if not self._pays_aside:
            from desk.refund_paying import compare_tonight, pay_due

            pay_due(self._desk)
            compare_tonight(self._desk)

    def _keep_accounts_safe(self) -> None:
        if not self._pays_aside:
            from desk.safety_asking import ask_due

            ask_due(self._desk)

    def _replan_callbacks(self) -> None:
        now = self._desk.clock()
        if self._replanned is None or not self._replanned <= now < self._replanned + REPLAN_EVERY:
            self._replanned = now
            callbacks.replan(self._desk)

    def _watch_for_rises(self) -> None:
        now = self._desk.clock()
        if self._watched is None or not self._watched <= now < self._watched + WATCH_EVERY:
            self._watched = now
            incident_alarms.watch(self._desk)

    def _look_into_sent_folders(self) -> None:
        """Find what may have been sent, and put copies that are missing; not at every step, because it searches."""
        mail, now = self._desk.settings.mail, self._desk.clock()
        waits = self._looked is not None and self._looked <= now < self._looked + SENT_FOLDERS_EVERY
        if waits or not mail.smtp.host or not mail.mailboxes:
            return
        from desk.channels.mail.sender import MailSender

        self._looked = now
        sender = MailSender(mail)
        sent_folder.find_unknown(self._desk, sender.was_sent)
        sent_folder.put_missing(self._desk, sender.keep_copy)

    def run(self, stop: threading.Event) -> None:
        """Work and fetch mail until `stop` is set; a database that is away is waited for.

        Raises `DatabaseReplacedError`: that database will not come back, and this worker knows nothing of the other.
        """
        from desk.refund_paying import paying_refunds
        from desk.safety_asking import asking_about_accounts

        self._pays_aside = True
        with paying_refunds(self._desk, stop), asking_about_accounts(self._desk, stop):
            if not self._desk.settings.mail.mailboxes:
                self._work(stop)
                return
            from desk.fetching import fetching

            with fetching(self._desk, stop):
                self._work(stop)

    def _work(self, stop: threading.Event) -> None:
        trouble = ""
        while not stop.is_set():
            busy = False
            try:
                busy = self.step() > 0
            except DatabaseReplacedError:
                raise
            except DatabaseUnavailableError as error:
                if str(error) != trouble:
                    trouble = str(error)
                    log.warning("the worker waits for the database: %s", trouble)
            except Exception:
                log.exception("the worker goes on after an error")
            else:
                if trouble:
                    log.warning("the worker has the database again")
                trouble = ""
            if not busy:
                stop.wait(PAUSE_SECONDS)

    def _settle(self) -> None:
        """Note what became of messages; what the database can't take now is noted before anything else is sent.

        What it will never take is given up: the lease runs out, and the message counts as unknown.
        """
        while self._unsettled:
            message_id, note = self._unsettled[0]
            try:
                note()
            except DatabaseUnavailableError:
                raise
            except Exception:
                log.exception("what became of message %d cannot be noted; its lease will run out", message_id)
            self._unsettled.popleft()

    def _sent(self, message: OutgoingRow) -> Callable[[], None]:
        """Send a message; what then has to be noted about it."""
        desk, item = self._desk, message.outbox_id
        begun = False

        def begin() -> None:
            nonlocal begun
            outbox.begin_text(desk, item, self.name)
            begun = True

        try:
            sender = sender_for(desk.settings, message.channel, str(message.details.get("way", "")))
            taken = sender.send(message, begin)
        except Exception as error:  # noqa: BLE001  (each is noted)
            return self._not_sent(message, error, begun=begun)
        note = partial(outbox.settle_sent, desk, item, self.name, taken.provider_id)
        return partial(note, refused=taken.refused, no_copy=taken.no_copy)

    def _not_sent(self, message: OutgoingRow, error: Exception, *, begun: bool) -> Callable[[], None]:
        """What has to be noted about a message whose sending ended in an error; `begun` says that it may have left."""
        settle: Callable[[Desk, int, str, str], None]
        match error:
            case outbox.LeaseLostError():
                log.warning("message %s: %s", message.message_id, error)
                return lambda: None
            case TryLaterError() | DatabaseUnavailableError():  # the database: the text was not begun without it
                settle = outbox.settle_later
            case RefusedError():
                settle = outbox.settle_failed
            case UnknownOutcomeError():
                settle = outbox.settle_unknown
            case _:
                log.error("message %s could not be sent", message.message_id, exc_info=error)
                settle = outbox.settle_unknown if begun else outbox.settle_failed
                error = RuntimeError(f"{type(error).__name__}: {error}")
        return partial(settle, self._desk, message.outbox_id, self.name, str(error))


def _fault_of(duty: Callable[[], object]) -> Exception | None:
    """What went wrong with a duty; raises on when the database is away, because then nothing can be done."""
    try:
        duty()
    except DatabaseUnavailableError:
        raise
    except Exception as error:  # noqa: BLE001  (raised once everything else is done)
        return error
    return None


def reader_for(channel: Channel) -> intake.Reader:
    """What reads the deliveries of a channel."""
    if channel is Channel.EMAIL:
        from desk.channels.mail.incoming import read_incoming

        return read_incoming
    from desk.channels.messages import read_kept

    return partial(read_kept, channel=channel)


def run_in_thread(desk: Desk, stop: threading.Event) -> threading.Thread:
    """Start a worker beside the screens; it ends soon after `stop` is set."""
    thread = threading.Thread(target=_run, args=(desk, stop), name="desk-worker", daemon=True)
    thread.start()
    return thread


def _run(desk: Desk, stop: threading.Event) -> None:
    try:
        Worker(desk).run(stop)
    except DatabaseReplacedError as error:
        log.error("the worker has ended: %s", error)  # noqa: TRY400  (the screens say so themselves, and what to do)
