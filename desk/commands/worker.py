"""`desk worker`: fetches mail, sends what is due and does what time asks for, without screens."""

from __future__ import annotations

import logging
import signal
import threading

import click

from desk.commands.log import tell_log
from desk.commands.opening import at_desk


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then end.")
@click.option("--verbose", "-v", is_flag=True, help="Tell of every step, not of trouble only.")
def command(*, once: bool, verbose: bool) -> None:
    """Fetch mail and send what is due until told to stop (Ctrl-C, or SIGTERM as service managers send it).

    What is being sent is finished first. Any number of workers may run on one database.
    """
    log = tell_log(logging.DEBUG if verbose else logging.INFO, with_time=True)
    with at_desk() as desk:
        from desk.fetching import read_all_once
        from desk.worker import Worker

        worker = Worker(desk)
        if once:
            read_all_once(desk)
            while worker.step():
                pass
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        log.info("worker %s works", worker.name)
        worker.run(stop)
        log.info("worker %s has stopped", worker.name)
