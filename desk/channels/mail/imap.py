"""One mailbox on an IMAP server (RFC 3501): messages by UID only, their bytes as they are, and word of new ones."""

from __future__ import annotations

import selectors
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from desk.channels.mail import folders
from desk.channels.mail.mailbox_errors import MailboxError, NoFolderError, RefusedByServerError, explained
from desk.channels.mail.secrets import secret_of
from desk.channels.mail.signing_in import sign_in
from desk.channels.mail.too_large import not_fetched
from desk.settings import Mailbox

CONNECT_SECONDS = 20
ANSWER_SECONDS = 60
MOST_IN_GROUP = 50
MOST_GROUP_BYTES = 8_000_000
SEARCHED_AT_ONCE = 20_000
MOST_HEADER = 64 * 1024
"""Bytes of the header that are fetched of a message that is too large."""


@dataclass(frozen=True, slots=True)
class Position:
    """What a folder said when it was opened; `next_uid` is 0 when it did not say."""

    uid_validity: int
    next_uid: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message's bytes; `arrived_at` is when the server got it, aware, or None."""

    uid: int
    raw: bytes
    arrived_at: datetime | None


class MailboxConnection:
    """A connection that is signed in; every method raises `MailboxError` when it cannot do what it says."""

    def __init__(self, mailbox: Mailbox, client: IMAPClient) -> None:
        self._mailbox = mailbox
        self._client = client
        self._folders: list[folders.Folder] | None = None

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself (RFC 2177)."""
        with self._told():
            return bool(self._client.has_capability("IDLE"))

    def open(self, folder: str, *, to_change: bool) -> Position:
        """Open a folder, also one that is open already: to see what is new in it."""
        name = self.name_of(folder)
        with self._told():
            said = self._client.select_folder(name, readonly=not to_change)
        if not said.get(b"UIDVALIDITY"):
            raise NoFolderError(f"The server does not number the messages of {folder!r} for good (no UIDVALIDITY).")
        return Position(int(said[b"UIDVALIDITY"]), int(said.get(b"UIDNEXT") or 0))

    def uids_after(self, last_uid: int, position: Position) -> Iterator[list[int]]:
        """The UIDs above `last_uid`, ascending, in pieces of at most `MOST_IN_GROUP`."""
        start, window = last_uid + 1, SEARCHED_AT_ONCE
        while not position.next_uid or start < position.next_uid:
            # A bounded window: the answer is one line, and a client must not take lines of any length.
            end = str(start + window - 1) if position.next_uid else "*"
            with self._told():
                found = self._client.search(["UID", f"{start}:{end}"])
            new = sorted({uid for uid in found if uid >= start})  # `5:*` gives the last message even when it is 4
            yield from (new[at : at + MOST_IN_GROUP] for at in range(0, len(new), MOST_IN_GROUP))
            if not position.next_uid:
                return
            start += window
            window = window if new else window * 2

    def groups(self, uids: Sequence[int], most_bytes: int) -> Iterator[list[Fetched]]:
        """The messages of these UIDs in their order, in groups that fit into memory; those that are gone are left out.

        Of a message of more than `most_bytes`, or one that the server cannot give, comes what is known of it and why.
        """
        with self._told():
            known = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        for group in _grouped([(uid, _size(known[uid])) for uid in uids if uid in known]):
            whole = self._bodies([uid for uid, size in group if size <= most_bytes])
            yield [
                Fetched(uid, raw, known[uid].get(b"INTERNALDATE"))
                for uid, size in group
                if (raw := whole.get(uid) if size <= most_bytes else self._cut(uid, size, most_bytes)) is not None
            ]

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Flag messages as seen. Raises `RefusedByServerError` when the server does not want to."""
        with self._told():
            self._client.add_flags(uids, [b"\\Seen"], silent=True)

    def move(self, uids: Sequence[int], folder: str) -> None:
        """Move messages to another folder. Raises `NoFolderError`, `RefusedByServerError`."""
        name = self.name_of(folder)
        with self._told():
            if self._client.has_capability("MOVE"):
                self._client.move(uids, name)
                return
            self._client.copy(uids, name)
            self._client.add_flags(uids, [b"\\Deleted"], silent=True)
            if self._client.has_capability("UIDPLUS"):  # a plain EXPUNGE would remove what others have marked as well
                self._client.uid_expunge(uids)

    def wait_for_news(self, seconds: float, is_over: Callable[[], bool]) -> None:
        """Wait until the server says anything, `seconds` have passed, or `is_over` (asked each second)."""
        with self._told():
            self._client.idle()
            until = monotonic() + seconds
            while not is_over() and (left := until - monotonic()) > 0:
                if self._has_something(min(left, 1.0)):
                    break
            self._client.idle_done()

    def find(self, message_id: str) -> bool:
        """Whether the open folder has a message of this Message-ID (without its angle brackets)."""
        with self._told():
            found = self._client.search(["HEADER", "Message-ID", f"<{message_id}>"])
            # Some servers find words, or parts of them: only the field itself is sure.
            fields = self._client.fetch(found[-MOST_IN_GROUP:], ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])
        wanted = f"<{message_id}>".encode()
        return any(wanted in value for each in fields.values() for value in each.values() if isinstance(value, bytes))

    def append(self, folder: str, raw: bytes) -> None:
        """Put a message, as one that was read, into a folder. Raises `NoFolderError`, `RefusedByServerError`."""
        name = self.name_of(folder)
        with self._told():
            self._client.append(name, raw, flags=[b"\\Seen"])

    def name_of(self, folder: str) -> str:
        """How the server calls a folder of the settings. Raises `NoFolderError`."""
        if folder.lower() == "inbox":
            return "INBOX"
        found = folders.named(self.folders(), folder)
        if found is None:
            self._folders = None  # somebody may make it
            raise NoFolderError(f"There is no folder {folder!r} on {self._mailbox.host}. Make it, or name another.")
        return found.name

    def sent_folder(self) -> str:
        """The folder for copies of what was sent. Raises `NoFolderError`."""
        if self._mailbox.sent_folder:
            return self.name_of(self._mailbox.sent_folder)
        found = folders.sent(self.folders())
        if found is None:
            self._folders = None
            raise NoFolderError("The server marks no folder as \\Sent. Say which one it is with `sent_folder`.")
        return found.name

    def folders(self) -> list[folders.Folder]:
        """The folders of the account."""
        if self._folders is None:
            with self._told():
                listed = self._client.list_folders()
            self._folders = [
                folders.Folder(
                    str(name), (separator or b"").decode("ascii", "replace"), frozenset(_text(flag) for flag in flags)
                )
                for flags, separator, name in listed
            ]
        return self._folders

    def close(self) -> None:
        """Say farewell if the server listens, and hang up."""
        try:
            self._client.logout()
        except (IMAPClientError, OSError):
            with suppress(IMAPClientError, OSError):
                self._client.shutdown()

    def _bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Each message whole; one that the server refuses to give does not take the others with it."""
        try:
            with self._told():
                answers = self._client.fetch(uids, ["BODY.PEEK[]"])
        except RefusedByServerError as error:
            if len(uids) > 1:
                return {uid: raw for each in uids for uid, raw in self._bodies([each]).items()}
            return {uids[0]: not_fetched(self._header(uids[0]), f"The server does not give it: {error}")}
        return {uid: raw for uid, answer in answers.items() if (raw := answer.get(b"BODY[]")) is not None}

    def _cut(self, uid: int, size: int, most_bytes: int) -> bytes:
        why = f"It has {size / 1e6:.0f} MB, and `mail.largest_megabytes` is {most_bytes // 1_000_000}."
        return not_fetched(self._header(uid), why)

    def _header(self, uid: int) -> bytes:
        try:
            with self._told():
                answer = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{MOST_HEADER}>"]).get(uid, {})
        except RefusedByServerError:
            return b""
        return next((bytes(value) for key, value in answer.items() if key.startswith(b"BODY[HEADER]")), b"")

    def _has_something(self, seconds: float) -> bool:
        connection = self._client.socket()
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    @contextmanager
    def _told(self) -> Iterator[None]:
        with _plainly(self._mailbox):
            yield


@contextmanager
def connected(mailbox: Mailbox) -> Iterator[MailboxConnection]:
    """A connection that is signed in, closed at the end. Raises `MailboxError`."""
    secret = secret_of(mailbox)
    client = _client(mailbox)
    connection = MailboxConnection(mailbox, client)
    try:
        sign_in(client, mailbox, secret)
        with _plainly(mailbox):
            client.capabilities()  # many servers have more to offer once somebody is signed in
        yield connection
    finally:
        connection.close()


def _client(mailbox: Mailbox) -> IMAPClient:
    with _plainly(mailbox):
        context = _trust(mailbox) if mailbox.security != "none" else None
        client = IMAPClient(
            mailbox.host,
            mailbox.port,
            ssl=mailbox.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(CONNECT_SECONDS, ANSWER_SECONDS),
        )
        client.normalise_times = False
        try:
            if mailbox.security == "starttls":
                client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
        return client


def _trust(mailbox: Mailbox) -> ssl.SSLContext:
    if not mailbox.ca_file:
        return ssl.create_default_context()
    path = Path(mailbox.ca_file).expanduser()
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl's own errors are such as well
        raise MailboxError(f"`ca_file` {path} cannot be used: {error.strerror or error}.", "tls") from error


@contextmanager
def _plainly(mailbox: Mailbox) -> Iterator[None]:
    try:
        yield
    except (IMAPClientError, OSError, UnicodeError) as error:
        raise explained(error, mailbox) from error


def _grouped(sized: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    group: list[tuple[int, int]] = []
    total = 0
    for uid, size in sized:
        if group and total + size > MOST_GROUP_BYTES:
            yield group
            group, total = [], 0
        group.append((uid, size))
        total += size
    if group:
        yield group


def _size(answer: dict[bytes, Any]) -> int:
    return int(answer.get(b"RFC822.SIZE") or 0)


def _text(flag: bytes | str) -> str:
    return (flag.decode("ascii", "replace") if isinstance(flag, bytes) else flag).lower()
