"""`desk serve`: takes mail that a mail server on this machine delivers by LMTP, and serves pages."""

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
    """Listen until told to stop (Ctrl-C or SIGTERM): at `serve.lmtp` for mail, at `serve.http` for readers of pages.

    A message is answered with 250 only when it is stored, and with 451 while the database is away. The status page
    is at /status, for programs at /status.json; /health says whether the database answers. Merchants answer
    about refunds at /refund, customers follow theirs at /progress, by the links that they were sent.
    """
    from desk.settings import SettingsError

    tell_log(logging.INFO, with_time=True)
    with at_desk() as desk:
        if not desk.settings.serve.lmtp and not desk.settings.serve.http:
            raise SettingsError(
                "Settings serve.lmtp and serve.http are not set, so there is nothing to serve. Set serve.lmtp to "
                "127.0.0.1:2424, or to the path of a socket; or serve.http to 127.0.0.1:8080."
            )
        asyncio.run(_serve(desk))


async def _serve(desk: Desk) -> None:
    from desk.serving import address_of, http_address_of, serve_lmtp
    from desk.web.serving import serve_http

    log, serve = logging.getLogger("desk"), desk.settings.serve
    lmtp = address_of(serve.lmtp) if serve.lmtp else None
    http = http_address_of(serve) if serve.http else None
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    servers: list[asyncio.Task[None]] = []
    if lmtp is not None:
        listening = partial(log.info, "listening at %s", lmtp)
        servers.append(asyncio.create_task(serve_lmtp(desk, lmtp, stop, listening)))
    if http is not None:
        listening = partial(log.info, "listening at http://%s", http)
        servers.append(asyncio.create_task(serve_http(desk, http, stop, listening)))
    await asyncio.wait(servers, return_when=asyncio.FIRST_COMPLETED)
    stop.set()  # one that cannot listen ends the other
    await asyncio.gather(*servers)
    log.info("stopped listening")
