"""Serving the simulated wallet on a port of this machine, with keys and a secret made for it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from desk.wallet.errors import WalletSetUpError
from desk.wallet.http.signing import make_keys

if TYPE_CHECKING:
    from starlette.applications import Starlette

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Papers:
    """What a desk and its simulated wallet know each other by: files in one folder."""

    partner_id: str
    private_key: Path
    public_key: Path
    secret: Path


def papers(folder: Path, partner_id: str) -> Papers:
    """The files in that folder; made on the first call, readable for their owner only."""
    private, public = make_keys(folder)
    secret = folder / "secret"
    if not secret.exists():
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
    return Papers(partner_id, private, public, secret)


def serve(application: Starlette, port: int, listening: Callable[[int], None]) -> None:
    """Answer on `port` of this machine (0: any that is free) until the process is told to stop.

    `listening` gets the port once somebody can connect. Raises `WalletSetUpError`.
    """
    import socket

    try:
        import uvicorn
    except ImportError as error:
        raise WalletSetUpError(
            f"To serve the simulated wallet desk needs {error.name}. Install it: pip install 'desk[serve,wallet]'."
        ) from error
    config = uvicorn.Config(
        application,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=1,
        http="h11",
        ws="none",
        lifespan="off",
    )
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(128)
        except OSError as error:
            raise WalletSetUpError(f"Cannot listen at {HOST}:{port}: {error.strerror or error}.") from error
        listening(listener.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listener])
