"""Signs of a takeover or an impostor: each with its reason, and none from what is usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from db.rows_safety import DeviceFact, Facts, FactsRow
from desk.rules.safety.signs import Request, gap, new_among, signs_of

NOW = datetime(2026, 11, 23, 13, 14, tzinfo=UTC)
OLD = NOW - timedelta(days=400)
FACTS = Facts(
    id="W1", name="Dewi", state="active", phone="+628111111111", email="dewi@example.org", balance_is_zero=False,
    pending=0, pin_locked=False, phone_changed_at=OLD, email_changed_at=None, password_changed_at=OLD,
    failed_challenges=0, frozen_at=None, devices=(DeviceFact("vivo Y36", OLD, NOW, is_trusted=True),),
)  # fmt: skip
KNOWN = FactsRow(1, "W1", matches=(("W1", "Dewi"),), facts=FACTS, read_at=NOW)
USUAL = Request(frozenset({"dewi@example.org"}), frozenset({"628111111111"}), "Saldo terpotong, mohon segera dicek.")
LATELY = NOW - timedelta(days=2)
STRANGE = DeviceFact("Pixel 7a", LATELY, NOW, is_trusted=True)


def test_what_is_usual_is_no_sign() -> None:
    assert signs_of(KNOWN, USUAL, NOW) == ()
    assert gap(KNOWN, NOW) == ""


@pytest.mark.parametrize(
    ("known", "request_", "said"),
    [
        (replace(FACTS, email_changed_at=LATELY), USUAL, "mail address on file changed 2 d ago"),
        (replace(FACTS, phone_changed_at=LATELY), USUAL, "phone number on file changed 2 d ago"),
        (replace(FACTS, devices=(*FACTS.devices, STRANGE)), USUAL, "new device Pixel 7a, first seen 2 d ago"),
        (replace(FACTS, failed_challenges=3), USUAL, "3 identity challenges failed in 30 days"),
        (FACTS, Request(frozenset({"dewi@evil.example"}), frozenset(), ""),
         "writes from dewi@evil.example, on file is d***@example.org"),
        (FACTS, Request(frozenset(), frozenset({"62899"}), ""), "calls from 62899, on file is ***1111"),
        *[
            (FACTS, Request(frozenset(), frozenset(), text), "presses for time")
            for text in (
                "URGENT! Send the refund to another account right now",
                "Tolong secepatnya, kirim ke rekening lain atas nama kakak saya",
                "请马上退到我的新银行卡，很紧急",
            )
        ],
    ],
)  # fmt: skip
def test_each_sign_says_its_reason(known: Facts, request_: Request, said: str) -> None:
    (sign,) = signs_of(replace(KNOWN, facts=known), request_, NOW)
    assert sign.said.startswith(said)
    assert new_among([sign], [sign.key]) == ()


def test_a_device_that_was_signed_out_and_a_change_long_ago_are_none() -> None:
    facts = replace(FACTS, devices=(replace(STRANGE, is_trusted=False),), phone_changed_at=NOW - timedelta(days=15))
    assert signs_of(replace(KNOWN, facts=facts), USUAL, NOW) == ()


def test_what_is_not_known_is_said() -> None:
    nothing = Request(frozenset(), frozenset(), "")
    assert signs_of(None, nothing, NOW) == ()
    assert "not been asked" in gap(None, NOW)
    assert gap(FactsRow(1, said="no answer"), NOW) == "not known: no answer"
    assert "no account" in gap(FactsRow(1, read_at=NOW), NOW)
    several = FactsRow(1, matches=(("W1", "Dewi"), ("W2", "Tono")), read_at=NOW)
    assert "nobody has said which" in gap(several, NOW)
    assert [each.said for each in signs_of(several, nothing, NOW)] == ["2 accounts by one contact: Dewi, Tono"]
    assert gap(KNOWN, NOW + timedelta(hours=2)) == "as of 2 h ago"
