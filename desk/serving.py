"""`desk serve`: where to listen, and, on this machine only, for a mail server that delivers."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISSOCK

from db.kinds import Channel
from db.models import map_all
from desk.channels.mail.incoming import read_incoming
from desk.services import intake
from desk.services.desk import Desk
from desk.settings import Serve, SettingsError

KEY = "Setting serve.lmtp"
_PORT = re.compile(r"(\[[^]]+\]|[^:]+):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a unix socket when `path` is set, else a port of this machine."""

    host: str = ""
    port: int = 0
    path: Path | None = None

    def __str__(self) -> str:
        return str(self.path) if self.path else f"{self.host}:{self.port}"


def http_address_of(serve: Serve) -> Address:
    """Where pages are served: a port of this machine, or of any of its addresses behind a proxy.

    Raises `SettingsError`.
    """
    key = "Setting serve.http"
    found = _PORT.fullmatch(serve.http)
    if found is None or int(found[2]) > 65535:
        raise SettingsError(f"{key}: {serve.http!r} is no place to listen at. Use 127.0.0.1:8080.")
    host = "127.0.0.1" if found[1] == "localhost" else found[1].strip("[]")
    if not _is_ours(host) and not serve.behind_proxy:
        raise SettingsError(
            f"{key}: {found[1]} can be reached from other machines. Use 127.0.0.1 with a proxy on this machine that "
            "speaks TLS, or say that one stands before it: serve.behind_proxy = true."
        )
    return Address(host, int(found[2]))


def address_of(text: str) -> Address:
    """The address in a setting's words. Raises `SettingsError` for one that other machines could reach."""
    if text.startswith(("/", "~")):
        return Address(path=Path(text).expanduser())
    found = _PORT.fullmatch(text)
    if found is None or int(found[2]) > 65535:
        raise SettingsError(f"{KEY}: {text!r} is no place to listen at. Use 127.0.0.1:2424, or the path of a socket.")
    host = "127.0.0.1" if found[1] == "localhost" else found[1].strip("[]")
    if not _is_ours(host):
        raise SettingsError(
            f"{KEY}: {found[1]} can be reached from other machines, and LMTP asks nobody who they are. Use 127.0.0.1, "
            "or the path of a socket."
        )
    return Address(host, int(found[2]))


def _is_ours(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def taker(desk: Desk) -> Callable[[bytes, Sequence[str]], None]:
    """What stores a message that a mail server delivers, with the mailbox that its recipients belong to."""
    boxes = {_plain(box.reply_address): name for name, box in desk.settings.mail.mailboxes.items() if box.reply_address}

    def take(raw: bytes, recipients: Sequence[str]) -> None:
        mailbox = next((boxes[name] for each in recipients if (name := _plain(each)) in boxes), None)
        delivery = intake.Delivery(raw, "lmtp", mailbox=mailbox, is_live=True)
        intake.take_in(desk, None, Channel.EMAIL, [delivery], read_incoming)

    return take


async def serve_lmtp(
    desk: Desk, address: Address, stop: asyncio.Event, listening: Callable[[], None] = lambda: None
) -> None:
    """Take mail until `stop` is set. Raises `SettingsError` when nobody can listen at that address."""
    try:
        from desk.channels.mail.lmtp import Protocol
    except ImportError as error:
        raise SettingsError(f"{KEY}: to listen, desk needs aiosmtpd. Install it: pip install 'desk[serve]'.") from error
    map_all()
    loop, take, most = asyncio.get_running_loop(), taker(desk), desk.settings.mail.most_bytes
    with suppress(FileNotFoundError):
        _require_unused(address)
    before = os.umask(0o117)  # a socket is for its owner and group
    try:
        if address.path:
            server: asyncio.Server = await loop.create_unix_server(lambda: Protocol(take, most), str(address.path))
        else:
            server = await loop.create_server(lambda: Protocol(take, most), address.host, address.port)
    except OSError as error:
        raise SettingsError(f"{KEY}: cannot listen at {address}: {error.strerror or error}.") from error
    finally:
        os.umask(before)
    try:
        listening()
        await stop.wait()
    finally:
        server.close()
        if address.path:
            address.path.unlink(missing_ok=True)


def _require_unused(address: Address) -> None:
    """Raise `SettingsError` when the socket is another program's, or another file; one that was left behind is not."""
    if address.path is None:
        return
    if not S_ISSOCK(address.path.stat().st_mode):
        raise SettingsError(f"{KEY}: {address} is a file. Name a path where there is none.")
    with socket.socket(socket.AF_UNIX) as asked:
        if asked.connect_ex(str(address.path)) == 0:
            raise SettingsError(f"{KEY}: another program listens at {address}. Stop it first.")


def _plain(address: str) -> str:
    """An address without what stands behind + in it, in small letters."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
