"""Whose word counts on a sender, which addresses are nobody's or our own, and what a bounce says of an address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from desk.rules.acknowledging import is_nobody, is_time
from desk.rules.addressing import OwnAddresses, is_address
from desk.rules.authentication import Recorded, believed, is_forged
from desk.rules.bouncing import is_undeliverable

OURS = Recorded("mx.example", {"dmarc": "fail"})
ABOVE = Recorded("mx.example", {"dmarc": "fail"}, is_above=True)
LIE = Recorded("mx.example", {"dmarc": "pass", "dkim": "pass"})


def test_nothing_is_believed_without_a_name() -> None:
    assert believed([ABOVE, OURS], "") == {}
    assert believed([Recorded("", {"dmarc": "fail"})], "") == {}


def test_of_fields_with_our_name_the_topmost_counts() -> None:
    assert believed([OURS, LIE], "MX.example ") == {"dmarc": "fail"}
    assert believed([Recorded("mx.other", {"spf": "fail"}), OURS, LIE], "mx.example") == {"dmarc": "fail"}


def test_all_above_the_first_received_count_and_none_below() -> None:
    dkim = Recorded("mx.example", {"dkim": "fail"}, is_above=True)

    assert believed([ABOVE, dkim, LIE], "mx.example") == {"dmarc": "fail", "dkim": "fail"}


def test_only_dmarc_says_that_a_sender_is_forged() -> None:
    assert is_forged({"dmarc": "fail"})
    assert not any(is_forged({name: "fail"}) for name in ("spf", "dkim"))
    assert not any(is_forged({"dmarc": result}) for result in ("pass", "none", "temperror", "permerror"))


@pytest.mark.parametrize("address", ["noreply@x.org", "no_reply@x", "do-not-reply@x", "x-noreply@x", "bounces+a=b@x"])
def test_nobody_reads_there(address: str) -> None:
    assert is_nobody(address)


@pytest.mark.parametrize(
    "address", ["dewi@x.org", "owner@x", "norman.reply@x", "bouncer@x", "listener@x", "autoshop@x"]
)
def test_somebody_reads_there(address: str) -> None:
    assert not is_nobody(address)


def test_a_day_lies_between_two_confirmations() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)

    assert is_time(None, now, is_mail=True)
    assert is_time(now - timedelta(days=1), now, is_mail=True)
    assert not is_time(now - timedelta(hours=23, minutes=59), now, is_mail=True)
    assert not is_time(now + timedelta(days=5), now, is_mail=True)
    assert is_time(now - timedelta(minutes=30), now, is_mail=False)
    assert not is_time(now - timedelta(minutes=29), now, is_mail=False)


def test_our_addresses_are_ours_with_whatever_stands_behind_the_plus() -> None:
    ours = OwnAddresses(frozenset({"support@x.org"}))

    assert all(map(ours.has, ["support@x.org", "support+a@x.org", "support+case1-abcdefgh@x.org", "b+case7@y.org"]))
    assert not any(map(ours.has, ["support@y.org", "asupport@x.org", "support.x@x.org", "b+c@y.org"]))


@pytest.mark.parametrize("text", ["", "@", "a@", "@b", "a b@c", "a@b@c", "a@b,c@d", "<a@b>", "a" * 65 + "@b"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize("status", [None, "", "5.1.1", "5.1.10", "5.2.2", "5.4.4", "5.0.0", "nonsense"])
def test_these_say_that_nothing_arrives_there(status: str | None) -> None:
    assert is_undeliverable(status)


@pytest.mark.parametrize("status", ["4.2.2", "2.1.5", "5.7.1", "5.7.26", "5.6.1", "5.5.2", "5.3.4", "5.2.3", "5.1.8"])
def test_these_say_nothing_of_the_address(status: str) -> None:
    assert not is_undeliverable(status)
