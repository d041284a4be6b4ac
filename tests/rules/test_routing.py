"""Routing rules, words and proposals as pure decisions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Channel, Language
from desk.rules.proposing import Lexicon, TopicWords, Urgency, propose
from desk.rules.routing import Conditions, Facts, Load, Outcome, Rule, decide, judge
from desk.rules.turns import due_turns, every, next_turns
from desk.rules.words import folded, found

FACTS = Facts(
    channel=Channel.CHAT,
    language=Language.INDONESIAN,
    text=folded("Saldo SAYA terpotong dua-kali!"),
    topic="refund",
    tier="gold",
    queue="money",
    incidents=frozenset({"qris-down"}),
    is_open={"chat": False, "phone": True}.get,
    waiting=lambda queue, most: min(most, 7 if queue == "money" else 0),
)


def rule(name: str = "r", **when: object) -> Rule:
    """A rule with these conditions."""
    return Rule(name, Conditions(**when), Outcome(queue="money"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({}, True),
        ({"channels": (Channel.CHAT, Channel.PHONE)}, True),
        ({"channels": (Channel.PHONE,)}, False),
        ({"hours": "closed"}, True),
        ({"hours": "open"}, False),
        ({"hours": "open", "hours_of": "phone"}, True),
        ({"hours": "closed", "hours_of": "nowhere"}, False),
        ({"languages": (Language.INDONESIAN,)}, True),
        ({"languages": (Language.CHINESE,)}, False),
        ({"topics": ("refund",)}, True),
        ({"topics": ("login",)}, False),
        ({"words": ("terpotong dua kali",)}, True),
        ({"words": ("terpoton",)}, False),
        ({"words": ("terpoton*",)}, True),
        ({"tiers": ("gold",)}, True),
        ({"tiers": ("silver",)}, False),
        ({"queues": ("money",)}, True),
        ({"queues": ("common",)}, False),
        ({"incident": "qris-down"}, True),
        ({"incident": "bank-down"}, False),
        ({"load": Load("money", 7)}, True),
        ({"load": Load("money", 8)}, False),
        ({"channels": (Channel.CHAT,), "topics": ("login",)}, False),
    ],
)
def test_a_rule_fits_when_all_its_conditions_hold(when: dict[str, object], fits: bool) -> None:
    assert judge(rule(**when), FACTS).fits is fits


def test_the_first_rule_that_fits_decides_and_later_ones_are_not_asked() -> None:
    def never(_whose: str) -> bool:
        raise AssertionError("asked")

    facts = Facts(Channel.CHAT, Language.ENGLISH, is_open=never)
    verdict = decide([rule("no", topics=("x",), hours="open"), rule("yes")][::-1], facts)
    assert verdict is not None
    assert verdict.rule.name == "yes"


def test_a_verdict_says_what_held_and_else_the_first_thing_that_did_not() -> None:
    assert judge(rule(words=("terpotong",), hours="closed"), FACTS).why == "chat is closed; says “terpotong”"
    assert judge(rule(topics=("login",)), FACTS).why == "the topic is refund, not login"
    assert len(judge(rule(topics=("login",), tiers=("x",)), FACTS, in_full=True).checks) == 2


@pytest.mark.parametrize(
    ("word", "text", "is_found"),
    [
        ("退款", "请问怎么申请退款？", True),
        ("cafe", "CAFÉ!", True),
        ("uang kembali", "uang\n\n  kembali", True),
        ("pin", "spinning", False),
        ("can t log in", "I can't log in", True),
        ("ｒｅｆｕｎｄ", "refund", True),
    ],
)
def test_words_are_found_whatever_their_case_accents_and_blanks(word: str, text: str, is_found: bool) -> None:
    assert bool(found((word,), folded(text))) is is_found


@given(st.text(max_size=200))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert folded(folded(text)) == folded(text)


LEXICON = Lexicon(
    (TopicWords("refund", ("refund",), ("back",), ("cancel",)), TopicWords("transfer", ("wrong account",), ("back",))),
    (Urgency(2, ("soon",)), Urgency(1, ("stolen", "soon please"))),
)


@pytest.mark.parametrize(
    ("text", "last", "topic", "priority"),
    [
        ("I want a refund", "", "refund", None),
        ("I cancel", "", "", None),
        ("I cancel", "refund", "refund", None),
        ("give it back", "", "", None),
        ("give it back", "transfer", "transfer", None),
        ("refund soon", "", "refund", 2),
        ("soon please", "", "", 1),
        ("hello", "refund", "", None),
    ],
)
def test_the_topic_with_the_highest_sum_is_proposed_unless_two_have_it(
    text: str, last: str, topic: str, priority: int | None
) -> None:
    told = propose(LEXICON, folded(text), last_topic=last)
    assert (told.topic, told.priority) == (topic, priority)
    assert bool(told.reasons) is bool(topic or priority)


shares = st.lists(st.integers(1, 50), min_size=1, max_size=6).filter(lambda each: sum(each) <= 50)


@pytest.mark.slow
@given(shares)
def test_every_queue_gets_its_share_within_the_bound(percents: list[int]) -> None:
    wanted = {f"q{place}": percent for place, percent in enumerate(percents)}
    turns: dict[str, int] = {}
    since = dict.fromkeys(wanted, 0)
    for _ in range(600):
        due = due_turns(turns, wanted)
        queue = due[0] if due else "common"
        turns = next_turns(turns, wanted, queue)
        for key, percent in wanted.items():
            since[key] = 0 if key == queue else since[key] + 1
            assert since[key] < every(percent) + len(wanted) - 1
