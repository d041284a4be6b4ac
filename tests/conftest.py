"""What every test may ask for: a database on either engine, and a clock that stands still."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from tests.clock import SettableClock
from tests.postgres import URL_VARIABLE, Cluster, Databases, temporary_folder, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.engine import Database

hypothesis.settings.register_profile("desk", deadline=None)  # a busy machine is not a failure
hypothesis.settings.load_profile("desk")

os.environ["TEXTUAL_FPS"] = "250"  # read when Textual is imported: what a key changes is painted after 4 ms, not 16

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
KEPT = {URL_VARIABLE, "DESK_DRILL"}
CLUSTER = pytest.StashKey[Cluster]()
FOLDER = pytest.StashKey["Path"]()


def pytest_configure(config: pytest.Config) -> None:
    """Let no test see the settings, or touch the files, of the desk of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("DESK_") and name not in KEPT]:
        del os.environ[name]
    config.stash[FOLDER] = temporary_folder()
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(config.stash[FOLDER] / name.lower())


# One PostgreSQL cluster a session: without pytest-xdist, started by the first test that needs it; with it, by
# the controller while its workers start, because the cluster has to outlive each of them.


def _our_cluster(config: pytest.Config) -> str:
    if URL_VARIABLE in os.environ:
        return os.environ[URL_VARIABLE]
    if CLUSTER not in config.stash:
        config.stash[CLUSTER] = Cluster.start()
    return config.stash[CLUSTER].url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the controller's cluster is."""
    node.workerinput["postgres"] = "" if _is_everyday(node.config) else _our_cluster(node.config)


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running, however the session ended."""
    if CLUSTER in config.stash:
        config.stash[CLUSTER].stop()
    if FOLDER in config.stash:
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--whole` is what `make test` runs."""
    parser.addoption("--whole", action="store_true", help="run every test, on both engines (as naming files does)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Start the slow ones first, so that no process works on alone at the end.

    Who names nothing gets the everyday part, in a few minutes: what is neither slow nor needs a second engine.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if _is_everyday(config):
        left_out = [item for item in items if not _is_everyday_test(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if _is_everyday_test(item)]


def _is_everyday_test(item: pytest.Item) -> bool:
    needs_postgres = item.get_closest_marker("postgres") or "postgres_server" in getattr(item, "fixturenames", ())
    return not (needs_postgres or item.get_closest_marker("slow"))


def _is_everyday(config: pytest.Config) -> bool:
    named = config.args_source is not config.ArgsSource.TESTPATHS
    return not (named or config.option.whole or config.option.markexpr or config.option.keyword)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> str:
    """The URL of the session's PostgreSQL server, which answers."""
    workerinput = getattr(request.config, "workerinput", None)
    url = workerinput["postgres"] if workerinput else _our_cluster(request.config)
    wait_until_ready(url)
    return str(url)


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str, worker_id: str) -> Iterator[Databases]:
    """What makes databases on that server, for this process."""
    databases = Databases(postgres_server, f"{os.getpid()}_{worker_id}", _migrate, _seed)
    yield databases
    databases.close()


@pytest.fixture(scope="session", autouse=True)
def shared_statements() -> Iterator[None]:
    """See tests/compiled.py."""
    from tests.compiled import share

    with pytest.MonkeyPatch.context() as monkeypatch:
        share(monkeypatch)
        yield


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    """A SQLite file with every migration applied; copy it, never open it."""
    folder = temporary_folder()
    template = folder / "template.sqlite"
    _migrate(f"sqlite:///{template}")
    yield template
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def seeded_template(sqlite_template: Path) -> Iterator[Path]:
    """A SQLite file of a desk with its seeds and nobody at it; copy it, never open it."""
    folder = temporary_folder()
    template = folder / "seeded.sqlite"
    shutil.copyfile(sqlite_template, template)
    _seed(f"sqlite:///{template}")
    yield template
    shutil.rmtree(folder, ignore_errors=True)


def _migrate(url: str) -> None:
    from db.engine import Database
    from db.migrate import upgrade

    database = Database(url)
    try:
        upgrade(database)
    finally:
        database.close()


def _seed(url: str) -> None:
    from desk.bootstrap import build
    from desk.services.seeding import seed

    desk = build(url=url, clock=SettableClock())
    seed(desk)
    desk.database.close()


# Databases for one test.


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """The URL of a migrated SQLite file of this test's own."""
    yield from _copied(sqlite_template)


@pytest.fixture
def seeded_sqlite_url(seeded_template: Path) -> Iterator[str]:
    """The URL of a SQLite file of this test's own, with all that a new desk starts with."""
    yield from _copied(seeded_template)


def _copied(template: Path) -> Iterator[str]:
    folder = temporary_folder()
    shutil.copyfile(template, folder / "desk.sqlite")
    yield f"sqlite:///{folder / 'desk.sqlite'}"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database of this test's own."""
    url = postgres_databases.migrated()
    yield url
    postgres_databases.drop(url)


@pytest.fixture
def seeded_postgres_url(postgres_databases: Databases) -> Iterator[str]:
    """The URL of a PostgreSQL database of this test's own, with all that a new desk starts with."""
    url = postgres_databases.seeded()
    yield url
    postgres_databases.drop(url)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database of this test's own, seeded if the test is marked so; once on each engine."""
    seeded = "seeded_" if request.node.get_closest_marker("seeded") else ""
    return str(request.getfixturevalue(f"{seeded}{request.param}_url"))


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table; the test runs once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def open_database(clock: SettableClock) -> Iterator[Callable[[str], Database]]:
    """Opens a URL on the test's clock; what was opened is closed at the end."""
    from db.engine import Database

    opened: list[Database] = []

    def open_(url: str) -> Database:
        opened.append(Database(url, clock=clock))
        return opened[-1]

    yield open_
    for database in opened:
        database.close()


@pytest.fixture
def database(database_url: str, open_database: Callable[[str], Database]) -> Database:
    """A migrated database of this test's own; the test runs once on each engine."""
    return open_database(database_url)


@pytest.fixture
def sqlite_database(sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    """A migrated SQLite database, for what does not depend on the engine."""
    return open_database(sqlite_url)


@pytest.fixture
def postgres_database(postgres_url: str, open_database: Callable[[str], Database]) -> Database:
    """A migrated PostgreSQL database, for what only PostgreSQL does."""
    return open_database(postgres_url)


@pytest.fixture
def clock() -> SettableClock:
    """Monday 2026-11-23, 13:14 UTC, until the test moves it."""
    return SettableClock()
