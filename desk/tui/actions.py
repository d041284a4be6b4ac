"""The registry of what a person can do: each command once, with its keys, words and who may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from db.rows import AgentRow

SCREENS = (
    "queue",
    "case",
    "compose",
    "answers",
    "search",
    "undelivered",
    "scheduled",
    "channels",
    "behind",
    "call",
    "callbacks",
    "hours",
    "guide",
    "guide-figures",
    "review",
    "incidents",
    "refunds",
    "playbook",
    "playbook-payments",
    "merchant",
)
"""The screens that have keys of their own; `desk` stands for everywhere."""

TABLES = (
    "desk",
    "queue",
    "case",
    "acts",
    "mail",
    "channels",
    "phone",
    "guides",
    "review",
    "incidents",
    "refunds",
    "playbook",
)
"""The modules of `desk.tui.keys`, in the order in which help shows them."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a person can do.

    `keys` is comma-separated as Textual names them; `does` is the Textual action that it runs, by default the
    last word of `id` with `-` as `_`; `where` names screens, or `desk` for everywhere.
    """

    id: str
    keys: str
    title: str
    help: str
    where: tuple[str, ...]
    does: str = ""
    may: str = "WORK_CASES"
    """The name of a `desk.rules.permissions.Permission`."""
    footer: int = 0
    """Place among the keys at the foot of the screen, from 1; 0 is not shown there."""
    foot_of: tuple[str, ...] = ()
    """The screens at whose foot it stands; none named means all of `where`."""
    shown: str = ""
    """How the key is written when it is not a single key press, as `g g`."""
    priority: bool = False
    """Whether it works while a text field has the keyboard."""

    def at_foot(self, screen: str) -> int:
        """Its place at the foot of a screen; 0 is none."""
        return self.footer if not self.foot_of or screen in self.foot_of else 0

    @property
    def textual(self) -> str:
        """The Textual action string."""
        return self.does or self.id.rpartition(".")[2].replace("-", "_")


def table(name: str) -> tuple[Action, ...]:
    """The actions of one module of `desk.tui.keys`."""
    found: tuple[Action, ...] = import_module(f"desk.tui.keys.{name}").ACTIONS
    return found


def every() -> Iterator[Action]:
    """All actions, everywhere first."""
    for name in TABLES:
        yield from table(name)


def on_screen(screen: str) -> tuple[Action, ...]:
    """What can be done on a screen, without what can be done everywhere."""
    return tuple(action for action in every() if screen in action.where)


def allowed(action: Action, me: AgentRow | None) -> bool:
    """Whether that agent may; before the desk is open, nobody knows better."""
    if me is None:
        return True
    from desk.rules.permissions import Permission, may

    return may(me, Permission[action.may])


def bindings(screen: str) -> list[Binding]:
    """Textual's bindings of a screen (or of `desk`), to be used as `BINDINGS`."""
    return [
        Binding(
            action.keys,
            action.textual,
            action.title,
            show=bool(action.at_foot(screen)),
            id=action.id,
            priority=action.priority,
            tooltip=action.help,
        )
        for action in on_screen(screen)
    ]


def keys_of(action: Action, keymap: Mapping[str, str]) -> str:
    """The keys that run an action now: changed by hand in `keymap`, or its own."""
    return keymap.get(action.id, action.keys)


def written(action: Action, keymap: Mapping[str, str]) -> str:
    """An action's first key as people read it: `^p`, `⏎`, `g g`."""
    if action.shown and action.id not in keymap:
        return action.shown
    return key_name(keys_of(action, keymap).split(",")[0].strip())


def key_of(name: str, keymap: Mapping[str, str]) -> str:
    """How the key of the action `name` is written now, for words that name it."""
    return written(next(action for action in every() if action.id == name), keymap)


def all_written(action: Action, keymap: Mapping[str, str]) -> str:
    """All of an action's keys as people read them, with a blank between."""
    if action.shown and action.id not in keymap:
        return action.shown
    return " ".join(key_name(key.strip()) for key in keys_of(action, keymap).split(","))


NAMES = {
    "enter": "⏎",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "number_sign": "#",
    "space": "space",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "tab": "tab",
    "delete": "Del",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "comma": ",",
    "exclamation_mark": "!",
    "dollar_sign": "$",
}


def key_name(key: str) -> str:
    """One key as people read it."""
    *modifiers, name = key.split("+")
    name = NAMES.get(name, name.upper() if len(name) > 1 and name[0] == "f" and name[1:].isdigit() else name)
    marks = "".join({"ctrl": "^", "shift": "⇧", "alt": "M-"}.get(modifier, modifier + "+") for modifier in modifiers)
    return marks + name
