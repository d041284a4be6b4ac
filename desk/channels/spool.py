"""The spool folder: one JSON file a message, for whatever picks them up."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

from db.private import make_folder
from db.rows import OutgoingRow
from desk.channels.sending import Taken, TryLaterError, as_json, unnoted

_UNSAFE = re.compile(
    "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


class SpoolSender:
    """Writes each message as `CHANNEL-ID.json`, whole or not at all; the same message twice is one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutgoingRow, begun: Callable[[], object] = unnoted) -> Taken:
        """Write the file and make it durable before it gets its name."""
        name = f"{message.channel.value}-{message.message_id}.json"
        try:
            make_folder(self._folder)
            part = self._folder / f".{name}.part"
            with part.open("w", encoding="utf-8") as file:
                file.write(_document(message))
                file.flush()
                os.fsync(file.fileno())
            begun()
            part.replace(self._folder / name)
            make_durable(self._folder)
        except OSError as error:
            raise TryLaterError(f"{self._folder} cannot be written: {error.strerror or error}") from error
        return Taken(name)


def _document(message: OutgoingRow) -> str:
    """The message as JSON that is safe to look at: letters as they are, what a terminal would obey as an escape."""
    written = json.dumps(as_json(message), ensure_ascii=False, indent=1)
    return _UNSAFE.sub(_escaped, written)


def _escaped(found: re.Match[str]) -> str:
    return json.dumps(found[0])[1:-1]


def make_durable(folder: Path) -> None:
    """See to it that names survive: a name is safe from a power cut once its folder is written."""
    if os.name != "posix":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
