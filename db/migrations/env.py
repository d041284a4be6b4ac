"""How Alembic reaches the database: on a connection it is handed, or at the URL in force."""

from __future__ import annotations

from importlib import import_module

from alembic import context

from db.base import Base
from db.engine import Database
from db.models import map_all


def url_in_force() -> str:
    """The URL that `[desk] url` in alembic.ini names as `module:function`; the program answers it from its settings."""
    module, function = context.config.get_section_option("desk", "url", "").split(":")  # type: ignore[union-attr]
    url: str = getattr(import_module(module), function)()
    return url


def run() -> None:
    """Run the revisions on the connection handed in, or on one of our own."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run_on(connection)
        return
    database = Database(context.get_x_argument(as_dictionary=True).get("url") or url_in_force())
    with database.engine.connect() as own:
        _run_on(own)
    database.close()


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """The search index is each engine's own, made by its revision and mapped by no model."""
    return kind != "table" or name is None or not name.startswith("search_index")


def _run_on(connection: object) -> None:
    map_all()
    context.configure(
        connection=connection,  # type: ignore[arg-type]
        target_metadata=Base.metadata,
        compare_type=True,
        include_name=_is_ours,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
