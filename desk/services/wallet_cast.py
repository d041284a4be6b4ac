"""The desk's customers as people with accounts in the simulator: what they wrote about is what happened to them."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from db.folding import UnusableContactError, fold_email, fold_phone
from db.kinds import ContactKind, MessageKind
from db.models import Case, ContactPoint, Customer, DeskInfo, Message
from desk.wallet.simulator import Character, Incident, Plight

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desk.services.desk import Desk

MOST_CASES = 20
"""The newest cases of a customer that their account is made to fit."""

SEN = 100

PLIGHTS = {
    "payment-failed": Plight.DEDUCTED,
    "refund": Plight.REFUND,
    "top-up": Plight.TOP_UP,
    "transfer": Plight.TRANSFER,
    "account-security": Plight.STOLEN,
    "login": Plight.LOCKED,
    "account-closing": Plight.CLOSING,
}
"""What happened to somebody who writes about a topic."""

TWICE = re.compile(r"\b(?:twice|double|doubled|duplicate|dua kali|2x|dobel|ganda)\b|两次|重复|双重", re.IGNORECASE)
NOT_DONE = re.compile(r"\b(?:declined|rejected|ditolak|refused)\b|被拒|拒绝", re.IGNORECASE)
PHISHING = re.compile(r"\b(?:phishing|link|sms|penipu\w*|scam\w*)\b|短信|链接|诈骗", re.IGNORECASE)
REFERENCE = re.compile(r"\bTRX\d{6,12}\b")
AMOUNT = re.compile(r"(?:\b(?:rp|idr)\.?\s*(\d[\d.,]*)|(\d[\d.,]*)\s*(?:rupiah|印尼盾|盾))", re.IGNORECASE)


class DeskCast:
    """Reads people and their cases from the desk's database, each when the wallet is first asked about them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @cached_property
    def world(self) -> str:
        """The demo world that stands there, else simply the desk."""
        with self._desk.database.read() as connection:
            asked = select(DeskInfo.key, DeskInfo.value).where(DeskInfo.key.like("demo.%")).order_by(DeskInfo.key)
            facts = [f"{key}={value}" for key, value in connection.execute(asked)]
        return " ".join(facts) or "desk"

    @cached_property
    def merchants(self) -> tuple[str, ...]:
        """The merchants of the demo's phrase bank."""
        from desk.services.demo.bank import World
        from desk.services.seed_files import read_seed_file, seeds_folder

        return read_seed_file(seeds_folder() / "demo" / "world.toml", World).things.merchants

    def by_phone(self, phone: str) -> Character | None:
        """The customer who has that number."""
        return self._by_contact(ContactKind.PHONE, phone)

    def by_email(self, email: str) -> Character | None:
        """The customer who has that address."""
        return self._by_contact(ContactKind.EMAIL, email)

    def by_number(self, number: int) -> Character | None:
        """The customer of that id."""
        with self._desk.database.read() as connection:
            return self._character(connection, number)

    def _by_contact(self, kind: ContactKind, value: str) -> Character | None:
        try:
            folded = fold_phone(value) if kind is ContactKind.PHONE else fold_email(value)
        except UnusableContactError:
            return None
        with self._desk.database.read() as connection:
            asked = select(ContactPoint.customer_id).where(
                ContactPoint.kind == kind, ContactPoint.provider == "", ContactPoint.folded == folded
            )
            number = connection.scalar(asked)
            return None if number is None else self._character(connection, number)

    def _character(self, connection: Connection, number: int) -> Character | None:
        who = connection.execute(select(Customer.name, Customer.created_at).where(Customer.id == number)).first()
        if who is None:
            return None
        asked = select(ContactPoint.kind, ContactPoint.folded).where(ContactPoint.customer_id == number)
        contacts: dict[ContactKind, str] = {}
        for kind, folded in connection.execute(asked.order_by(ContactPoint.id)):
            contacts.setdefault(kind, folded)
        phone = contacts.get(ContactKind.PHONE, "")
        return Character(
            number=number,
            name=who.name,
            phone=f"+{phone}" if phone else "",
            email=contacts.get(ContactKind.EMAIL, ""),
            since=who.created_at,
            incidents=self._incidents(connection, number),
        )

    def _incidents(self, connection: Connection, number: int) -> tuple[Incident, ...]:
        newest = select(Case.id).where(Case.customer_id == number).order_by(Case.id.desc()).limit(MOST_CASES).subquery()
        said = Message.kind == MessageKind.INBOUND
        first = (
            select(func.min(Message.id))
            .where(Message.case_id.in_(select(newest.c.id)), said)
            .group_by(Message.case_id)
            .scalar_subquery()
        )
        asked = (
            select(Case.topic_key, Message.at, Message.subject, Message.new_text)
            .join(Message, Message.case_id == Case.id)
            .where(Message.id.in_(first))
            .order_by(Case.id)
        )
        found = (
            self._incident(row.topic_key, row.at, f"{row.subject}\n{row.new_text}") for row in connection.execute(asked)
        )
        return tuple(each for each in found if each is not None)

    def _incident(self, topic: str | None, at: datetime, text: str) -> Incident | None:
        plight = PLIGHTS.get(topic or "")
        if plight is Plight.DEDUCTED:
            plight = Plight.DOUBLE_CHARGE if TWICE.search(text) else plight
            plight = Plight.DECLINED if NOT_DONE.search(text) else plight
        if plight is None or (plight is Plight.STOLEN and PHISHING.search(text)):
            return None
        reference = REFERENCE.search(text)
        merchant = next((name for name in self.merchants if name.casefold() in text.casefold()), None)
        return Incident(plight, at, _amount(text), merchant, reference and reference[0])


def _amount(text: str) -> int | None:
    """The first amount of rupiah in a text, in minor units."""
    found = AMOUNT.search(text)
    digits = re.sub(r"\D", "", re.sub(r"[.,]\d{2}$", "", (found[1] or found[2]).rstrip(".,"))) if found else ""
    return int(digits) * SEN if 0 < len(digits) <= 11 and int(digits) else None
