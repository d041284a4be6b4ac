"""`desk serve`: takes mail that a mail server on this machine delivers by LMTP."""

from __future__ import annotations

import asyncio
import logging
import signal
from functools import partial
from typing import TYPE_CHECKING

import click

from desk.commands.log import tell_log
from desk.commands.opening import at_desk

if TYPE_CHECKING:
    from desk.services.desk import Desk


@click.command("serve")
def command() -> None:
    """Listen at `serve.lmtp` for a mail server that delivers, until told to stop (Ctrl-C or SIGTERM).

    A message is answered with 250 only when it is stored, and with 451 while the database is away.
    """
    from desk.settings import SettingsError

    tell_log(logging.INFO, with_time=True)
    with at_desk() as desk:
        if not desk.settings.serve.lmtp:
            raise SettingsError(
                "Setting serve.lmtp is not set, so there is nothing to serve. Set it to 127.0.0.1:2424, or to the path "
                "of a socket."
            )
        asyncio.run(_serve(desk))


async def _serve(desk: Desk) -> None:
    from desk.serving import address_of, serve_lmtp

    log = logging.getLogger("desk")
    address = address_of(desk.settings.serve.lmtp)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve_lmtp(desk, address, stop, listening=partial(log.info, "listening at %s", address))
    log.info("stopped listening")
