"""Address lists as people and programs write them, read into names and addresses without ever failing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from desk.channels.mail.fields import one_line
from desk.channels.mail.parsed import Address
from desk.channels.mail.words import decode_words

_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.)*+)"|\(((?:[^()\\]|\\.){0,500})\)|<([^<>]{0,1000})>|([,;:])|([^"(<,;:>]+)|(.)', re.DOTALL
)
_UNQUOTED = re.compile(_TOKEN.pattern.replace('"((', "(?!)((", 1), re.DOTALL)
"""The same where no quotation mark has its end: looking for it once is enough."""

_ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]]{1,200}@[^\s@<>\"',;()]{1,255}")
_MOST = 65_536


def read_addresses(text: str, *, most: int, hint: str | None = None) -> list[Address]:
    """(name, address) of each mailbox of a list, the names decoded; groups are flattened, at most `most` are read."""
    open_one = _OpenMailbox(hint)
    for token in _tokens(text[:_MOST]):
        open_one.take(token)
        if len(open_one.found) >= most:
            break
    open_one.close()
    return open_one.found[:most]


def _tokens(text: str) -> Iterator[re.Match[str]]:
    pattern, place = _TOKEN, 0
    while token := pattern.match(text, place):
        if token[0] == '"':
            pattern = _UNQUOTED
        yield token
        place = token.end()


class _OpenMailbox:
    """The mailbox being read, piece by piece, and those that are complete."""

    def __init__(self, hint: str | None) -> None:
        self.found: list[Address] = []
        self._hint = hint
        self._names: list[str] = []
        self._comments: list[str] = []
        self._address = ""

    def take(self, token: re.Match[str]) -> None:
        """The next piece: a quoted string, a comment, an address in brackets, a sign or plain text."""
        quoted, comment, angled, sign, plain, odd = token.groups()
        if quoted is not None:
            self._names.append(_unescape(quoted))
        elif comment is not None:
            self._comments.append(_unescape(comment))
        elif angled is not None:
            if "@" in self._address:
                self.close()
            self._address = angled
        elif sign is not None:
            self._take_sign(sign)
        else:
            self._names.append(plain if plain is not None else odd or "")

    def _take_sign(self, sign: str) -> None:
        name = "".join(self._names)
        addressed = _ADDRESS.search(name) is not None
        if sign == ":" and addressed:
            self._names.append(sign)
        elif sign == ":":
            # what stands before is the name of a group
            self._names.clear()
        elif sign == "," and not self._address and 0 < len(self._names) < 6 and not addressed:
            # a comma within an unquoted "Surname, Given <a@b>" belongs to the name
            self._names.append(", " if name.strip() else "")
        else:
            self.close()

    def close(self) -> None:
        """End the open mailbox and keep it, when it is one."""
        read = _mailbox("".join(self._names), self._comments, self._address, self._hint)
        if read is not None:
            self.found.append(read)
        self._names, self._comments, self._address = [], [], ""


def _mailbox(name: str, comments: list[str], address: str, hint: str | None) -> Address | None:
    name = one_line(decode_words(name, hint=hint)).strip(" ,")
    address = "".join(decode_words(address, hint=hint).split()) if "=?" in address else address.strip()
    if not address or ("@" not in address and "@" in name):
        inside = _ADDRESS.search(name)
        if inside is not None:
            address = inside[0].rstrip(".>")
            name = (name[: inside.start()] + " " + name[inside.end() :]).strip(" <>\"'")
            name = one_line(name).strip(" ,")
        elif not address and not comments and name and " " not in name:
            address, name = name, ""
    if not name and comments:
        name = one_line(decode_words(" ".join(comments), hint=hint))
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = name[1:-1].strip()
    if not name and not address:
        return None
    return name, whole_address(address)


def whole_address(address: str) -> str:
    """An address for keeping: no brackets, no blanks, the domain in lower case, the local part as given."""
    address = one_line(address).strip("<>\"' ").removeprefix("mailto:").strip()
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    local, at, domain = address.rpartition("@")
    return f"{local.strip()}@{domain.strip().rstrip('.').lower()}" if at else address


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL) if "\\" in text else text
