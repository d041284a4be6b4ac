"""Asking with a dialog from any coroutine, and saying in a notice what did not work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from desk.tui.gateway import ConnectionLostError
from desk.tui.type_ahead import my_turn

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import ModalScreen, Screen

T = TypeVar("T")


async def ask(app: App[None], dialog: ModalScreen[T | None]) -> T | None:
    """What the agent answered; None when they left the dialog.

    Keys that wait for the work which asks are the dialog's while it is shown; after it they wait for the work again.
    """
    answered: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
    turn = my_turn()

    def take(answer: T | None) -> None:
        if not answered.done():
            answered.set_result(answer)

    def changed(_screen: Screen[Any]) -> None:
        if turn is not None and dialog not in app.screen_stack:
            turn.hold()

    await app.push_screen(dialog, take)
    app.screen_change_signal.subscribe(dialog, changed, immediate=True)
    if turn is not None:
        turn.let_go()
    return await answered


def expected_errors() -> tuple[type[Exception], ...]:
    """The errors that use cases raise on purpose, each with a sentence for people; loads the services."""
    from db.folding import UnusableContactError
    from desk.rules.lifecycle import StatusChangeError
    from desk.rules.permissions import NotAllowedError
    from desk.services.agents import UnknownAgentError
    from desk.services.errors import CaseError

    return (
        CaseError,
        StatusChangeError,
        NotAllowedError,
        UnknownAgentError,
        UnusableContactError,
        ConnectionLostError,
        OSError,
    )


def report(app: App[None], error: Exception) -> None:
    """Say in a notice what did not work; what nobody expected is raised again."""
    if not isinstance(error, expected_errors()):
        raise error
    app.notify(str(error), severity="warning", timeout=8)
