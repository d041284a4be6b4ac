"""Mail as it lies in files: single messages, mbox files, Maildirs, and folders of them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from desk.channels.mail import mbox

SNIFFED = 4096
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?[!-9;-~]{1,80}[ \t]*:")
_OF_MAIL = re.compile(
    rb"^(?:from|to|cc|date|subject|message-id|received|return-path|delivered-to|mime-version|content-type|reply-to"
    rb"|in-reply-to|x-[a-z0-9-]+|dkim-signature|arc-[a-z-]+|authentication-results)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A message's bytes, and where they lay."""

    raw: bytes
    source: str


@dataclass(slots=True)
class Mailboxes:
    """Walks through what was named; afterwards the counts say what was passed over.

    `on_read` is told how many bytes of the files are behind us, more each time.
    """

    on_read: Callable[[int], None] = lambda _more: None
    skipped: int = 0
    """Files that hold no mail."""
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """What could not be read, or is too long to be one message, with the reason."""
    _folders: set[tuple[int, int]] = field(default_factory=set)

    def messages(self, path: Path) -> Iterator[Found]:
        """Every message at `path`: a file, an mbox, a Maildir, or a folder of these, however deep."""
        if path.is_dir():
            yield from self._folder(path)
        else:
            yield from self._file(path, is_mail=path.suffix.lower() == ".eml")

    def _folder(self, path: Path) -> Iterator[Found]:
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in self._folders:
                return  # a link that leads back, or a second way to the same folder
            self._folders.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(path))  # noqa: PTH208  (names only: a Maildir may hold a million)
        except OSError as error:
            self._note(path, error)
            return
        if {"cur", "new"} <= set(names) and (path / "cur").is_dir() and (path / "new").is_dir():
            yield from self._maildir(path)
            names = [name for name in names if name not in {"cur", "new", "tmp"}]
        for name in names:
            inside = path / name
            if inside.is_dir():
                yield from self._folder(inside)
            elif _is_regular(inside):
                yield from self._file(inside, is_mail=inside.suffix.lower() == ".eml")
            else:
                self.skipped += 1

    def _maildir(self, path: Path) -> Iterator[Found]:
        for part in ("new", "cur"):  # in this order: a mail program moves from `new` to `cur` while we read
            folder = path / part
            try:
                names = sorted(os.listdir(folder))  # noqa: PTH208
            except OSError as error:
                self._note(folder, error)
                continue
            for name in names:
                if not name.startswith(".") and _is_regular(there := _where_it_is_now(folder, name)):
                    yield from self._file(there, is_mail=True)

    def _file(self, path: Path, *, is_mail: bool) -> Iterator[Found]:
        try:
            with path.open("rb") as file:
                head = file.peek(SNIFFED)[:SNIFFED]
                if head.lstrip(b"\r\n").startswith(b"From "):
                    yield from self._mbox(path, file)
                elif head and (is_mail or looks_like_mail(head)):
                    yield from self._single(path, file)
                else:
                    self.skipped += 1
        except OSError as error:
            self._note(path, error)

    def _mbox(self, path: Path, file: IO[bytes]) -> Iterator[Found]:
        for number, raw in enumerate(mbox.messages(file), start=1):
            if raw is None:
                self.unreadable.append((f"{path}#{number}", "is too long to be a message"))
            elif raw.strip():
                self.on_read(len(raw))
                yield Found(raw, f"{path}#{number}")

    def _single(self, path: Path, file: IO[bytes]) -> Iterator[Found]:
        raw = file.read(mbox.MOST_BYTES + 1)
        if len(raw) > mbox.MOST_BYTES:
            self.unreadable.append((str(path), "is too long to be a message"))
            return
        self.on_read(len(raw))
        yield Found(raw, str(path))

    def _note(self, path: Path, error: OSError) -> None:
        self.unreadable.append((str(path), error.strerror or str(error)))


def looks_like_mail(head: bytes) -> bool:
    """Whether a file that begins so is a message: its first line is a header, and mail's own headers follow."""
    return _HEADER.match(head) is not None and len(_OF_MAIL.findall(head.removeprefix(b"\xef\xbb\xbf"))) >= 2


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _where_it_is_now(folder: Path, name: str) -> Path:
    """The file, also when a mail program has changed its flags (behind the colon) since the folder was listed."""
    path = folder / name
    if not path.exists():
        base = name.partition(":")[0]
        with suppress(OSError):
            return next((each for each in folder.iterdir() if each.name.partition(":")[0] == base), path)
    return path
