"""Taking back what was sent, before it leaves: its text and where it was to go are the draft again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from db.kinds import DraftKind
from desk import services
from desk.tui.case.addresses import listed
from desk.tui.case.drafts import drafts_of
from desk.tui.case.sent_notice import hide_sent_notice
from desk.tui.dialogs.asking import report
from desk.tui.undo import LastSent, undo_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.rows import CaseDetail, MessageRow
    from desk.tui.app import DeskApp


async def take_back(app: DeskApp) -> None:
    """Take back the last answer of this agent."""
    last = undo_of(app).sent
    if last is None:
        app.notify("There is no answer to take back.", timeout=3)
    else:
        await take_back_message(app, last.sent.message_id, last.sent.case_id, last.kind, last.answers, last.details)


def is_leaving(app: DeskApp) -> bool:
    """Whether the last answer is within its undo time: then it is the one that one key takes back."""
    last = undo_of(app).sent
    return last is not None and not last.later and last.seconds_left(app.gateway.now()) > 0


async def take_back_message(
    app: DeskApp,
    message_id: int,
    case_id: int,
    kind: DraftKind,
    answers: tuple[str, ...] = (),
    details: Mapping[str, Any] | None = None,
) -> bool:
    """Take a message back that has not left; whether that worked. `kind` is the draft that it becomes again."""
    try:
        text = await app.gateway.write(lambda desk, me: services.replies.take_back(desk, me, message_id))
    except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
        report(app, error)
        return False
    _forget_last(app, message_id)
    from desk.tui.case.screen import CaseScreen

    drafts = drafts_of(app)
    begun = drafts.now(case_id, kind)
    drafts.take_in(case_id, kind, text if begun is None else begun.text, text, answers, details or {})
    if isinstance(app.screen, CaseScreen) and app.screen.case_id == case_id:
        app.screen.open_composer(kind)
        app.notify("Taken back: nothing was sent. The text is in the composer again.", timeout=5)
    else:
        app.notify(f"Taken back: nothing was sent. The text is the draft of #{case_id}.", timeout=6)
    return True


def draft_of(message: MessageRow, detail: CaseDetail) -> tuple[DraftKind, dict[str, Any]]:
    """Which draft a message of ours becomes again, and where that is to go."""
    if message.side_id is None:
        copies = {name: list(listed(message.details, name)) for name in ("cc", "bcc")}
        return DraftKind.REPLY, {name: addresses for name, addresses in copies.items() if addresses}
    side = next((side for side in detail.sides if side.id == message.side_id), None)
    to = side.address if side is not None else ", ".join(listed(message.details, "to"))
    return DraftKind.SIDE, {
        "to": to,
        "name": side.name if side is not None else "",
        "subject": message.subject,
        "side_id": message.side_id,
    }


def _forget_last(app: DeskApp, message_id: int) -> None:
    memory = undo_of(app)
    last: LastSent | None = memory.sent
    if last is not None and last.sent.message_id == message_id:
        memory.sent = None
        hide_sent_notice(app)
