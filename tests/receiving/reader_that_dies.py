"""Reads a mailbox in a process of its own that is killed at a step: `URL MAILBOX(JSON) STEP`."""

from __future__ import annotations

import os
import signal
import sys

import msgspec

from db.clock import now
from db.engine import Database
from desk.fetching import Fetcher
from desk.services.desk import Desk
from desk.settings import Mail, Mailbox, Settings


def main() -> None:
    url, mailbox, step = sys.argv[1:]
    settings = Settings(mail=Mail(acknowledge=False, mailboxes={"support": msgspec.json.decode(mailbox, type=Mailbox)}))

    def die(at: str) -> None:
        if at == step:
            os.kill(os.getpid(), signal.SIGKILL)

    Fetcher(Desk(Database(url), settings, now), "support", at=die).read_once()


if __name__ == "__main__":
    main()
