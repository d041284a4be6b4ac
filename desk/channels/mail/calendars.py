"""Invitations in mail, summed up in a few lines when a message has no other text."""

from __future__ import annotations

import re

_WANTED = {"SUMMARY": "Invitation", "DTSTART": "Begins", "DTEND": "Ends", "LOCATION": "Where", "ORGANIZER": "From",
           "DESCRIPTION": "About"}  # fmt: skip
_LINE = re.compile(r"^([A-Z-]{1,40})((?:;[^:\n]{0,200})?):([^\n]{0,4000})$", re.MULTILINE)


def summary(text: str) -> str:
    """The first event of an iCalendar text (RFC 5545) in lines of label and value; empty when it has none."""
    begin = text.find("BEGIN:VEVENT")
    if begin < 0:
        return ""
    event = re.sub(r"\r?\n[ \t]", "", text[begin : begin + 20_000]).partition("END:VEVENT")[0]
    found: dict[str, str] = {}
    for line in _LINE.finditer(event):
        if line[1] in _WANTED and line[1] not in found:
            found[line[1]] = _value(line[1], line[2], line[3].strip())
    return "\n".join(f"{label}: {found[name]}" for name, label in _WANTED.items() if found.get(name))


def _value(name: str, parameters: str, value: str) -> str:
    if name in ("DTSTART", "DTEND"):
        moment = re.match(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?", value)
        if moment is None:
            return value
        zone = re.search(r"TZID=\"?([^;:\"]{1,60})", parameters)
        clock = f" {moment[4]}:{moment[5]}" if moment[4] else ""
        return f"{moment[1]}-{moment[2]}-{moment[3]}{clock} {'UTC' if moment[6] else zone[1] if zone else ''}".strip()
    value = re.sub(r"^mailto:", "", value, flags=re.IGNORECASE)
    return value.replace("\\n", "\n").replace("\\N", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
