"""Column types that hold what the house rules say: aware UTC time, enums by value, JSON on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Enum
from sqlalchemy.types import TypeDecorator


class NaiveTimeError(ValueError):
    """A time without a zone was about to be stored; attach one (`datetime.now(UTC)`)."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite has no offsets, so a naive value is refused before it gets lost."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return _utc(value)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        # One step instead of three, as below: what is written at once carries its moment in several columns.
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # A queue page reads hundreds of moments: on SQLite each is made in one step instead of three.
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


_moment = datetime.fromisoformat


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise NaiveTimeError(f"{value!r} has no time zone; pass an aware moment")
    return value.astimezone(UTC)


def _to_text(value: datetime | None) -> str | None:
    return None if value is None else _utc(value).isoformat(" ", "microseconds")[:-6]  # without the +00:00


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else _moment(value + "+00:00")


class _StoredByValue(Enum):
    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        # One look-up a value; it raises LookupError for a word that is none of ours.
        return {None: None, **{word.value: word for word in self.enum_class or ()}}.__getitem__


def stored_by_value(words: type[StrEnum], name: str) -> Enum:
    """A column of one of `words`, stored as its value and held by a CHECK named after `name`."""
    return _StoredByValue(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=24,
        values_callable=lambda kind: [word.value for word in kind],
    )


# Plain JSON on both engines: nothing asks inside these values, and JSONB's module alone costs a tenth of a second.
type_map: dict[Any, Any] = {
    datetime: UtcDateTime(),
    dict[str, Any]: JSON(),
    list[str]: JSON(),
    list[dict[str, Any]]: JSON(),
}
