"""The originals of messages in which something was masked: dropped, or encrypted with a key outside the database."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from db.kinds import EventKind
from db.private import make_folder
from desk.rules.permissions import Permission, require
from desk.services.errors import CaseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.fernet import Fernet
    from sqlalchemy import Row

    from db.rows import AgentRow
    from desk.services.desk import Desk
    from desk.settings import Safety


class Original(StrEnum):
    """What became of an original."""

    DROPPED = "dropped"
    ENCRYPTED = "encrypted"
    KEPT = "kept"
    """It is there as it came: what could not be read in full is nowhere else, or there was no key to encrypt with."""


class KeyUnusableError(CaseError):
    """The key for originals cannot be used; the message says what to do."""


def new_key(path: Path) -> None:
    """Write a new key to a file that only its owner may read. Raises `OSError`, also when there is one already."""
    from cryptography.fernet import Fernet

    make_folder(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key() + b"\n")


def require_key(safety: Safety) -> None:
    """Raise `KeyUnusableError` unless originals can be encrypted here."""
    _fernet(safety)


def encrypted(safety: Safety, data: bytes) -> bytes:
    """The bytes, encrypted and signed (Fernet: AES-128-CBC and HMAC-SHA256); what is so already stays as it is.

    Raises `KeyUnusableError`.
    """
    fernet = _fernet(safety)
    from cryptography.fernet import InvalidToken

    try:
        fernet.decrypt(data)
    except InvalidToken:
        return fernet.encrypt(data)
    return data


def opened(desk: Desk, me: AgentRow, message: Row[Any], data: bytes) -> bytes:
    """An original as it came; who opened one that holds a secret is noted on its case.

    `message` has the message's `id`, `case_id` and `details`, and `data` is what is stored. Raises `NotAllowedError`,
    `CaseError` when it was dropped, and `KeyUnusableError` when it can't be decrypted here.
    """
    details = message.details
    if "masked" not in details:
        return data
    require(me, Permission.SEE_SECRETS)
    data = _opened(desk.settings.safety, details, data)
    with desk.database.write() as unit:
        unit.record(EventKind.MESSAGE_REVEALED, case_id=message.case_id, agent_id=me.id, message=message.id)
    return data


def _opened(safety: Safety, details: Mapping[str, Any], data: bytes) -> bytes:
    became = details.get("masked", {}).get("original")
    if became == Original.DROPPED:
        raise CaseError("The original was dropped because it held a card number, code or password; the text is kept.")
    if became != Original.ENCRYPTED:
        return data
    fernet = _fernet(safety)
    from cryptography.fernet import InvalidToken

    try:
        return fernet.decrypt(data)
    except InvalidToken as error:
        raise KeyUnusableError("The original was encrypted with another key than that of safety.key_file.") from error


def _fernet(safety: Safety) -> Fernet:
    try:
        from cryptography.fernet import Fernet
    except ImportError as error:
        raise KeyUnusableError("Encrypted originals need the extra: pip install 'desk[safety]'.") from error
    if not safety.key_file:
        raise KeyUnusableError("Set safety.key_file; `desk safety new-key FILE` makes a key.")
    path = Path(safety.key_file).expanduser()
    try:
        return Fernet(path.read_bytes().strip())
    except OSError as error:
        raise KeyUnusableError(f"The key in {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise KeyUnusableError(f"{path} holds no key; `desk safety new-key FILE` makes one.") from error
