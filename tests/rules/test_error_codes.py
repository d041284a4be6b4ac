"""Error codes in what customers write: found however they are spelled, and never in orders, links and sums."""

from __future__ import annotations

import pytest

from desk.rules.error_codes import ErrorCode, Recogniser, code_problems

CODES = Recogniser(ErrorCode(code, {}, {}) for code in ("PAY-101", "PAY-102", "NET-211", "LOG-312", "SEC-431"))


def named(text: str) -> list[str]:
    return [code.code for code in CODES.found(text)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Saya dapat PAY-102 saat bayar", ["PAY-102"]),
        ("pay102 muncul terus", ["PAY-102"]),
        ("PAY 102", ["PAY-102"]),
        ("kode error: 312", ["LOG-312"]),
        ("Error code (sec-431).", ["SEC-431"]),
        ("kode galat NET 211", ["NET-211"]),
        ("我遇到错误代码102，怎么办", ["PAY-102"]),
        ("显示ＰＡＹ－１０１。", ["PAY-101"]),
        ("PAY–101", ["PAY-101"]),
        ("first LOG-312, then PAY-101 and LOG-312 again", ["LOG-312", "PAY-101"]),
        ("My order failed with PAY-102", ["PAY-102"]),
    ],
)
def test_a_code_is_found_however_it_is_spelled(text: str, codes: list[str]) -> None:
    assert named(text) == codes


@pytest.mark.parametrize(
    "text",
    [
        "Order PAY-102-88412",
        "pesanan no. PAY-102",
        "invoice: PAY-102",
        "订单号PAY-102",
        "#PAY-102",
        "https://shop.example/PAY-102",
        "PAY-102@example.com",
        "INV/PAY-102/2026",
        "PAY-1021 and PAY-10",
        "XPAY-102",
        "bayar pay 102 ribu",
        "Rp 102.000",
        "nomor 102",
        "error 404",
        "PAY-999",
        "error code: 102.5",
        "+62 812 3102 211",
        "ORD-2026-PAY-102",
        "",
    ],
)
def test_what_only_looks_like_a_code_is_none(text: str) -> None:
    assert named(text) == []


def test_a_long_text_is_read_as_far_as_it_is_looked_at() -> None:
    assert named("PAY-102 " + "error " * 200_000 + "PAY-101") == ["PAY-102"]
    assert named("PAY-" * 100_000 + "1") == []


def test_a_table_with_two_meanings_of_a_number_is_wrong() -> None:
    def code(name: str, say: str = "", **more: str) -> ErrorCode:
        from db.kinds import Language

        return ErrorCode(name, {}, {Language.ENGLISH: say}, **more)

    (same,) = code_problems([code("PAY-102"), code("NET-102")])
    assert same.startswith("NET-102: has the number of PAY-102")
    (shown,) = code_problems([code("NET-404")])
    assert "browsers show 404" in shown
    (both,) = code_problems([code("NET-211", guide="a", answer="b")])
    assert "choose one next step" in both
    (secret,) = code_problems([code("NET-211", say="Please send us your PIN.")])
    assert "never do" in secret
