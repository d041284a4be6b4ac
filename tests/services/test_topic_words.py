"""The words that a new desk starts with: what a case is about, in three languages."""

from __future__ import annotations

import pytest

from desk.rules.proposing import Lexicon, propose
from desk.rules.words import folded
from desk.services.routing_files import TopicsFile, lexicon_of, read_routing
from desk.services.seed_files import seeds_folder


@pytest.fixture(scope="module")
def shipped() -> Lexicon:
    """The words that a new desk starts with."""
    file = read_routing(seeds_folder() / "routing" / "topics.toml")
    assert isinstance(file, TopicsFile)
    return lexicon_of(file)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("Tadi saya mau bayar di kasir tapi ditolak terus", "payment-failed"),
        ("gak bisa bayar pakai qris padahal saldo cukup", "payment-failed"),
        ("Why was my card declined in the shop this morning?", "payment-failed"),
        ("The same purchase shows twice in my history", "payment-failed"),
        ("My payment is still pending since yesterday", "payment-failed"),
        ("我刚才在超市付不了款", "payment-failed"),
        ("同一笔订单付了两次", "payment-failed"),
        ("Transfer gagal, uangnya ke mana?", "transfer"),
        ("The transfer to my sister was declined", "transfer"),
        ("给朋友转账失败了", "transfer"),
        ("Pembayaran gagal, tolong uang kembali ke saldo, refund ya", "refund"),
        ("Selamat pagi, apa kabar?", ""),
    ],
)
def test_the_shipped_words_tell_a_failed_payment_from_what_is_like_it(shipped: Lexicon, text: str, topic: str) -> None:
    assert propose(shipped, folded(text)).topic == topic
