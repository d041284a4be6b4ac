"""Many rows at once with little around them: what SQLAlchemy compiled, run on SQLite's own cursor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import starmap
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Dialect, Select
from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
Process = Callable[[Any], Any]


class DirectQuery(Generic[T]):
    """A select whose rows become `make(*row)`.

    On SQLite the statement is compiled once and its columns are converted one by one, as SQLAlchemy's types say: half
    the time of a result of its own. Elsewhere the server's answer takes longer than all of that, so SQLAlchemy runs it.
    """

    def __init__(self, query: Select[*tuple[Any, ...]], make: Callable[..., T]) -> None:
        self._query = query
        self._make = make
        self._sqlite: _Compiled | None = None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[T]:
        """The rows for these values of the statement's parameters. Raises what SQLAlchemy raises."""
        if connection.dialect.name != "sqlite":
            return list(starmap(self._make, connection.execute(self._query, values)))
        if self._sqlite is None:
            self._sqlite = _Compiled(self._query, connection.dialect)
        columns = self._sqlite.columns(connection, values)
        return list(map(self._make, *columns)) if columns else []


class _Compiled:
    """The text of a statement, and what its parameters and columns go through on their way."""

    def __init__(self, query: Select[*tuple[Any, ...]], dialect: Dialect) -> None:
        self._compiled = query.compile(dialect=dialect)
        self._text = str(self._compiled)
        self._names = tuple(self._compiled.positiontup or ())
        self._bind: dict[str, Process] = {}
        for parameter, name in self._compiled.bind_names.items():
            bind = parameter.type.dialect_impl(dialect).bind_processor(dialect)
            if bind is not None:
                self._bind[name] = bind
        self._results: list[tuple[int, Process]] = []
        for place, column in enumerate(query.selected_columns):
            result = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if result is not None:
                self._results.append((place, result))

    def columns(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The result turned on its side, each column converted; nothing where there are no rows."""
        given = self._compiled.construct_params(dict(values))
        for name, process in self._bind.items():
            given[name] = process(given[name])
        error = connection.dialect.loaded_dbapi.Error
        try:
            cursor = connection.connection.cursor()
            cursor.execute(self._text, tuple(given[name] for name in self._names))
            columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
        except error as failure:
            raise DBAPIError.instance(self._text, given, failure, error, dialect=connection.dialect) from failure
        if columns:
            for place, process in self._results:
                columns[place] = map(process, columns[place])
        return columns
