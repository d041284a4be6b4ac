"""An account and its past, made on the first look from a character and a seed: the same ones, the same account."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from desk.wallet.port import AccountState, PaymentPath, TransactionKind, TransactionStatus
from desk.wallet.simulator.cast import Character, Incident, Plight
from desk.wallet.simulator.store import stored

CURRENCY = "IDR"
SEN = 100
"""Minor units of a rupiah (ISO 4217 gives it two digits)."""

PREFIX = "WA"
DAYS = 60
"""How far back ordinary life goes."""

SHOPS = ("Toko Maju", "Kopi Senja", "Warung Bu Tini", "Apotek Sehat Jaya", "Minimarket Dekat", "Roti Pagi")
"""Where people pay whose cast names no merchants."""

AMOUNTS = (12_500, 18_000, 25_000, 38_900, 55_000, 79_900, 125_000, 150_000, 235_000, 499_000, 1_250_000)
DEVICES = ("Galaxy A15", "Redmi Note 12", "OPPO A78", "vivo Y36", "realme C55", "iPhone 12", "iPhone 14", "Pixel 7a")
PLACES = ("Jakarta, ID", "Bandung, ID", "Surabaya, ID", "Medan, ID", "Denpasar, ID", "Makassar, ID")
ELSEWHERE = ("Batam, ID", "Manila, PH", "Lagos, NG", "Sihanoukville, KH")
FAILURES = ("Balance not sufficient", "Daily limit reached", "Declined by the bank", "Wrong PIN")
METHODS = ("balance", "balance", "balance", "card", "bank", "paylater")
PATHS = (
    *[PaymentPath.QRIS_SAME_WALLET] * 8, *[PaymentPath.QRIS_OTHER_WALLET] * 4, *[PaymentPath.DEEP_LINK] * 3,
    *[PaymentPath.TOKENISED] * 3, *[PaymentPath.BANK_TRANSFER] * 2,
)  # fmt: skip
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def account_id(number: int) -> str:
    """The id of a character's account."""
    return f"{PREFIX}{number:08d}"


def number_of(account: str) -> int | None:
    """Whose account that is; None when no character's."""
    digits = account.removeprefix(PREFIX)
    return int(digits) if account.startswith(PREFIX) and re.fullmatch(r"[0-9]{8,18}", digits) else None


