"""What is wrong with settings, said so that somebody can put it right: the key, where it was set, what would do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

WANTED = {
    "country": "two capital letters (ISO 3166), such as ID",
    "mail.from_address": "one e-mail address, such as support@example.com",
    "mail.from_name": "one line of text",
    "refunds.link_url": "an address such as https://desk.example",
    "mail.mailboxes.reply_address": "one e-mail address, such as refunds@example.com",
    "mail.mailboxes.from_name": "one line of text",
}
"""What keys with a pattern should be, in words."""

TYPES = {"int": "a whole number", "float": "a number", "str": "text", "array": "a list", "object": "a table"}


class SettingsError(Exception):
    """The settings cannot be used; the message names the key, where it was set and what would be right."""


def require_known(values: Mapping[str, Any], struct: Any, sources: Mapping[str, str], before: str = "") -> None:
    """Raise `SettingsError` for the first key that is no setting, with the nearest that is."""
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    for name, value in values.items():
        key = f"{before}{name}"
        if name not in fields:
            raise SettingsError(_unknown(key, sources, [before + known for known in fields]))
        if _is_struct(fields[name]) and isinstance(value, dict):
            require_known(value, fields[name], sources, f"{key}.")
        elif (each := _struct_of_table(fields[name])) and isinstance(value, dict):
            for free, inner in value.items():
                if isinstance(inner, dict):
                    require_known(inner, each, sources, f"{key}.{free}.")


def type_of(key: str, struct: Any) -> Any:
    """The type of the setting `key`, or None when there is none of that name."""
    kind = struct
    for name in key.split("."):
        if each := _struct_of_table(kind):
            kind = each
            continue
        if not _is_struct(kind):
            return None
        kind = next((field.type for field in msgspec.structs.fields(kind) if field.encode_name == name), None)
    return kind


def explained(
    error: msgspec.ValidationError, struct: Any, sources: Mapping[str, str], path: Path, values: Mapping[str, Any]
) -> str:
    """msgspec's error as a sentence; `values` are what it was about."""
    what, _, where = str(error).rpartition(" - at ")
    key = re.sub(r"\[.*?\]", "", _with_name(where.strip("`"), str(error), struct, values).lstrip("$").lstrip("."))
    what = what or str(error)
    wanted_here = WANTED.get(key) or WANTED.get(re.sub(r"^(mail\.mailboxes)\.[^.]+", r"\1", key))
    if wanted_here and "regex" in what:
        what = f"should be {wanted_here}"
    elif wanted := re.fullmatch(r"Expected `(\w+)`(?:, got `(\w+)`| (.*))", what):
        kind = TYPES.get(wanted[1], wanted[1])
        what = (
            f"should be {kind} {wanted[3]}" if wanted[3] else f"should be {kind}, not {TYPES.get(wanted[2], wanted[2])}"
        )
    elif value := re.fullmatch(r"Invalid enum value (.*)", what):
        what = f"should be {' or '.join(get_args(type_of(key, struct)))}, not {value[1]}"
    return f"Setting {key} ({_set_by(key, sources) or path}): {what}."


def _unknown(key: str, sources: Mapping[str, str], known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    fix = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(sorted(known))}."
    return f"There is no setting {key} ({_set_by(key, sources) or 'the settings'}). {fix}"


def _set_by(key: str, sources: Mapping[str, str]) -> str | None:
    """What set the key, or a part of it that it should not have."""
    return sources.get(key) or next((at for name, at in sources.items() if name.startswith(f"{key}.")), None)


def _with_name(where: str, said: str, struct: Any, values: Mapping[str, Any]) -> str:
    """The place of an error with the name that stands in a table of free names, for which msgspec says `[...]`."""
    before, bracket, after = where.partition("[...]")
    key = before.lstrip("$").lstrip(".")
    each = _struct_of_table(type_of(key, struct)) if bracket else None
    if each is None:
        return where
    table: Any = values
    for name in key.split("."):
        table = table[name]
    for name, value in table.items():
        try:
            msgspec.convert(value, each, strict=False)
        except msgspec.ValidationError as error:
            if str(error).partition(" - at ")[0] == said.rpartition(" - at ")[0]:
                return f"{before}.{name}{after}"
    return where


def _struct_of_table(kind: Any) -> Any:
    """The struct behind each free name of a table, or None when that is no such table."""
    values = get_args(kind)[-1] if get_origin(kind) is dict else None
    return values if _is_struct(values) else None


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
