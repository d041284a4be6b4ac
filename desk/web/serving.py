"""Serving the pages: uvicorn on an address of this machine, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from db.models import map_all
from desk.serving import Address
from desk.settings import SettingsError

if TYPE_CHECKING:
    from desk.services.desk import Desk

KEY = "Setting serve.http"
MOST_AT_ONCE = 100
"""Connections beyond that are answered with 503."""
IDLE_SECONDS = 5


async def serve_http(
    desk: Desk, address: Address, stop: asyncio.Event, listening: Callable[[], None] = lambda: None
) -> None:
    """Answer requests until `stop` is set. Raises `SettingsError` when nobody can listen at that address."""
    try:
        import python_multipart  # noqa: F401  (Starlette misses it only when the first form comes)
        import uvicorn

        from desk.web.app import application
    except ImportError as error:
        raise SettingsError(
            f"{KEY}: for pages desk needs {error.name}. Install it: pip install 'desk[serve]'."
        ) from error

    class Server(uvicorn.Server):
        """Leaves signals to who runs it."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    map_all()  # before threads share the desk, as `bootstrap.open_desk` says
    config = uvicorn.Config(
        application(desk),
        access_log=False,  # addresses may hold secrets
        log_config=None,
        server_header=False,
        proxy_headers=desk.settings.serve.behind_proxy,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=IDLE_SECONDS,
        h11_max_incomplete_event_size=16_384,
        http="h11",
        ws="none",
        lifespan="off",
    )
    with _bound(address) as listener:
        server = Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        listening()
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopped.cancel()
        await serving


def _bound(address: Address) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address.host, address.port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise SettingsError(f"{KEY}: cannot listen at {address}: {error.strerror or error}.") from error
    return listener
