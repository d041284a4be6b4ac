"""The keys that rows of a conversation name, as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from desk.tui.actions import key_of
from desk.tui.case.row import View


def with_keys(view: View, keymap: Mapping[str, str]) -> View:
    """A view whose rows name the keys in force; `keymap` are those changed by hand, by the ids of actions."""
    return replace(
        view,
        unfold_key=key_of("case.unfold", keymap),
        retry_key=key_of("message.retry", keymap),
        back_key=key_of("desk.take-back", keymap),
        release_key=key_of("message.release", keymap),
        when_key=key_of("message.when", keymap),
        arrived_key=key_of("message.arrived", keymap),
        give_up_key=key_of("message.give-up", keymap),
        code_key=key_of("case.code", keymap),
        answer_key=key_of("case.answer-side", keymap),
    )
