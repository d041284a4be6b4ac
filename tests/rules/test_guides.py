"""Guides as rules: what is wrong with one, what asks for a secret, walking, and values that are read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.kinds import Language
from desk.rules.guides import (
    End,
    EndKind,
    Field,
    FieldError,
    FieldKind,
    Guide,
    Step,
    Turn,
    after,
    before,
    collected_text,
    problems,
    read_value,
)  # fmt: skip
from desk.rules.guides.asking_secrets import asks_for_secret
from desk.rules.guides.facts import Fact
from desk.services.guide_files import guide_of, read_guides


def words(text: str) -> dict[Language, str]:
    return dict.fromkeys((Language.INDONESIAN, Language.ENGLISH, Language.CHINESE), text)


def step(key: str, **to: str) -> Step:
    return Step(key, words(key), words("Look."), tuple(to.items()), words("Please look."))


SOLVED = End("done", EndKind.SOLVED, words("Done"))
SOUND = Guide(
    "sound", words("Sound"), "one",
    {"one": step("one", worked="done", did_not="two"), "two": step("two", worked="done")},
    {"done": SOLVED},
)  # fmt: skip


def test_a_sound_guide_has_no_problems() -> None:
    assert problems(SOUND) == ()


@pytest.mark.parametrize(
    ("guide", "said"),
    [
        (replace(SOUND, start="zero"), "start: 'zero' is no step"),
        (replace(SOUND, steps=SOUND.steps | {"two": step("two", worked="gone")}), "steps.two.to.worked: 'gone'"),
        (replace(SOUND, steps=SOUND.steps | {"three": step("three", worked="done")}), "steps.three: no way leads"),
        (replace(SOUND, ends={"done": SOLVED, "more": replace(SOLVED, key="more")}), "ends.more: no way leads there"),
        (replace(SOUND, steps=SOUND.steps | {"two": step("two", did_not="two")}), "steps.two: from here no way"),
        (replace(SOUND, steps=SOUND.steps | {"two": step("two")}), "steps.two: nothing can come of it"),
        (
            replace(SOUND, steps=SOUND.steps | {"two": replace(step("two", yes="done"), fact=Fact.PENDING)}),
            "steps.two.to: what 'pending' decides leads on by no, no_account, yes",
        ),
        (replace(SOUND, steps=SOUND.steps | {"two": step("two", later="done")}), "steps.two.to.later: has no words"),
        (replace(SOUND, ends={"done": replace(SOLVED, kind=EndKind.ESCALATE)}), "ends.done: an escalation needs"),
        (replace(SOUND, ends={"done": replace(SOLVED, title={Language.ENGLISH: "x"})}), "done.title.id: is missing"),
        (replace(SOUND, ends={"done": replace(SOLVED, say=words("x"), answer="case.solved")}), "choose one"),
        (replace(SOUND, ends={"done": replace(SOLVED, say=words("Dear {merchant}"))}), "{merchant} is not known"),
        (replace(SOUND, ends={"done": replace(SOLVED, say=words("x" * 1_001))}), "a step sends at most"),
        (replace(SOUND, outcomes={"unused": words("x")}), "outcomes.unused: no step has it"),
        (
            replace(SOUND, fields={"pin": Field("pin", FieldKind.TEXT, words("Your number"))}),
            "fields.pin: collects a PIN",
        ),
    ],
)  # fmt: skip
def test_every_mistake_is_named_with_its_place(guide: Guide, said: str) -> None:
    assert any(said in each for each in problems(guide)), problems(guide)


@pytest.mark.parametrize(
    "text",
    [
        "Please send us your PIN.",
        "Reply with the OTP you got",
        "What is your password?",
        "Do not worry, tell me your passcode.",
        "Don't forget to share the verification code",
        "Mohon kirimkan kode OTP Anda.",
        "Jangan ragu, sebutkan PIN Anda",
        "Berapa kode verifikasi yang Anda terima?",
        "Tuliskan nama, nomor, dan kata sandi Anda.",
        "请告诉我们您的密码。",
        "请提供短信验证码",
        "别担心，请发送ＰＩＮ码。",
        "Your PIN is what is needed: provide it here",
    ],
)
def test_asking_for_a_secret_is_found_in_every_language(text: str) -> None:
    assert asks_for_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "We will never ask you for your PIN, code or password.",
        "Never share your PIN with anybody, not even with us.",
        "Please choose Forgot password on the log-in screen.",
        "Demi keamanan, jangan kirimkan PIN, kode verifikasi, atau kata sandi.",
        "Kami tidak akan pernah meminta PIN Anda.",
        "请勿向任何人透露密码。",
        "我们绝不会向您索要验证码。",
        "Please send us the spinning icon's colour.",
        "Please tell us the error code.",
    ],
)
def test_warning_of_it_is_not_asking(text: str) -> None:
    assert asks_for_secret(text) == ""


def test_the_shipped_guides_have_all_that_the_desk_promises() -> None:
    guides = {key: guide_of(file) for key, file in read_guides().items()}
    assert set(guides) == {
        "account-stolen", "app-problem", "cannot-log-in", "close-account", "payment-failed", "refund-stalled",
        "statement",
    }  # fmt: skip
    assert list(guides["app-problem"].steps) == ["restart", "network", "update", "announcements", "details"]
    assert {"network", "balance", "method", "reason"} <= guides["payment-failed"].steps.keys()
    assert set(guides["app-problem"].fields) == {
        "device", "os", "os_version", "app_version", "network", "error_code",
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(read_guides()))
@given(data=st.data())
def test_every_way_through_a_shipped_guide_comes_to_an_end_and_back(key: str, data: st.DataObject) -> None:
    guide = guide_of(read_guides()[key])
    place, turns = guide.start, list[Turn]()
    for _ in range(60):
        if place in guide.ends:
            break
        outcome = data.draw(st.sampled_from([outcome for outcome, _ in guide.steps[place].outcomes]))
        turns.append(Turn(place, outcome, "Ana"))
        place = after(guide, place, outcome)
        assert place in guide.steps or place in guide.ends
    text = collected_text(guide, turns, {}, place, Language.CHINESE)
    assert text.count("\n") == (len(turns) + 1 if turns else 0)
    while turns:
        last, kept = before(turns)
        assert after(guide, last.step, last.outcome) == place
        place, turns = last.step, list(kept)
    assert place == guide.start


@given(st.sampled_from(FieldKind), st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_word(kind: FieldKind, typed: str) -> None:
    options = {"one": words("One")} if kind is FieldKind.CHOICE else {}
    try:
        value = read_value(Field("x", kind, words("x"), options), typed)
    except FieldError:
        return
    assert value
    assert value == value.strip()
    assert "\n" not in value
