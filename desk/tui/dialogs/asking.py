"""Asking with a dialog from any coroutine, and saying in a notice what did not work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from desk.tui.gateway import ConnectionLostError
from desk.tui.type_ahead import let_go

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import ModalScreen

T = TypeVar("T")


async def ask(app: App[None], dialog: ModalScreen[T | None]) -> T | None:
    """What the agent answered; None when they left the dialog."""
    answered: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()

    def take(answer: T | None) -> None:
        if not answered.done():
            answered.set_result(answer)

    await app.push_screen(dialog, take)
    let_go()
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