def merchant_id(name: str) -> str:
    """A merchant's id: its name in small ASCII letters, `toko-maju`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "merchant"


@dataclass
class _Movement:
    at: datetime
    kind: TransactionKind
    amount: int
    status: TransactionStatus = TransactionStatus.PAID
    merchant: str | None = None
    path: PaymentPath | None = None
    device: str | None = None
    failure: str = ""
    method: str = "balance"
    reference: str | None = None


@dataclass
class _Life:
    """An account while it is made up."""

    who: Character
    random: Random
    shops: Sequence[str]
    opened_at: datetime
    now: datetime
    devices: list[tuple[str, str, datetime, datetime]] = field(default_factory=list)
    movements: list[_Movement] = field(default_factory=list)
    sign_ins: list[tuple[datetime, str, str, str, bool]] = field(default_factory=list)
    balance: int = 0
    pin_locked: bool = False
    phone_changed_at: datetime | None = None
    email_changed_at: datetime | None = None
    password_changed_at: datetime | None = None

    def before(self, at: datetime, least: timedelta, most: timedelta) -> datetime:
        """A whole second between `most` and `least` before `at`, not before the account was opened."""
        seconds = int(least.total_seconds() + self.random.random() * (most - least).total_seconds())
        return max(min(at, self.now) - timedelta(seconds=seconds), self.opened_at).replace(microsecond=0)

    def amount(self, said: int | None = None) -> int:
        """Minor units: what was said, or something usual."""
        return said or self.random.choice(AMOUNTS) * SEN

    def paid(self, at: datetime, amount: int, merchant: str | None = None) -> _Movement:
        """A payment, which is also kept."""
        made = _Movement(
            at, TransactionKind.PAYMENT, amount, merchant=merchant or self.random.choice(self.shops),
            path=self.random.choice(PATHS), device=self.devices[0][0], method=self.random.choice(METHODS),
        )  # fmt: skip
        self.movements.append(made)
        return made

    def device(self, seen: datetime) -> str:
        """The id of a device more, first seen then."""
        made = f"D-{self.random.randrange(16**10):010x}"
        self.devices.append((made, self.random.choice(DEVICES), seen, seen))
        return made

    def network(self) -> str:
        """A shortened address out of those for documentation (RFC 5737)."""
        return f"{self.random.choice(('192.0.2', '198.51.100', '203.0.113'))}.*"


def make_account(connection: sqlite3.Connection, who: Character, shops: Sequence[str], seed: int, now: datetime) -> str:
    """Write the account of a character into the file, unless it is there; its id."""
    known = account_id(who.number)
    if connection.execute("SELECT 1 FROM account WHERE id = ?", (known,)).fetchone():
        return known
    random = Random(f"{seed} {who.number}")  # noqa: S311  (repeatable on purpose; nothing here is a secret)
    opened = (min(who.since, now - DAY) - timedelta(days=random.randrange(20, 700))).replace(microsecond=0)
    life = _Life(who, random, shops or SHOPS, opened, now)
    _ordinary(life)
    for incident in who.incidents:
        before = len(life.movements)
        _PLIGHTS[incident.plight](life, incident)
        for told in life.movements[before : before + 1]:
            told.reference = incident.reference
    _write(connection, known, life)
    return known


def _ordinary(life: _Life) -> None:
    random, now = life.random, life.now
    life.device(life.before(now, 30 * DAY, 300 * DAY))
    life.balance = random.randrange(2_000, 3_000_000) * SEN
    for _ in range(random.randrange(6, 18)):
        life.paid(life.before(now, HOUR, DAYS * DAY), life.amount())
    for _ in range(random.randrange(1, 4)):
        life.movements.append(
            _Movement(life.before(now, HOUR, DAYS * DAY), TransactionKind.TOP_UP, life.amount(), method="bank")
        )
    home = random.choice(PLACES)
    for _ in range(random.randrange(8, 16)):
        life.sign_ins.append((life.before(now, HOUR, 30 * DAY), life.devices[0][0], home, life.network(), True))


def _double_charge(life: _Life, incident: Incident) -> None:
    first = life.paid(life.before(incident.at, HOUR, 36 * HOUR), life.amount(incident.amount), incident.merchant)
    again = life.paid(first.at + timedelta(seconds=20 + life.random.randrange(30)), first.amount, first.merchant)
    again.path, again.method = first.path, first.method


def _deducted(life: _Life, incident: Incident) -> None:
    life.paid(life.before(incident.at, 10 * MINUTE, 20 * HOUR), life.amount(incident.amount), incident.merchant)


def _declined(life: _Life, incident: Incident) -> None:
    at = life.before(incident.at, 10 * MINUTE, 10 * HOUR)
    tried = life.paid(at, life.amount(incident.amount), incident.merchant)
    tried.status, tried.failure = TransactionStatus.FAILED, life.random.choice(FAILURES)


def _refund(life: _Life, incident: Incident) -> None:
    life.paid(life.before(incident.at, DAY, 12 * DAY), life.amount(incident.amount), incident.merchant)


def _top_up(life: _Life, incident: Incident) -> None:
    at = life.before(incident.at, HOUR, 30 * HOUR)
    coming = _Movement(at, TransactionKind.TOP_UP, life.amount(incident.amount), TransactionStatus.PENDING)
    coming.method = "bank"
    life.movements.append(coming)


def _transfer(life: _Life, incident: Incident) -> None:
    at = life.before(incident.at, 10 * MINUTE, 10 * HOUR)
    life.movements.append(_Movement(at, TransactionKind.TRANSFER_OUT, life.amount(incident.amount)))


def _stolen(life: _Life, incident: Incident) -> None:
    begun = life.before(incident.at, 2 * HOUR, 20 * HOUR)
    strange = life.device(begun)
    place, network = life.random.choice(ELSEWHERE), life.network()
    for minute in range(3):
        life.sign_ins.append((begun + minute * MINUTE, strange, place, network, minute == 2))
    life.password_changed_at = begun + 4 * MINUTE
    life.phone_changed_at = begun + 6 * MINUTE
    for number in range(3):
        taken = life.paid(begun + (10 + 3 * number) * MINUTE, life.amount(), incident.merchant if number == 0 else None)
        taken.device = strange


def _locked(life: _Life, incident: Incident) -> None:
    at = life.before(incident.at, 5 * MINUTE, 5 * HOUR)
    for minute in range(5):
        life.sign_ins.append((at + minute * MINUTE, life.devices[0][0], PLACES[0], life.network(), False))
    life.pin_locked = True


def _closing(life: _Life, _incident: Incident) -> None:
    life.balance = 0


_PLIGHTS: dict[Plight, Callable[[_Life, Incident], None]] = {
    Plight.DOUBLE_CHARGE: _double_charge,
    Plight.DEDUCTED: _deducted,
    Plight.DECLINED: _declined,
    Plight.REFUND: _refund,
    Plight.TOP_UP: _top_up,
    Plight.TRANSFER: _transfer,
    Plight.STOLEN: _stolen,
    Plight.LOCKED: _locked,
    Plight.CLOSING: _closing,
}


def _write(connection: sqlite3.Connection, account: str, life: _Life) -> None:
    def at(moment: datetime | None) -> int | None:
        return None if moment is None else stored(moment)

    connection.execute(
        "INSERT INTO account (id, name, phone, email, opened_at, state, balance, pin_locked, phone_changed_at, "
        "email_changed_at, password_changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account, life.who.name, life.who.phone, life.who.email.lower(), at(life.opened_at),
            AccountState.ACTIVE.value, life.balance, life.pin_locked, at(life.phone_changed_at),
            at(life.email_changed_at), at(life.password_changed_at),
        ),
    )  # fmt: skip
    for made, name, first, last in life.devices:
        seen = max([last, *(each[0] for each in life.sign_ins if each[1] == made)])
        connection.execute(
            "INSERT INTO device VALUES (?, ?, ?, ?, ?, 1)", (made, account, name, stored(first), stored(seen))
        )
    connection.executemany(
        "INSERT INTO sign_in VALUES (?, ?, ?, ?, ?, ?)",
        [(account, stored(when), device, place, net, ok) for when, device, place, net, ok in life.sign_ins],
    )
    taken = "SELECT 1 FROM movement WHERE reference = ?"
    for number, each in enumerate(sorted(life.movements, key=lambda one: one.at), 1):
        reference = each.reference
        if reference is None or connection.execute(taken, (reference,)).fetchone():
            reference = f"{each.at:%Y%m%d}{life.who.number % 10**8:08d}{number:04d}"
        connection.execute(
            "INSERT INTO movement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"T{life.who.number:08d}-{number:04d}", account, stored(each.at), each.kind.value, each.status.value,
                each.amount, CURRENCY, each.merchant and merchant_id(each.merchant), each.merchant,
                each.path and each.path.value, each.method, reference, each.device, each.failure,
            ),
        )  # fmt: skip
