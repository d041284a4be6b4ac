"""Address lists as people and programs write them, read into names and addresses without ever failing."""

from __future__ import annotations

import re

from desk.channels.mail.fields import one_line
from desk.channels.mail.parsed import Address
from desk.channels.mail.words import decode_words

_TOKEN = re.compile(
    r'"((?:[^"\\]|\\.){0,1000})"|\(((?:[^()\\]|\\.){0,500})\)|<([^<>]{0,1000})>|([,;:])|([^"(<,;:>]+)|(.)', re.DOTALL
)
_ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]]{1,200}@[^\s@<>\"',;()]{1,255}")
_MOST = 65_536


def read_addresses(text: str, *, most: int, hint: str | None = None) -> list[Address]:
    """(name, address) of each mailbox of a list, the names decoded; groups are flattened, at most `most` are read."""
    found: list[Address] = []
    names: list[str] = []
    comments: list[str] = []
    address = ""

    def close() -> None:
        nonlocal address
        read = _mailbox("".join(names), comments, address, hint)
        if read is not None:
            found.append(read)
        names.clear()
        comments.clear()
        address = ""

    for token in _TOKEN.finditer(text[:_MOST]):
        quoted, comment, angled, sign, plain, odd = token.groups()
        if quoted is not None:
            names.append(_unescape(quoted))
        elif comment is not None:
            comments.append(_unescape(comment))
        elif angled is not None:
            if address and "@" in address:
                close()
            address = angled
        elif sign == ":":
            # the name of a group, unless an address stands before it
            if _ADDRESS.search("".join(names)):
                names.append(sign)
            else:
                names.clear()
        elif sign is not None:
            # a comma within an unquoted "Surname, Given <a@b>" belongs to the name
            if sign == "," and not address and 0 < len(names) < 6 and not _ADDRESS.search("".join(names)):
                names.append(", " if "".join(names).strip() else "")
            else:
                close()
        else:
            names.append(plain if plain is not None else odd or "")
        if len(found) >= most:
            return found[:most]
    close()
    return found[:most]


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
