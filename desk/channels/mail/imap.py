"""One mailbox on an IMAP server (RFC 3501): messages by UID only, their bytes as they are, and word of new ones."""

from __future__ import annotations

import selectors
import ssl
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from desk.channels.mail import folders
from desk.channels.mail.imap_connecting import client_for, plainly
from desk.channels.mail.mailbox_errors import NoFolderError, RefusedByServerError
from desk.channels.mail.secrets import secret_of
from desk.channels.mail.signing_in import sign_in
from desk.channels.mail.too_large import not_fetched
from desk.settings import Mailbox

MOST_IN_GROUP = 50
MOST_GROUP_BYTES = 8_000_000
SEARCHED_AT_ONCE = 20_000
MOST_BREAKS = 5
"""A server that hangs up so often over one message is asked for its header only, and then for nothing of it."""

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
        self.asked: list[int] = []
        """The UIDs of messages that were asked for and have not come."""

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

    def groups(
        self, uids: Sequence[int], most_bytes: int, *, alone: bool = False, breaks: Mapping[int, int] | None = None
    ) -> Iterator[list[Fetched]]:
        """The messages of these UIDs in their order, in groups that fit into memory; those that are gone are left out.

        Of a message of more than `most_bytes`, or one that the server cannot give, comes what is known of it and why.
        Some servers hang up over a message that is damaged: `alone` asks for one after the other, so that `asked`
        tells which it was, and `breaks` says how often that happened to each.
        """
        known = self._facts(uids)
        for group in _grouped([(uid, _size(known[uid])) for uid in uids if uid in known], alone=alone):
            self.asked = [uid for uid, _ in group]
            tries = {uid: (breaks or {}).get(uid, 0) for uid, _ in group}
            whole = self._bodies([uid for uid, size in group if size <= most_bytes and tries[uid] < MOST_BREAKS])
            for uid, size in group:
                if tries[uid] >= MOST_BREAKS:
                    whole[uid] = self._damaged(uid, tries[uid])
                elif size > most_bytes:
                    whole[uid] = self._cut(uid, size, most_bytes)
            self.asked = []
            yield [Fetched(uid, whole[uid], known[uid].get(b"INTERNALDATE")) for uid, _ in group if uid in whole]

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
            has_come = self._has_read_ahead()
            while not has_come and not is_over() and (left := until - monotonic()) > 0:
                has_come = self._has_something(min(left, 1.0))
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

    def _facts(self, uids: Sequence[int]) -> dict[int, dict[bytes, Any]]:
        """Size and time of arrival of each message; nothing of one that the server cannot tell about."""
        try:
            with self._told():
                return dict(self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]))
        except RefusedByServerError:
            if len(uids) > 1:
                return {uid: facts for each in uids for uid, facts in self._facts([each]).items()}
            return {uids[0]: {}}

    def _bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Each message whole; one that the server does not give takes no other with it, and is not passed over."""
        if not uids:
            return {}
        try:
            with self._told():
                answers = self._client.fetch(uids, ["BODY.PEEK[]"])
        except RefusedByServerError as error:
            if len(uids) > 1:
                return {uid: raw for each in uids for uid, raw in self._bodies([each]).items()}
            return self._withheld(uids[0], str(error))
        found = {uid: raw for uid, answer in answers.items() if (raw := answer.get(b"BODY[]")) is not None}
        for uid in set(uids) - set(found):
            found |= self._withheld(uid, "It gives nothing.")
        return found

    def _withheld(self, uid: int, why: str) -> dict[int, bytes]:
        """What there is of a message that the server does not give; nothing when it has gone meanwhile."""
        with self._told():
            if uid not in self._client.search(["UID", str(uid)]):
                return {}
        return {uid: self._stub(uid, self._header(uid), f"The mail server did not give the rest: {why}")}

    def _damaged(self, uid: int, tries: int) -> bytes:
        header = self._header(uid) if tries == MOST_BREAKS else b""
        return self._stub(uid, header, "The mail server broke the connection off each time when it was asked for it.")

    def _stub(self, uid: int, header: bytes, why: str) -> bytes:
        # Without a header nothing else tells two such messages apart.
        return not_fetched(header, why if header.strip() else f"{why} Its UID in {self._mailbox.folder} is {uid}.")

    def _cut(self, uid: int, size: int, most_bytes: int) -> bytes:
        why = f"It has {size / 1e6:.0f} MB, and `mail.largest_megabytes` is {most_bytes // 1_000_000}."
        return self._stub(uid, self._header(uid), why)

    def _header(self, uid: int) -> bytes:
        try:
            with self._told():
                answer = self._client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{MOST_HEADER}>"]).get(uid, {})
        except RefusedByServerError:
            return b""
        return next((bytes(value) for key, value in answer.items() if key.startswith(b"BODY[HEADER]")), b"")

    def _has_read_ahead(self) -> bool:
        """Whether more came with the server's last answer: it lies in imaplib, and no socket tells of it any more."""
        imap: Any = self._client._imap  # noqa: SLF001  (imapclient asks the socket alone, too)
        if hasattr(imap, "_readbuf"):  # from Python 3.14 on
            return bool(imap._readbuf)  # noqa: SLF001
        connection = self._client.socket()
        patience = connection.gettimeout()
        connection.settimeout(0.0)  # an empty buffer asks the socket for more
        try:
            return bool(imap.file.peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            connection.settimeout(patience)

    def _has_something(self, seconds: float) -> bool:
        connection = self._client.socket()
        if isinstance(connection, ssl.SSLSocket) and connection.pending():
            return True
        with selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            return bool(selector.select(seconds))

    @contextmanager
    def _told(self) -> Iterator[None]:
        with plainly(self._mailbox):
            yield


@contextmanager
def connected(mailbox: Mailbox) -> Iterator[MailboxConnection]:
    """A connection that is signed in, closed at the end. Raises `MailboxError`."""
    secret = secret_of(mailbox)
    client = client_for(mailbox)
    connection = MailboxConnection(mailbox, client)
    try:
        sign_in(client, mailbox, secret)
        with plainly(mailbox):
            client.capabilities()  # many servers have more to offer once somebody is signed in
        yield connection
    finally:
        connection.close()


def _grouped(sized: Iterable[tuple[int, int]], *, alone: bool) -> Iterator[list[tuple[int, int]]]:
    group: list[tuple[int, int]] = []
    total = 0
    for uid, size in sized:
        if group and (alone or total + size > MOST_GROUP_BYTES):
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
