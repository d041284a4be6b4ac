"""What can be wrong with a database as a whole, each with what to do about it."""

from __future__ import annotations


class DatabaseUnavailableError(Exception):
    """The database cannot be reached or written right now; try again later."""

    short = "no connection"
    """What is the matter in two or three words, for a line at the edge of a screen: `… since 13:14`."""


class DatabaseBusyError(DatabaseUnavailableError):
    """Another program has held the database for too long; try again."""


class DatabaseFullError(DatabaseUnavailableError):
    """There is no room left on the disk of the database; nothing was changed, and reading goes on."""

    short = "disk full"


class ReadOnlyDatabaseError(DatabaseUnavailableError):
    """The database can be read but takes no changes: a file without the right to write, a server that only follows."""

    short = "read-only"


class LostRaceError(DatabaseBusyError):
    """Two programs got in each other's way and this one had to give up; doing it again is safe and mostly works."""


class DatabaseGoneError(DatabaseUnavailableError):
    """The file that was opened is not at its place any more; it may come back."""

    short = "database file gone"


class DatabaseReplacedError(DatabaseGoneError):
    """There is another file in the place of the one that was opened; this process can't go on with it."""

    short = "another database file"
