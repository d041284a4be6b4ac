"""The wallet behind retries and a circuit breaker: what the rest of the desk is given."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pybreaker
import tenacity

from desk.wallet import own_file
from desk.wallet.errors import UnknownOutcomeError, WalletAnswerError, WalletRestingError, WalletUnavailableError
from desk.wallet.health import RETRY_AFTER, TABLE, WalletHealth, read_health
from desk.wallet.port import Wallet
from desk.wallet.relay import Relay

T = TypeVar("T")

FAILURES = 5
"""Calls that fail in a row until the wallet is left alone."""

ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 0.2, 2.0
"""Seconds between attempts: drawn from zero up to a bound that doubles each time (full jitter)."""

_OUTAGES = (WalletUnavailableError, UnknownOutcomeError, WalletAnswerError)


def _now() -> datetime:
    return datetime.now(UTC)


class GuardedWallet(Relay[Wallet]):
    """`behind`, asked again where that is harmless, and left alone for a while when it does not answer.

    Asked again is only what has certainly done nothing, in all for at most `patience` seconds. What acts and has no
    known outcome is never repeated here. While the wallet is left alone every call raises `WalletRestingError` at
    once. What the breaker knows stands in the file `kept`, under `name`: processes of one machine share it.
    """

    def __init__(
        self,
        behind: Wallet,
        *,
        kept: Path,
        name: str,
        patience: float = 8.0,
        clock: Callable[[], datetime] = _now,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(behind)
        self._kept = kept
        self._name = name
        self._patience = patience
        self._pause = pause
        self._memory = _Memory(kept, name, clock)
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=FAILURES,
            reset_timeout=RETRY_AFTER.total_seconds(),
            exclude=[lambda error: not isinstance(error, _OUTAGES)],
            listeners=[self._memory.listener],
            state_storage=self._memory,
            throw_new_error_on_trip=False,
        )

    def health(self) -> WalletHealth:
        """Whether the wallet answers; does not ask it."""
        return read_health(self._kept, self._name)

    def ask(self, question: Callable[[], T]) -> T:
        """Ask, again if need be."""
        return self._tried(question)

    def act(self, act: Callable[[], T], key: str) -> T:
        """Act, again only after it certainly did nothing."""
        del key  # the same call has the same key
        return self._tried(act)

    def close(self) -> None:
        """Hang up, and close the file."""
        self._memory.close()
        super().close()

    def _tried(self, call: Callable[[], T]) -> T:
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_may_be_repeated),
            stop=tenacity.stop_any(tenacity.stop_after_attempt(ATTEMPTS), tenacity.stop_after_delay(self._patience)),
            wait=tenacity.wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            sleep=self._pause,
            reraise=True,
        )
        answer: T = attempts(self._guarded, call)
        return answer

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            # Not `call`: that would hold a lock while the wallet thinks, and other threads with it.
            with self._breaker.calling():
                return call()
        except pybreaker.CircuitBreakerError:
            since = self.health().since
            raise WalletRestingError(
                "The wallet is not asked for the moment, because it has not been answering.", since
            ) from None


def _may_be_repeated(error: BaseException) -> bool:
    return isinstance(error, WalletUnavailableError) and not isinstance(error, WalletRestingError)


class _Memory(pybreaker.CircuitBreakerStorage):
    """Keeps a breaker's state in a SQLite file; each thread has a connection of its own."""

    def __init__(self, path: Path, name: str, clock: Callable[[], datetime]) -> None:
        super().__init__(name)
        self._path = path
        self._clock = clock
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self.listener = _Hearing(self)
        own_file.make(path)
        self._write("INSERT OR IGNORE INTO breaker (name) VALUES (:name)")

    @property
    def state(self) -> str:
        """closed, open or half-open."""
        return str(self._read("state"))

    @state.setter
    def state(self, state: str) -> None:
        self._write("UPDATE breaker SET state = :value WHERE name = :name", state)

    def increment_counter(self) -> None:
        """One failure more; the first one says since when."""
        self._write(
            "UPDATE breaker SET failures = failures + 1, failing_since = coalesce(failing_since, :value) "
            "WHERE name = :name",
            self._clock().astimezone(UTC).isoformat(),
        )

    def reset_counter(self) -> None:
        """No failures, unless it rests: then since when stays known."""
        if self.counter:
            self._write("UPDATE breaker SET failures = 0, failing_since = NULL, said = '' WHERE name = :name")

    def increment_success_counter(self) -> None:
        """One success more while it is tried again."""
        self._write("UPDATE breaker SET successes = successes + 1 WHERE name = :name")

    def reset_success_counter(self) -> None:
        """No successes."""
        self._write("UPDATE breaker SET successes = 0 WHERE name = :name AND successes <> 0")

    @property
    def counter(self) -> int:
        """Failures in a row."""
        return int(self._read("failures"))

    @property
    def success_counter(self) -> int:
        """Successes while it is tried again."""
        return int(self._read("successes"))

    @property
    def opened_at(self) -> datetime | None:
        """When it was last given up for a while."""
        kept = self._read("opened_at")
        return datetime.fromisoformat(kept) if kept else None

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        self._write("UPDATE breaker SET opened_at = :value WHERE name = :name", datetime.isoformat())

    def hear(self, said: str) -> None:
        """Keep the words of a failure."""
        self._write("UPDATE breaker SET said = :value WHERE name = :name", said[:300])

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()

    def _read(self, column: str) -> Any:
        asked = f"SELECT {column} FROM breaker WHERE name = ?"
        return self._connection().execute(asked, (self.name,)).fetchone()[0]

    def _write(self, statement: str, value: str = "") -> None:
        self._connection().execute(statement, {"name": self.name, "value": value})

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA synchronous = OFF")  # what is lost with the power is not worth a wait
            connection.execute(TABLE)
            self._local.connection = connection
            with self._lock:
                self._opened.append(connection)
        return connection


class _Hearing(pybreaker.CircuitBreakerListener):
    def __init__(self, memory: _Memory) -> None:
        self._memory = memory

    def failure(self, cb: pybreaker.CircuitBreaker, exc: BaseException) -> None:
        """Keep what was said."""
        del cb
        self._memory.hear(str(exc))
