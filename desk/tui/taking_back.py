"""Taking back what was sent, before it leaves: its text, its files and where it was to go are the draft again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.kinds import DraftKind
from desk import services
from desk.tui.case.drafts import drafts_of
from desk.tui.case.sent_notice import hide_sent_notice
from desk.tui.dialogs.asking import report
from desk.tui.undo import undo_of

if TYPE_CHECKING:
    from desk.tui.app import DeskApp


async def take_back(app: DeskApp) -> None:
    """Take back the last message that this agent sent."""
    last = undo_of(app).sent
    if last is None:
        app.notify("There is no answer to take back.", timeout=3)
    else:
        await take_back_message(app, last.sent.message_id, last.sent.case_id, last.kind)


def is_leaving(app: DeskApp) -> bool:
    """Whether the last answer is within its undo time: then it is the one that the key takes back."""
    last = undo_of(app).sent
    return last is not None and not last.later and last.seconds_left(app.gateway.now()) > 0


async def take_back_message(app: DeskApp, message_id: int, case_id: int, kind: DraftKind) -> None:
    """Take a message back that has not left; `kind` is the draft that it becomes again."""
    drafts = drafts_of(app)
    try:
        if kind is DraftKind.SIDE:  # what was begun since may be for another third party
            drafts.set_aside(await app.gateway.detail(case_id))
        await drafts.flush(case_id)  # what was begun meanwhile stays below it
        text = await app.gateway.write(lambda desk, me: services.replies.take_back(desk, me, message_id))
        kept = next(draft for draft in (await app.gateway.detail(case_id)).drafts if draft.kind is kind)
    except StopIteration:
        app.notify("Taken back: nothing was sent.", timeout=5)
        return
    except Exception as error:  # noqa: BLE001  (`report` raises again what nobody expected)
        report(app, error)
        return
    last = undo_of(app).sent
    if last is not None and last.sent.message_id == message_id:
        undo_of(app).sent = None
        hide_sent_notice(app)
    begun = drafts.now(case_id, kind)
    drafts.take_in(case_id, kind, text if begun is None else begun.text, kept)
    from desk.tui.case.screen import CaseScreen

    if isinstance(app.screen, CaseScreen) and app.screen.case_id == case_id:
        app.screen.open_composer(kind)
        app.notify("Taken back: nothing was sent. The text is in the composer again.", timeout=5)
    else:
        app.notify(f"Taken back: nothing was sent. The text is the draft of #{case_id}.", timeout=6)
