"""Files of refund policies in `seeds/merchants` and `seeds/refund-paths`: their shape, and the policies they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from db.kinds import Language
from db.kinds_refunds import RefundReason
from desk.rules.hours import CalendarError
from desk.rules.hours.reading import read_clock, read_zone
from desk.rules.refunds.contacts import DROP
from desk.rules.refunds.money import Money, MoneyError, read_money
from desk.rules.refunds.policy import MerchantPolicy, PathPolicy
from desk.rules.sides import is_mailable
from desk.rules.sla import PolicyError
from desk.rules.sla.policy import read_length
from desk.services.hour_files import Holidays, HoursFile, plan_of
from desk.services.seed_files import InEachLanguage, SeedError, read_seed_file, seeds_folder
from desk.settings_wallet import is_safe

DEFAULT = "default"
"""The file that counts for merchants without one of their own."""

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Share = Annotated[int, msgspec.Meta(ge=1, le=99)]
Days = Annotated[int, msgspec.Meta(ge=1, le=730)]
MERCHANTS, PATHS = "merchants", "refund-paths"


class ContactPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who or what at a merchant answers about refunds; reached by exactly one of the three."""

    name: Word
    address: Annotated[str, msgspec.Meta(max_length=120)] = ""
    """Of mail."""
    webhook: Annotated[str, msgspec.Meta(max_length=300)] = ""
    """An https:// address that takes signed webhooks; the secret is in the settings."""
    drop: Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,63})?$")] = ""
    """A folder below `refunds.drop_folder` that files are put into."""

    @property
    def reached_at(self) -> str:
        """The one address, as `desk.rules.refunds.contacts` reads it. Raises `PolicyError`."""
        given = [self.address, self.webhook, f"{DROP}{self.drop}" if self.drop else ""]
        (found, *others) = [each for each in given if each] or [""]
        if others or not found:
            raise PolicyError(f"contact: {self.name} needs exactly one of address, webhook and drop")
        if self.address and not is_mailable(self.address):
            raise PolicyError(f"contact: {self.address!r} is no address that mail can be sent to")
        if self.webhook and not is_safe(self.webhook):
            raise PolicyError(f"contact: {self.webhook!r} is no https:// address; http:// is for this machine only")
        if self.webhook and "@" in self.webhook.partition("://")[2].partition("/")[0]:
            raise PolicyError(f"contact: the webhook of {self.name} has a login in its address; the desk signs instead")
        return found


class HoursPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The merchant's own service calendar; `holidays` is a country."""

    zone: Word
    weekly: dict[str, tuple[str, ...]]
    holidays: str = ""


class MerchantFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One merchant; the file's name is its key."""

    title: Word
    merchant_ids: tuple[Word, ...]
    language: Literal["id", "en", "zh"]
    reasons: tuple[RefundReason, ...]
    answer_within: Word
    hours: HoursPart
    names: tuple[Word, ...] = ()
    contact: tuple[ContactPart, ...] = ()
    evidence: tuple[RefundReason, ...] = ()
    partial: bool = True
    automatic_up_to: str = ""
    reminders: tuple[Share, ...] = (50, 80)
    window_days: dict[str, Days] = {}


class PathFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One payment path; the file's name is the wallet's word for it."""

    title: Word
    window_days: Days
    zone: Word
    payout: Word
    closed: tuple[str, ...] = ()


@dataclass(frozen=True)
class PolicyFiles:
    """All policies by their keys."""

    merchants: Mapping[str, MerchantFile]
    paths: Mapping[str, PathFile]


def read_refund_policies(folder: Path | None = None) -> PolicyFiles:
    """The files in `merchants` and `refund-paths` of a folder, by default the shipped ones. Raises `SeedError`."""
    folder = folder or seeds_folder()
    paths = {}
    for path in sorted((folder / PATHS).glob("*.toml")):
        file = read_seed_file(path, PathFile)
        _sound(path, lambda key=path.stem, file=file: path_policy(key, file))
        paths[path.stem] = file
    merchants: dict[str, MerchantFile] = {}
    owners: dict[str, str] = {}
    for path in sorted((folder / MERCHANTS).glob("*.toml")):
        merchant = read_seed_file(path, MerchantFile)
        _sound(path, lambda key=path.stem, file=merchant: merchant_policy(key, file, 2026))
        if strange := sorted(merchant.window_days.keys() - paths.keys()):
            raise SeedError(path, "window_days", f"{strange[0]!r} is no path; there are {', '.join(sorted(paths))}")
        for each in merchant.merchant_ids:
            if each in owners:
                raise SeedError(path, "merchant_ids", f"{each!r} is in {owners[each]}.toml already; choose one")
            owners[each] = path.stem
        merchants[path.stem] = merchant
    return PolicyFiles(merchants, paths)


def path_policy(key: str, file: PathFile) -> PathPolicy:
    """The policy of a path. Raises `PolicyError`, `CalendarError`."""
    closed = []
    for each in file.closed:
        match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", each.replace(" ", ""))
        if match is None:
            raise PolicyError(f"closed: {each!r} is no time of day; write 23:55-06:00")
        start, end = (read_clock(match[part], "closed") for part in (1, 2))
        if start == end or 24 * 60 in {start, end}:
            raise PolicyError(f"closed: {each!r} closes all day or ends at 24:00; write 23:55-06:00")
        closed.append((time(*divmod(start, 60)), time(*divmod(end, 60))))
    payout = timedelta(seconds=read_length(file.payout, "payout"))
    return PathPolicy(key, file.title, file.window_days, read_zone(file.zone), tuple(closed), payout)


def merchant_policy(key: str, file: MerchantFile, year: int, version: int = 1) -> MerchantPolicy:
    """The policy of a merchant, its holidays around a year. Raises `PolicyError`, `CalendarError`, `MoneyError`."""
    if strange := sorted(set(file.evidence) - set(file.reasons)):
        raise PolicyError(f"evidence: {strange[0]} is not among the reasons")
    if RefundReason.NOT_ME in file.reasons:
        raise PolicyError("reasons: not_me is a matter of account safety; no merchant refunds for it")
    title = InEachLanguage(id=file.title, en=file.title, zh=file.title)
    holidays = Holidays(file.hours.holidays) if file.hours.holidays else None
    plan = plan_of(key, HoursFile(title, file.hours.zone, weekly=file.hours.weekly, holidays=holidays), year)
    return MerchantPolicy(
        key=key,
        title=file.title,
        contacts=tuple((each.name, each.reached_at) for each in file.contact),
        language=Language(file.language),
        zone=plan.zone,
        hours=plan.hours,
        answer_within=read_length(file.answer_within, "answer_within"),
        reminders=tuple(sorted(set(file.reminders))),
        reasons=frozenset(file.reasons),
        evidence=frozenset(file.evidence),
        partial=file.partial,
        automatic_up_to=_money(file.automatic_up_to),
        window_days=file.window_days,
        version=version,
    )


def as_data(file: MerchantFile | PathFile) -> dict[str, Any]:
    """A file as plain data, the same for the same policy."""
    data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(file))
    return data


def _money(text: str) -> Money | None:
    if not text:
        return None
    code, _, number = text.partition(" ")
    if not number:
        raise MoneyError(f"automatic_up_to: {text!r} is no amount; write IDR 25000")
    return read_money(number, code)


def _sound(path: Path, make: Any) -> None:
    try:
        make()
    except (PolicyError, CalendarError, MoneyError) as error:
        raise SeedError(path, "the policy", str(error)) from error
