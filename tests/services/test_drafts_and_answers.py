"""Words not yet sent, and the canned ones to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db.kinds import AnswerState, DraftKind, Language
from db.models import AnswerText, AnswerVersion, CannedAnswer
from desk.services import answers, cases, drafts
from desk.services.errors import CaseNotFoundError
from desk.services.seeding import seed

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def texts(desk: Desk, me: AgentRow, case_id: int) -> dict[DraftKind, str]:
    return {draft.kind: draft.text for draft in cases.open_case(desk, me, case_id).drafts}


def test_the_latest_words_are_kept_with_their_moment_and_answers(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "Hel")
    clock.advance(seconds=1)

    assert drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "Hello ", ["a@1"]) == clock()
    (draft,) = cases.open_case(desk, ana, case.case.id).drafts
    assert (draft.text, draft.answers, draft.saved_at) == ("Hello ", ("a@1",), clock())


def test_a_reply_and_a_note_and_two_agents_are_kept_apart(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "mine")
    drafts.save(desk, ana, case.case.id, DraftKind.NOTE, "note")
    drafts.save(desk, budi, case.case.id, DraftKind.REPLY, "his")

    assert texts(desk, ana, case.case.id) == {DraftKind.REPLY: "mine", DraftKind.NOTE: "note"}
    assert texts(desk, budi, case.case.id) == {DraftKind.REPLY: "his"}


def test_what_is_typed_comes_back_as_it_was_but_for_what_no_database_holds(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "\ttab\x1b\u202e 退款 👨‍👩‍👧\n\0\ud800 ")

    assert texts(desk, ana, case.case.id) == {DraftKind.REPLY: "\ttab\x1b\u202e 退款 👨‍👩‍👧\n␀\ufffd "}


def test_a_discarded_or_emptied_draft_is_gone(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    for forget in (
        lambda: drafts.discard(desk, ana, case.case.id, DraftKind.REPLY),
        lambda: drafts.save(desk, ana, case.case.id, DraftKind.REPLY, ""),
    ):
        drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "words")
        forget()
        assert texts(desk, ana, case.case.id) == {}


def test_a_draft_on_no_case_is_refused_by_name(desk: Desk, ana: AgentRow) -> None:
    with pytest.raises(CaseNotFoundError, match="#9"):
        drafts.save(desk, ana, 9, DraftKind.REPLY, "words")


def test_the_catalogue_shows_the_latest_approved_version_only(desk: Desk, ana: AgentRow) -> None:
    seed(desk)
    with desk.database.write() as unit:
        answer = unit.session.scalars(select(CannedAnswer).where(CannedAnswer.key == "account.close")).one()
        for number, state in ((2, AnswerState.APPROVED), (3, AnswerState.IN_REVIEW), (4, AnswerState.DRAFT)):
            version = AnswerVersion(
                answer_id=answer.id, number=number, state=state, channels=[], variables={}, created_at=unit.now
            )
            version.texts = [AnswerText(language=Language.ENGLISH, title=f"Version {number}", text="Words")]
            unit.session.add(version)

    rows = {row.key: row for row in answers.catalogue(desk, ana)}

    assert rows["account.close"].version == 2
    assert rows["account.close"].texts[Language.ENGLISH].title == "Version 2"
    assert list(rows) == sorted(rows)


def test_an_answer_that_was_never_approved_is_not_shown(desk: Desk, ana: AgentRow) -> None:
    with desk.database.write() as unit:
        answer = CannedAnswer(key="fresh", created_at=unit.now)
        answer.versions = [
            AnswerVersion(number=1, state=AnswerState.DRAFT, channels=[], variables={}, created_at=unit.now)
        ]
        unit.session.add(answer)

    assert answers.catalogue(desk, ana) == ()


def test_topics_stand_in_the_desks_order(desk: Desk, ana: AgentRow) -> None:
    seed(desk)

    keys = [topic.key for topic in answers.topics(desk, ana)]
    assert keys
    assert keys != sorted(keys)
