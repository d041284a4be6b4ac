"""The worker: sends what is due and does what time asks for, beside the screens or by itself."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading

from db.engine import DatabaseUnavailableError
from db.rows import OutgoingRow
from desk.channels.sending import RefusedError, TryLaterError, UnknownOutcomeError, sender_for
from desk.services import outbox, upkeep
from desk.services.desk import Desk

PAUSE_SECONDS = 0.5
log = logging.getLogger(__name__)


class Worker:
    """One worker; any number may run on one database, none sends another's message."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def step(self) -> int:
        """Do what is due now; how many messages were handled."""
        upkeep.wake_snoozed(self._desk)
        upkeep.fold_lane_counts(self._desk)
        if not outbox.has_work(self._desk):
            return 0
        leased = outbox.lease(self._desk, self.name)
        for message in leased:
            self._send(message)
        return len(leased)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                busy = self.step() > 0
            except DatabaseUnavailableError as error:
                log.warning("the worker waits for the database: %s", error)
                busy = False
            if not busy:
                stop.wait(PAUSE_SECONDS)

    def _send(self, message: OutgoingRow) -> None:
        desk, item = self._desk, message.outbox_id
        try:
            provider_id = sender_for(desk.settings, message.channel).send(message)
        except TryLaterError as error:
            outbox.settle_later(desk, item, self.name, str(error))
        except RefusedError as error:
            outbox.settle_failed(desk, item, self.name, str(error))
        except UnknownOutcomeError as error:
            outbox.settle_unknown(desk, item, self.name, str(error))
        else:
            outbox.settle_sent(desk, item, self.name, provider_id)


def run_in_thread(desk: Desk, stop: threading.Event) -> threading.Thread:
    """Start a worker beside the screens; it ends soon after `stop` is set."""
    thread = threading.Thread(target=Worker(desk).run, args=(stop,), name="desk-worker", daemon=True)
    thread.start()
    return thread
