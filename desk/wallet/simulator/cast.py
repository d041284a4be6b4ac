"""Who has an account in the simulator: the people of a desk, each with what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Plight(StrEnum):
    """What somebody wrote to the desk about; their account is made to fit."""

    DOUBLE_CHARGE = "double_charge"
    """One purchase was paid twice within a minute."""
    DEDUCTED = "deducted"
    """Paid, though the app showed a failure."""
    DECLINED = "declined"
    REFUND = "refund"
    """A plain payment that somebody wants back."""
    TOP_UP = "top_up"
    """Money from a bank that has not arrived."""
    TRANSFER = "transfer"
    """Sent to somebody else."""
    STOLEN = "stolen"
    """A stranger's device, a changed number, payments at night."""
    LOCKED = "locked"
    """Too many wrong PINs."""
    CLOSING = "closing"
    """Nothing left on the account."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One such matter; what is None is made up."""

    plight: Plight
    at: datetime
    """When it was told (aware UTC); it happened within the days before."""
    amount: int | None = None
    """Minor units of the rupiah."""
    merchant: str | None = None
    reference: str | None = None
    """What the receipt says, if the customer wrote it."""


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody with an account; the same `number` is always the same one."""

    number: int
    name: str
    phone: str
    """E.164; empty when they have none."""
    email: str
    since: datetime
    incidents: tuple[Incident, ...] = ()


class Cast(Protocol):
    """Knows the people of a desk; asked once for each contact, on the first look at an account."""

    @property
    def world(self) -> str:
        """What these people belong to: a file that was made for another world is made anew."""
        ...

    @property
    def merchants(self) -> tuple[str, ...]:
        """What the shops are called at which these people pay."""
        ...

    def by_phone(self, phone: str) -> Character | None:
        """Who has that number (E.164)."""
        ...

    def by_email(self, email: str) -> Character | None:
        """Who has that address."""
        ...

    def by_number(self, number: int) -> Character | None:
        """Who has that number in the cast: an account's id is made from it."""
        ...


class Nobody:
    """A cast without people: accounts are only what was put into the file."""

    world = ""
    merchants = ()

    def by_phone(self, phone: str) -> Character | None:
        """Nobody."""

    def by_email(self, email: str) -> Character | None:
        """Nobody."""

    def by_number(self, number: int) -> Character | None:
        """Nobody."""
