"""LMTP: a mail server is told that a message is stored when it is, and never otherwise."""

from __future__ import annotations

import asyncio
import signal
import smtplib
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from db.clock import now
from db.models import Inbound
from desk.services.desk import Desk
from desk.serving import Address, address_of, serve_lmtp
from desk.settings import Mail, Mailbox, Settings, SettingsError
from tests.dovecot import free_port
from tests.receiving.conftest import case_fields, desk_with, subjects
from tests.services.acting import mail

if TYPE_CHECKING:
    from subprocess import Popen

    from db.engine import Database

REFUNDS = Mailbox(host="mail.example.com", user="u", reply_address="refunds@example.com", queue="refunds")


@pytest.fixture
def socket_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lmtp-") as folder:
        yield Path(folder) / "lmtp.sock"


@asynccontextmanager
async def serving(desk: Desk, address: Address) -> AsyncIterator[None]:
    """The server, as long as the block runs."""
    stop, listening = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(serve_lmtp(desk, address, stop, listening.set))
    await asyncio.wait_for(listening.wait(), 10)
    try:
        yield
    finally:
        stop.set()
        await task


def mode_of(path: Path) -> int | None:
    """Who may use a socket, or None when there is none."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else None


async def deliver(path: Path, talk: Callable[[smtplib.LMTP], Any]) -> Any:
    """What a mail server hears."""

    def speak() -> Any:
        with smtplib.LMTP(str(path)) as client:
            client.ehlo()
            return talk(client)

    return await asyncio.to_thread(speak)


def transaction(raw: bytes, *recipients: str, size: int = 0) -> Callable[[smtplib.LMTP], list[int]]:
    """The codes that follow the message, one for each recipient."""

    def talk(client: smtplib.LMTP) -> list[int]:
        code, _ = client.mail("dewi@example.org", [f"SIZE={size}"] if size else [])
        if code != 250:
            return [code]
        for each in recipients:
            assert client.rcpt(each)[0] == 250
        return [client.data(raw)[0], *(client.getreply()[0] for _ in recipients[1:])]

    return talk


async def test_250_means_stored_and_each_recipient_is_answered(database: Database, socket_path: Path) -> None:
    desk = desk_with(database, REFUNDS)
    async with serving(desk, Address(path=socket_path)):
        codes = await deliver(socket_path, transaction(mail(), "other@example.com", "Refunds+42.x@example.com"))
    assert codes == [250, 250]
    assert subjects(desk) == ["My payment failed"]
    assert case_fields(desk, "mailbox", "queue") == [("support", "refunds")]
    with database.read() as connection:
        assert connection.scalars(select(Inbound.is_live)).all() == [True]


async def test_the_same_delivery_again_is_one_message(sqlite_database: Database, socket_path: Path) -> None:
    desk = desk_with(sqlite_database, REFUNDS)
    async with serving(desk, Address(path=socket_path)):
        for _ in range(2):
            assert await deliver(socket_path, transaction(mail(), "support@example.com")) == [250]
    assert len(subjects(desk)) == 1


async def test_while_the_database_is_away_the_server_is_asked_to_come_again(
    sqlite_database: Database, socket_path: Path
) -> None:
    desk = desk_with(sqlite_database, REFUNDS)
    assert subjects(desk) == []
    path = sqlite_database.path
    assert path is not None
    async with serving(desk, Address(path=socket_path)):
        path.rename(path.with_name("elsewhere"))
        away = await deliver(socket_path, transaction(mail(), "a@example.com", "b@example.com"))
        path.with_name("elsewhere").rename(path)
        back = await deliver(socket_path, transaction(mail(), "a@example.com", "b@example.com"))
    assert (away, back) == ([451, 451], [250, 250])
    assert len(subjects(desk)) == 1


async def test_a_message_that_is_too_large_is_refused_for_good(sqlite_database: Database, socket_path: Path) -> None:
    desk = desk_with(sqlite_database, REFUNDS, largest_megabytes=1)
    large = mail(text="0123456789 " * 100_000)
    async with serving(desk, Address(path=socket_path)):
        announced = await deliver(socket_path, transaction(large, "a@example.com", size=len(large)))
        sent = await deliver(socket_path, transaction(large, "a@example.com", "b@example.com"))
        small = await deliver(socket_path, transaction(mail(), "a@example.com"))
    assert (announced, sent, small) == ([552], [552, 552], [250])
    assert subjects(desk) == ["My payment failed"]


async def test_lines_of_any_length_and_bytes_of_any_kind_are_taken(
    sqlite_database: Database, socket_path: Path
) -> None:
    desk = desk_with(sqlite_database, REFUNDS)
    raw = b"From: a@example.org\r\nSubject: long\r\n\r\n" + b"\xff" * 5_000 + b"\r\n.dot\r\n"
    async with serving(desk, Address(path=socket_path)):
        assert await deliver(socket_path, transaction(raw, "a@example.com")) == [250]
    from db.models import Blob

    with sqlite_database.read() as connection:
        assert b"Return-Path: <dewi@example.org>\r\n" + raw in connection.scalars(select(Blob.data)).all()


async def test_a_socket_is_private_and_one_left_behind_is_no_hindrance(
    sqlite_database: Database, socket_path: Path
) -> None:
    desk = desk_with(sqlite_database, REFUNDS)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_path))
    async with serving(desk, Address(path=socket_path)):
        assert mode_of(socket_path) == 0o660
        with pytest.raises(SettingsError, match="another program listens"):
            await serve_lmtp(desk, Address(path=socket_path), asyncio.Event())
    assert mode_of(socket_path) is None


def test_a_file_is_never_taken_for_a_socket(sqlite_database: Database, socket_path: Path) -> None:
    socket_path.write_text("mine")
    with pytest.raises(SettingsError, match="is a file"):
        asyncio.run(serve_lmtp(desk_with(sqlite_database, REFUNDS), Address(path=socket_path), asyncio.Event()))
    assert socket_path.read_text() == "mine"


@pytest.mark.parametrize(
    "text", ["0.0.0.0:24", "192.0.2.1:24", "[::]:24", "mail.example.com:24", "2424", "*:24", "a:b"]
)
def test_only_this_machine_can_be_listened_on(text: str) -> None:
    with pytest.raises(SettingsError, match=r"serve\.lmtp"):
        address_of(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:2424", Address("127.0.0.1", 2424)),
        ("localhost:24", Address("127.0.0.1", 24)),
        ("[::1]:24", Address("::1", 24)),
        ("/run/desk/lmtp", Address(path=Path("/run/desk/lmtp"))),
    ],
)
def test_loopback_and_sockets_are_places_to_listen(text: str, address: Address) -> None:
    assert address_of(text) == address


@pytest.mark.slow
def test_desk_serve_listens_until_it_is_told_to_stop(start: Callable[..., Popen[bytes]], home: dict[str, str]) -> None:
    port = free_port()
    process = start("serve", env={"DESK_SERVE__LMTP": f"127.0.0.1:{port}"})
    assert process.stderr is not None
    assert b"listening at 127.0.0.1" in process.stderr.readline()
    with smtplib.LMTP("127.0.0.1", port) as client:
        client.sendmail("dewi@example.org", ["support@example.com"], mail())
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0, told


def test_mail_from_a_pipe_is_live_and_belongs_to_the_mailbox_that_is_named(
    run: Callable[..., Any], sqlite_url: str, sqlite_database: Database
) -> None:
    named = {"DESK_MAIL__MAILBOXES__SUPPORT__ENABLED": "false", "DESK_MAIL__MAILBOXES__SUPPORT__QUEUE": "refunds"}
    result = run("intake", "mail", "--mailbox", "support", "-", url=sqlite_url, typed=mail(), env=named)
    assert result.exit_code == 0, result.stderr
    unknown = run("intake", "mail", "--mailbox", "suport", "-", url=sqlite_url, typed=mail("2@x.org"), env=named)
    assert (unknown.exit_code, "support" in unknown.stderr) == (75, True)
    desk = Desk(sqlite_database, Settings(mail=Mail()), now)
    assert case_fields(desk, "mailbox", "queue") == [("support", "refunds")]
    with sqlite_database.read() as connection:
        assert connection.execute(select(Inbound.mailbox, Inbound.is_live)).all() == [("support", True)]


def test_mail_from_a_file_is_not_live(
    run: Callable[..., Any], sqlite_url: str, sqlite_database: Database, tmp_path: Path
) -> None:
    (tmp_path / "old.eml").write_bytes(mail())
    assert run("intake", "mail", tmp_path / "old.eml", url=sqlite_url).exit_code == 0
    with sqlite_database.read() as connection:
        assert connection.scalars(select(Inbound.is_live)).all() == [False]
