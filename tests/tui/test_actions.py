"""The registry of actions holds together."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from textual.binding import Binding

from desk.rules.permissions import Permission
from desk.tui import actions
from desk.tui.key_table import key_table

FIGHTS_THE_TERMINAL = {f"ctrl+{key}" for key in ("s", "q", "z", "backslash", "m", "i", "h", "left_square_bracket")}
"""Flow control, suspend, and what terminals cannot tell from enter, tab, backspace and escape."""


def keys(action: actions.Action) -> list[str]:
    return [binding.key for binding in Binding.make_bindings([Binding(action.keys, "x")])]


def test_an_id_names_one_action() -> None:
    counted = Counter(action.id for action in actions.every())
    assert [name for name, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("screen", actions.SCREENS)
def test_a_key_does_one_thing_on_a_screen(screen: str) -> None:
    found = [*actions.on_screen(screen), *actions.table("desk")]
    counted = Counter(key for action in found for key in keys(action))
    assert [key for key, times in counted.items() if times > 1] == []


def test_no_key_fights_the_terminal() -> None:
    assert [action.id for action in actions.every() if FIGHTS_THE_TERMINAL & set(keys(action))] == []


def test_every_action_says_what_it_does_and_who_may() -> None:
    for action in actions.every():
        assert action.help.endswith("."), action.id
        assert action.title
        assert action.may in Permission.__members__
        assert set(action.where) <= {*actions.SCREENS, "desk"}


def test_the_foot_of_the_queue_has_five_keys_of_its_own() -> None:
    shown = [action for action in actions.on_screen("queue") if action.at_foot("queue")]
    assert [action.title for action in sorted(shown, key=lambda each: each.footer)] == [
        "next", "open", "reply", "take", "search",
    ]  # fmt: skip


def test_every_queue_action_is_there_to_be_called() -> None:
    from desk.tui.queue.screen import QueueScreen

    for action in actions.on_screen("queue"):
        assert hasattr(QueueScreen, "action_" + action.textual.partition("(")[0]), action.id


def test_every_case_action_is_there_to_be_called() -> None:
    from desk.tui.case.screen import CaseScreen

    for action in actions.on_screen("case"):
        assert hasattr(CaseScreen, "action_" + action.textual.partition("(")[0]), action.id


@pytest.mark.parametrize("name", ["undelivered", "scheduled"])
def test_every_action_on_a_lane_of_messages_is_there_to_be_called(name: str) -> None:
    from desk.tui.lanes.screen import lane_of

    for action in actions.on_screen(name):
        assert hasattr(lane_of(name), "action_" + action.textual.partition("(")[0]), action.id


def test_every_composer_action_is_there_to_be_called() -> None:
    from desk.tui.case.composer import Composer

    for action in actions.on_screen("compose"):
        assert hasattr(Composer, "action_" + action.textual.partition("(")[0]), action.id


def test_keys_changed_by_hand_are_what_is_shown() -> None:
    take = next(action for action in actions.every() if action.id == "case.take")
    assert actions.written(take, {}) == "t"
    assert actions.all_written(take, {"case.take": "f3,ctrl+k"}) == "F3 ^k"


def test_the_key_table_names_every_action() -> None:
    table = key_table()
    assert all(action.help in table for action in actions.every())


def test_the_readme_has_the_keys_in_force() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert key_table() in readme, "run: python -m desk.tui.key_table README.md"
