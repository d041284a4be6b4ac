"""Names of folders on a server, found however their levels are separated and their letters encoded."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SENT = "\\Sent"
USUAL_SENT = ("Sent", "Sent Items", "Sent Messages", "Sent Mail", "Gesendete Elemente", "Terkirim", "已发送")


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the server lists it: `name` decoded, `separator` of its levels, or empty."""

    name: str
    separator: str
    flags: frozenset[str]
    """In small letters, such as `\\sent`."""

    @property
    def holds_mail(self) -> bool:
        """Whether it can be opened; some are only levels."""
        return not self.flags & {"\\noselect", "\\nonexistent"}


def named(folders: Iterable[Folder], wanted: str) -> Folder | None:
    """The folder of that name: as written, else with `/` or `.` between its levels, also below INBOX."""
    able = [each for each in folders if each.holds_mail]
    exact = next((each for each in able if each.name == wanted), None)
    if exact is not None:
        return exact
    levels = _levels_of(wanted)
    for below in ((), ("inbox",)):
        for each in able:
            own = tuple(map(_folded, each.name.split(each.separator) if each.separator else [each.name]))
            if own in {below + way for way in levels}:
                return each
    return None


def sent(folders: Iterable[Folder]) -> Folder | None:
    """The folder for copies of what was sent: the one that is marked so (RFC 6154), else one of the usual names."""
    able = [each for each in folders if each.holds_mail]
    marked = next((each for each in able if SENT.lower() in each.flags), None)
    return marked or next((found for name in USUAL_SENT if (found := named(able, name))), None)


def _levels_of(wanted: str) -> set[tuple[str, ...]]:
    return {tuple(map(_folded, wanted.split(separator))) for separator in ("/", ".", "\0")}


def _folded(level: str) -> str:
    plain = unicodedata.normalize("NFC", level)
    return "inbox" if plain.lower() == "inbox" else plain
