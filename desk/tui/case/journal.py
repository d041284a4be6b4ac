"""Drafts in files of this machine, for the time in which the database cannot be written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from db.kinds import DraftKind
from db.private import make_folder


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Words kept in a file, when, and where they are to go."""

    text: str
    answers: tuple[str, ...]
    at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)


class Journal:
    """One file a draft, in a folder of the agent's own; readable by nobody else."""

    def __init__(self, folder: Path, *, database: str, login: str) -> None:
        self._folder = folder
        self._owner = hashlib.sha256(f"{database}\n{login}".encode()).hexdigest()[:12]

    def write(
        self,
        case_id: int,
        kind: DraftKind,
        text: str,
        answers: tuple[str, ...],
        at: datetime,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a draft; the file is whole at every moment. Raises `OSError`."""
        make_folder(self._folder)
        path = self._path(case_id, kind)
        fresh = path.with_suffix(".new")
        words = {"text": text, "answers": list(answers), "at": at.isoformat(), "details": dict(details or {})}
        said = json.dumps(words)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(said)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def read(self, case_id: int, kind: DraftKind) -> JournalEntry | None:
        """The draft kept here, or None; a file that cannot be read keeps its bytes and is passed over."""
        try:
            found = json.loads(self._path(case_id, kind).read_text(encoding="utf-8"))
            at, details = datetime.fromisoformat(found["at"]), dict(found.get("details", {}))
            return JournalEntry(str(found["text"]), tuple(found["answers"]), at, details)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remove(self, case_id: int, kind: DraftKind) -> None:
        """Forget a draft that the database has."""
        with suppress(OSError):
            self._path(case_id, kind).unlink(missing_ok=True)

    def _path(self, case_id: int, kind: DraftKind) -> Path:
        return self._folder / f"{self._owner}-{case_id}-{kind.value}.json"
