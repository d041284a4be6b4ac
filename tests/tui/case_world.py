"""Words said on a case, and ways to look at its page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from db.kinds import EventKind, MessageKind, OutboxState
from tests.tui.conftest import World, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from desk.tui.case.screen import CaseScreen


def say(
    world: World,
    case_id: int,
    text: str,
    *,
    new_text: str | None = None,
    kind: MessageKind = MessageKind.INBOUND,
    minutes: float = 0,
    told: bool = False,
    **values: Any,
) -> int:
    """One more message; its id. `told` records an event, as the desk does."""
    from db.models import Message

    with world.database.write() as unit:
        message = Message(
            case_id=case_id, kind=kind, channel=values.pop("channel", "email"),
            at=world.clock() + timedelta(minutes=minutes), sender_name=values.pop("sender_name", "Budi"),
            sender_address=values.pop("sender_address", "budi@example.com"), subject=values.pop("subject", ""),
            text=text, new_text=text if new_text is None else new_text, details=values.pop("details", {}), **values,
        )  # fmt: skip
        unit.session.add(message)
        unit.session.flush()
        if told:
            unit.record(EventKind.MESSAGE_RECEIVED, case_id=case_id)
        return message.id


def sent(world: World, case_id: int, text: str, *, state: OutboxState, **values: Any) -> int:
    """An answer of Sari's that has come so far; its id. `values` are of its place in the outbox."""
    from db.models import OutboxItem

    details = values.pop("details", {"to": "c1@example.com"})
    is_automatic = values.pop("is_automatic", False)
    message_id = say(
        world, case_id, text, kind=MessageKind.OUTBOUND, agent_id=world.agents["sari"], sender_name="Sari Dewi",
        sender_address="", details=details, side_id=values.pop("side_id", None),
        is_automatic=is_automatic,
    )  # fmt: skip
    with world.database.write() as unit:
        unit.session.add(
            OutboxItem(
                message_id=message_id, channel="email", state=state, created_at=world.clock(),
                **{"not_before": world.clock(), "attempts": 0} | values,
            )
        )  # fmt: skip
        unit.record(EventKind.MESSAGE_WRITTEN, case_id=case_id)
    return message_id


async def opened(pilot: Pilot[None], case_id: int, **how: Any) -> CaseScreen:
    """The case's page, with what was said on it."""
    from desk.tui.case.screen import CaseScreen

    screen = CaseScreen(case_id, **how)
    await pilot.app.push_screen(screen)
    await until(pilot, lambda: screen.detail is not None and screen.conversation.rows_high > 1)
    return screen


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type a text key by key."""
    await pilot.press(*({" ": "space", "\n": "enter"}.get(sign, sign) for sign in text))


def composer_text(screen: CaseScreen) -> str:
    """What stands in the composer."""
    return screen._composer.text if screen._composer.is_attached else ""


def is_composing(screen: CaseScreen) -> bool:
    """Whether the keyboard writes into the composer."""
    return screen._composer.is_attached and screen._composer._writing.has_focus


def notices(pilot: Pilot[None]) -> str:
    """All notices that are on screen."""
    return "\n".join(notice.message for notice in pilot.app._notifications)
