"""Statements with little around them: what SQLAlchemy compiled, run on the driver's own cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import BindParameter, Connection, Delete, Dialect, Insert, Select, Update, bindparam
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPICursor
    from sqlalchemy.orm import DeclarativeBase

T = TypeVar("T")
Process = Callable[[Any], Any]
Returning = Select[*tuple[Any, ...]] | Insert | Update | Delete


class DirectQuery(Generic[T]):
    """A statement whose rows, selected or returned, become `make(*row)`.

    It is compiled once for each engine, and its columns are converted one by one, as SQLAlchemy's types say: half the
    time of a result of its own. It belongs to the connection's transaction, which it begins where there is none. Each
    run gives values for the same parameters, none of them a list; lists that stand in the statement are part of it.
    """

    def __init__(self, query: Returning, make: Callable[..., T]) -> None:
        self._query = query
        self._make = make
        self._known: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> list[T]:
        """The rows for these values of the statement's parameters. Raises what SQLAlchemy raises."""
        columns = self._compiled(connection, values).columns(connection, values)
        return list(map(self._make, *columns)) if columns else []

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement without result for each of `rows`. Raises what SQLAlchemy raises."""
        if rows:
            self._compiled(connection, rows[0]).write(connection, rows)

    def _compiled(self, connection: Connection, values: Mapping[str, Any]) -> _Compiled:
        known = self._known.get(connection.dialect.name)
        if known is None:
            known = self._known[connection.dialect.name] = _Compiled(self._query, connection.dialect, values)
        return known


class _Compiled:
    """The text of a statement, and what its parameters and columns go through on their way."""

    def __init__(self, query: Returning, dialect: Dialect, values: Mapping[str, Any]) -> None:
        compiled = query.compile(dialect=dialect)
        state = compiled.construct_expanded_state(dict(values))
        self._text = state.statement
        process = {name: bind for parameter, name in compiled.bind_names.items() if (bind := _bind(parameter, dialect))}
        process |= state.processors
        places: Sequence[str] | None = state.positiontup
        self._all: list[Any] | dict[str, Any] = {} if places is None else [None] * len(places)
        """What each parameter is given, as far as it stands in the statement."""
        self._places: list[tuple[Any, str, Process | None]] = []
        """Where each of the values goes, and what it goes through."""
        parameters: Iterable[tuple[Any, str]] = enumerate(places or ())
        if places is None:
            parameters = ((name, name) for name in state.parameters)
        for where, name in parameters:
            bind = process.get(name)
            if name in values:
                self._places.append((where, name, bind))
            else:
                fixed = state.parameters[name]
                self._all[where] = bind(fixed) if bind is not None else fixed
        self._results: list[tuple[int, Process]] = []
        for place, column in enumerate(query.exported_columns):
            result = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if result is not None:
                self._results.append((place, result))

    def columns(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """The result turned on its side, each column converted; nothing where there are no rows."""
        cursor = _cursor(connection)
        try:
            cursor.execute(self._text, self._given(values))
            columns: list[Any] = list(zip(*cursor.fetchall(), strict=True))
        except connection.dialect.loaded_dbapi.Error as failure:
            raise named(connection, self._text, failure) from failure
        if columns:
            for place, process in self._results:
                columns[place] = map(process, columns[place])
        return columns

    def write(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row."""
        cursor = _cursor(connection)
        try:
            if len(rows) == 1:
                cursor.execute(self._text, self._given(rows[0]))
            else:
                cursor.executemany(self._text, list(map(self._given, rows)))
        except connection.dialect.loaded_dbapi.Error as failure:
            raise named(connection, self._text, failure) from failure

    def _given(self, values: Mapping[str, Any]) -> Any:
        found: Any = self._all.copy()
        for place, name, process in self._places:
            found[place] = values[name] if process is None else process(values[name])
        return found


def _bind(parameter: BindParameter[Any], dialect: Dialect) -> Process | None:
    return parameter.type.dialect_impl(dialect).bind_processor(dialect)


def given(model: type[DeclarativeBase], *names: str) -> dict[str, BindParameter[Any]]:
    """Parameters for these columns of a table (without names for every one), each by its column's name and type."""
    columns = model.__table__.columns
    return {name: bindparam(name, type_=columns[name].type) for name in names or columns.keys()}


def named(connection: Connection, text: str, failure: Exception) -> Exception:
    """What SQLAlchemy raises where the driver itself fails at a statement; a connection that broke is given up."""
    dialect: Any = connection.dialect
    error = dialect.loaded_dbapi.Error
    is_broken = dialect.is_disconnect(failure, connection.connection.dbapi_connection, None)
    if is_broken:
        connection.invalidate(failure)
    return DBAPIError.instance(text, None, failure, error, connection_invalidated=is_broken, dialect=dialect)


def several(connection: Connection, statements: str) -> list[list[tuple[Any, ...]]]:
    """The rows of each of several statements of PostgreSQL without parameters, sent at once. Raises as SQLAlchemy."""
    cursor: Any = _cursor(connection)
    try:
        cursor.execute(statements, prepare=False)
        found = [cursor.fetchall()]
        while cursor.nextset():
            found.append(cursor.fetchall())
    except connection.dialect.loaded_dbapi.Error as failure:
        raise named(connection, statements, failure) from failure
    return found


def _cursor(connection: Connection) -> DBAPICursor:
    # The driver's cursor begins nothing by itself: without this each statement would be a transaction of its own.
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()
