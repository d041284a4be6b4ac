"""A text as the body of a mail: UTF-8 in ASCII lines that no server and no mailbox file changes on its way."""

from __future__ import annotations

import re
from base64 import encodebytes
from quopri import encodestring

_LONGEST_LINE = 76
"""Of quoted-printable and of base64 (RFC 2045, 6.7 and 6.8)."""

_CHANGED_ON_THE_WAY = re.compile(r"From |\.")


def transferable(text: str) -> tuple[str, str]:
    """The encoding's name and the text in it, in lines of at most 76 signs with `\\n` between them.

    It is quoted-printable, which can be read as it is, unless base64 is shorter, as in Chinese. A line of the text
    stays as long as it was written: whoever shows it wraps it.
    """
    data = text.encode("utf-8")
    quoted, based = _quoted(data), encodebytes(data).decode("ascii")
    return ("quoted-printable", quoted) if len(quoted) <= len(based) else ("base64", based)


def _quoted(data: bytes) -> str:
    lines = encodestring(data).decode("ascii").split("\n")
    return "\n".join(_unchanged(line) for line in lines)


def _unchanged(line: str) -> str:
    """A line that does not begin with `From `, which some mailboxes change to `>From `, nor with a dot.

    Careless servers lose the dot (RFC 2049, 3; RFC 5321, 4.5.2).
    """
    if not _CHANGED_ON_THE_WAY.match(line):
        return line
    first, rest = f"={ord(line[0]):02X}", line[1:]
    if len(first) + len(rest) <= _LONGEST_LINE:
        return first + rest
    return f"{first}=\n{_unchanged(rest)}"
