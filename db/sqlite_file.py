"""The one file behind a SQLite database: made when there is none yet, and never in the place of one that is gone.

SQLite keeps a deleted file open and goes on reading and writing it, where nobody will ever see that again; and it makes
a new, empty one for whoever connects next. Neither is what a desk at work may do.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from db.errors import DatabaseGoneError, DatabaseReplacedError, DatabaseUnavailableError
from db.private import make_file


class SqliteFile:
    """The file at a path, recognised by the number that the file system gave it. Threads may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._name = str(self._path)
        self._opened: tuple[int, int] | None = None
        self._may_be_made = True

    def uri(self) -> str:
        """What to connect to; only the first connection of all makes a file. Raises what `require` raises."""
        self.require()
        if not self._may_be_made or self._path.exists():
            return f"{self._path.as_uri()}?mode=rw"
        log = Path(f"{self._path}-wal")
        if log.exists() and not self._path.exists():  # another process may just have made both
            # SQLite would empty the log, and with it what only the log has of the database that belongs to it.
            raise DatabaseGoneError(
                f"There is no database at {self._path}, but its log {log.name} is there. Put the database back beside "
                "it, or a backup in the place of both; to begin anew, remove the log."
            )
        with suppress(OSError):  # SQLite finds the same, and has the words for it
            make_file(self._path)
        return f"{self._path.as_uri()}?mode=rwc"

    def note_opened(self) -> None:
        """A connection has just been made: this is the file."""
        if self._opened is None:
            self._opened, self._may_be_made = self._identity(), False

    def require(self) -> None:
        """Do nothing while the file that was opened is in its place.

        Raises `DatabaseGoneError`, `DatabaseReplacedError`, and `DatabaseUnavailableError` when nobody can tell.
        """
        if self._may_be_made:
            return
        found = self._identity()
        if found != self._opened and self._opened is not None:
            raise DatabaseReplacedError(
                f"The database file was replaced: {self._path} is not the one that was opened. Leave the desk and "
                "start it again; what you type until then is kept on this machine."
            )

    def forget(self) -> None:
        """Every connection was given back: whatever file is there next time is opened, but none is made."""
        self._opened = None

    def _identity(self) -> tuple[int, int]:
        try:
            found = os.stat(self._name)  # noqa: PTH116  (asked twice by every unit of work)
        except FileNotFoundError as error:
            raise DatabaseGoneError(
                f"The database file is gone: somebody has moved or deleted {self._path}. Put it back, or put a "
                "backup in its place and start the desk again; what you type until then is kept on this machine."
            ) from error
        except OSError as error:
            raise DatabaseUnavailableError(f"The database cannot be used: {self._path}: {error.strerror}.") from error
        return found.st_dev, found.st_ino
