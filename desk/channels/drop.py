"""Files for merchants' programs: one JSON file a message, in a folder that the merchant's side empties."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from db.private import make_folder
from db.rows import OutgoingRow
from desk.channels.sending import RefusedError, Taken, TryLaterError, unnoted
from desk.channels.spool import make_durable
from desk.rules.refunds.contacts import DROP


class DropSender:
    """Writes `refund-ID-WHAT-MESSAGE.json`, whole or not at all, and over nothing that is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: OutgoingRow, _begun: Callable[[], object] = unnoted) -> Taken:
        """Write the file; the same message twice is one file. Raises `TryLaterError`, `RefusedError`."""
        payload = message.details["payload"]
        what = str(payload["type"]).rpartition(".")[2]
        name = f"refund-{payload['data']['refund']}-{what}-{message.message_id}.json"
        content = msgspec.json.format(msgspec.json.encode(payload | {"id": message.external_id}), indent=1)
        folder = self._folder / str(message.details["to"]).removeprefix(DROP)
        part = folder / f".{name}.{secrets.token_hex(4)}.part"
        try:
            make_folder(self._folder)
            folder.mkdir(parents=True, exist_ok=True)
            try:
                _put(part, folder / name, content)
            finally:
                part.unlink(missing_ok=True)
            make_durable(folder)
        except OSError as error:
            raise TryLaterError(f"{folder} cannot be written: {error.strerror or error}") from error
        return Taken(message.external_id)


def _put(part: Path, path: Path, content: bytes) -> None:
    """Give what was written durably its name, if that is free. Raises `OSError`, `RefusedError`."""
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # unlike a rename it never takes another file's place
    except FileExistsError:
        if path.read_bytes() != content:
            raise RefusedError(
                f"{path} is there already and holds something else. Move it away, then send again."
            ) from None
