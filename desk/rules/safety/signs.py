"""Signs of a takeover or of an impostor, each with its reason; whoever acts sees them before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.rows_safety import Facts, FactsRow, SignRow
from desk.rules.words import folded, found

LATELY = timedelta(days=14)
"""So long ago a change of contact data or a first sight of a device is worth a look."""
MANY_FAILED = 3
"""From so many failed challenges in 30 days on."""
SEVERAL = 2
"""From so many accounts of one contact on."""
FRESH = timedelta(minutes=15)
"""Facts older than this are called old."""

URGENT = (
    "urgent", "urgently", "immediately", "right now", "asap", "as soon as possible", "at once", "hurry",
    "segera", "secepatnya", "sekarang juga", "mendesak", "darurat", "cepat",
    "马上", "立刻", "立即", "紧急", "尽快", "赶紧",
)  # fmt: skip
PAYOUT = (
    "another account", "new account", "different account", "other account", "new bank", "another bank",
    "change my bank", "change my number", "new number", "change the email", "change my email", "new email",
    "rekening lain", "rekening baru", "ganti rekening", "nomor baru", "ganti nomor", "email baru", "ganti email",
    "ke rekening", "akun lain",
    "其他账户", "新账户", "别的账户", "新银行卡", "换银行卡", "换手机号", "新手机号", "换邮箱", "新邮箱", "另一个账户",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Request:
    """What a case asks and from where: folded addresses and numbers, and the customer's newest words."""

    emails: frozenset[str]
    phones: frozenset[str]
    text: str


def signs_of(known: FactsRow | None, request: Request, now: datetime) -> tuple[SignRow, ...]:
    """All signs, the gravest first; facts that are missing give none, and `gap` says that they are missing."""
    facts = known.facts if known is not None else None
    return (
        *(_of_account(facts, now) if facts is not None else ()),
        *(_of_address(facts, request) if facts is not None else ()),
        *_of_words(request.text),
        *(_of_several(known) if known is not None else ()),
    )


def gap(known: FactsRow | None, now: datetime) -> str:
    """What is not known of the account, or how old it is, in words; empty when it is known and fresh."""
    if known is None:
        return "the wallet has not been asked about this account yet"
    if known.read_at is None:
        return f"not known: {known.said}" if known.said else "the wallet is being asked about this account"
    if known.facts is None:
        several = f"{len(known.matches)} accounts by these contacts; nobody has said which"
        return several if known.matches else "the wallet knows no account by these contacts"
    is_old = bool(known.said) or now - known.read_at > FRESH
    why = f": {known.said}" if known.said else ""
    return f"as of {_ago(known.read_at, now)} ago{why}" if is_old else ""


def is_fresh(known: FactsRow | None, now: datetime) -> bool:
    """Whether the facts of one account are there and no older than `FRESH`."""
    return known is not None and known.facts is not None and known.read_at is not None and now - known.read_at <= FRESH


def _of_account(facts: Facts, now: datetime) -> Iterator[SignRow]:
    for what, at in (("phone number", facts.phone_changed_at), ("mail address", facts.email_changed_at)):
        if at is not None and now - at <= LATELY:
            yield SignRow(f"contact {what} {at:%Y%m%dT%H%M%S}", f"{what} on file changed {_ago(at, now)} ago")
    for device in facts.devices:
        if device.is_trusted and now - device.first_seen <= LATELY:
            yield SignRow(
                f"device {device.name} {device.first_seen:%Y%m%dT%H%M%S}",
                f"new device {device.name}, first seen {_ago(device.first_seen, now)} ago",
            )
    if facts.failed_challenges >= MANY_FAILED:
        yield SignRow(
            f"challenges {facts.failed_challenges}",
            f"{facts.failed_challenges} identity challenges failed in 30 days",
        )


def _of_address(facts: Facts, request: Request) -> Iterator[SignRow]:
    for address in sorted(request.emails):
        if facts.email and address != facts.email.casefold():
            yield SignRow(f"address {address}", f"writes from {address}, on file is {masked(facts.email)}")
    for number in sorted(request.phones):
        if facts.phone and _digits(number) != _digits(facts.phone):
            yield SignRow(f"address {number}", f"calls from {number}, on file is {masked(facts.phone)}")


def _of_words(text: str) -> Iterator[SignRow]:
    plain = folded(text)
    if found(URGENT, plain) and found(PAYOUT, plain):
        yield SignRow("urgency", "presses for time and wants money or contact data to go elsewhere")


def _of_several(known: FactsRow) -> Iterator[SignRow]:
    if len(known.matches) >= SEVERAL:
        names = ", ".join(name for _id, name in known.matches[:4])
        yield SignRow(f"several {len(known.matches)}", f"{len(known.matches)} accounts by one contact: {names}")


def masked(contact: str) -> str:
    """An address or number of which only so much is shown that one can ask about it: `d***@example.org`."""
    name, at, domain = contact.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else f"***{contact[-4:]}"


def new_among(signs: Iterable[SignRow], known: Iterable[str]) -> tuple[SignRow, ...]:
    """The signs that were not known before."""
    before = set(known)
    return tuple(each for each in signs if each.key not in before)


def _digits(number: str) -> str:
    return "".join(sign for sign in number if sign.isdigit())


def _ago(at: datetime, now: datetime) -> str:
    seconds = max(int((now - at).total_seconds()), 0)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "moments"
