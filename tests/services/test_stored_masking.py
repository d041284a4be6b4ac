"""Messages that were stored before masking was there are masked later, to the same end, however often it is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from db.kinds import OutboxState
from db.models import Blob, Case, Message, OutboxItem
from desk.rules.permissions import NotAllowedError
from desk.services import cases, originals, replies, search, stored_masking
from desk.services.errors import CaseError
from desk.services.indexing import index_again
from desk.services.stored_masking import MaskReport, mask_stored
from desk.settings import Safety
from tests.services.acting import arrived, kinds, mail
from tests.services.filing import messages
from tests.services.test_masking import PIN, SENT, TOLD, everything_stored, with_safety

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk


def stored_unmasked(desk: Desk, me: AgentRow, number: int = 1) -> int:
    """A case as a desk without masking stored it."""
    page = arrived(desk, me, mail(f"{number}@example.org", text="A plain text.", sender=f"c{number}@example.org"))
    with desk.database.write() as unit:
        session = unit.session
        of = Message.id == page.messages[0].id
        session.execute(update(Message).where(of).values(text=SENT, new_text=SENT, subject=f"My PIN is {PIN}"))
        session.execute(update(Case).where(Case.id == page.case.id).values(subject=f"My PIN is {PIN}"))
        index_again(unit, page.case.id)
    return page.case.id


def test_old_messages_are_masked_on_the_case_and_in_search(desk: Desk, boss: AgentRow) -> None:
    case_id = stored_unmasked(desk, boss)

    report = mask_stored(desk, boss)

    assert report == MaskReport(seen=1, masked=1, originals=0, found={"card": 1, "pin": 2})
    page = cases.open_case(desk, boss, case_id)
    assert (page.messages[0].text, page.messages[0].new_text) == (TOLD, TOLD)
    assert page.case.subject == page.messages[0].subject == "My PIN is ••••••"
    assert PIN not in everything_stored(desk)
    assert search.find(desk, boss, PIN).rows == ()
    assert [row.id for row in search.find(desk, boss, "1111").rows] == [case_id]
    assert kinds(desk, boss, case_id)[-1] == "message.masked"
    with pytest.raises(CaseError, match="dropped"):
        cases.raw(desk, boss, page.messages[0].id)


def test_a_check_changes_nothing(desk: Desk, boss: AgentRow) -> None:
    stored_unmasked(desk, boss)
    before = everything_stored(desk)

    assert mask_stored(desk, boss, check=True).masked == 1
    assert everything_stored(desk) == before


def test_a_second_run_finds_nothing(desk: Desk, boss: AgentRow) -> None:
    stored_unmasked(desk, boss)
    mask_stored(desk, boss)

    assert mask_stored(desk, boss) == MaskReport(seen=1, masked=0, originals=0, found={})


def test_an_interrupted_run_goes_on_where_it_ended(desk: Desk, boss: AgentRow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_masking, "AT_ONCE", 1)
    for number in range(3):
        stored_unmasked(desk, boss, number)

    def stop(reached: int, _last: int) -> None:
        if reached == messages(desk, 2)[0].id:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mask_stored(desk, boss, progress=stop)
    assert [messages(desk, number)[0].text for number in (1, 2, 3)] == [TOLD, TOLD, SENT]
    assert mask_stored(desk, boss).seen == 1
    assert messages(desk, 3)[0].text == TOLD


def test_an_answer_that_has_not_left_is_not_changed_under_way(desk: Desk, boss: AgentRow) -> None:
    page = arrived(desk, boss)
    text = f"You wrote that your PIN is {PIN}."
    replies.reply(desk, boss, page.case.id, text, seen=page.last_message_id, despite="She has changed it.")

    assert mask_stored(desk, boss).masked == 0
    with desk.database.write() as unit:
        unit.session.execute(update(OutboxItem).values(state=OutboxState.SENT))
    assert mask_stored(desk, boss).masked == 1
    assert messages(desk, 1)[-1].text == "You wrote that your PIN is ••••••."


def test_an_original_that_had_no_key_is_encrypted_once_there_is_one(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    key = tmp_path / "key"
    safe = with_safety(desk, Safety(originals="encrypt", key_file=str(key)))
    raw = mail(text=SENT)
    page = arrived(safe, boss, raw)
    originals.new_key(key)

    assert mask_stored(safe, boss).originals == 1
    assert mask_stored(safe, boss).originals == 0
    with desk.database.read() as connection:
        assert PIN.encode() not in b"".join(connection.scalars(select(Blob.data)))
    assert cases.raw(safe, boss, page.messages[0].id) == raw


def test_only_an_administrator_masks_what_is_stored(desk: Desk, ana: AgentRow) -> None:
    with pytest.raises(NotAllowedError):
        mask_stored(desk, ana)
