"""Merging, splitting and linking: nothing is lost, nothing is left where nobody looks, and there is a way back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db.check import check
from db.kinds import DraftKind, LinkKind, OutboxState, Status
from db.models import Attachment, Event, Message, Participant
from desk.rules.permissions import NotAllowedError
from desk.services import attachments, cases, changes, claims, drafts, merging, outbox, replies, sides
from desk.services import search as searching
from desk.services.errors import (
    CaseChangedError,
    CaseError,
    CaseNotFoundError,
    CaseTakenError,
    LinkError,
    MergedCaseError,
    SplitError,
)
from tests.services.acting import counted, in_queue, kinds, last_event, mail, receive

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock


@pytest.fixture
def two(desk: Desk, ana: AgentRow) -> tuple[CaseDetail, CaseDetail]:
    """Two cases of one customer: the first about a payment, the second, with a file, about the same."""
    receive(desk, mail())
    receive(
        desk, mail("again@example.org", subject="Payment again", text="Zebra crossing", files=(("slip.pdf", b"%"),))
    )
    return cases.open_case(desk, ana, 1), cases.open_case(desk, ana, 2)


def texts(desk: Desk, me: AgentRow, case_id: int) -> list[str]:
    return [message.text.strip() for message in cases.open_case(desk, me, case_id).messages]


def found(desk: Desk, me: AgentRow, typed: str) -> list[int]:
    return [row.id for row in searching.find(desk, me, typed).rows]


def people(desk: Desk, case_id: int) -> list[str]:
    with desk.database.read() as connection:
        query = select(Participant.folded).where(Participant.case_id == case_id).order_by(Participant.folded)
        return list(connection.scalars(query))


def add_person(desk: Desk, case_id: int, address: str, joined_at: datetime | None = None) -> None:
    with desk.database.write() as unit:
        unit.session.add(
            Participant(
                case_id=case_id, folded=address, address=address, name="", added_at=unit.now, joined_at=joined_at
            )
        )


def sound(desk: Desk) -> bool:
    with desk.database.read() as connection:
        return not [problem for finding in check(connection, desk.clock()) for problem in finding.problems]


def test_a_merged_case_gives_all_it_has_and_is_closed(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    changes.tag(desk, ana, [1], "vip")
    changes.tag(desk, ana, [1, 2], "shop")
    add_person(desk, 1, "tono@example.org")
    sides.start(desk, ana, 1, to="bank@example.net", name="Bank", subject="A payment", text="Where is it?")

    merged = merging.merge(desk, ana, 1, 2)

    page, old = cases.open_case(desk, ana, 2), cases.open_case(desk, ana, 1)
    assert [message.id for message in page.messages] == [1, 2, 3]
    assert (page.tags, page.sides[0].address, people(desk, 2)) == (
        ("shop", "vip"), "bank@example.net", ["tono@example.org"],
    )  # fmt: skip
    assert (old.case.status, old.messages, old.tags, old.sides) == (Status.CLOSED, (), (), ())
    assert [(link.kind, link.other.id, link.is_from_here) for link in old.links] == [(LinkKind.MERGED_INTO, 2, True)]
    assert [(link.kind, link.other.id, link.is_from_here) for link in page.links] == [(LinkKind.MERGED_INTO, 1, False)]
    assert merged.messages == (1, 3)
    assert page.messages[1].attachments[0].filename == "slip.pdf"


def test_both_cases_tell_of_the_merge_with_what_was_carried_over(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    merging.merge(desk, ana, 1, 2)

    old, into = last_event(desk, ana, 1), last_event(desk, ana, 2)
    assert (old["after"], into["after"]) == ({"into": 2}, {"from": 1})
    assert old["messages"] == into["messages"] == [1]
    assert kinds(desk, ana, 2)[-1] == "case.merged"


def test_search_finds_what_was_said_on_the_case_where_it_is_now(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    merging.merge(desk, ana, 2, 1)

    assert (found(desk, ana, "zebra"), found(desk, ana, "slip.pdf"), found(desk, ana, "#2")) == ([1], [1], [2])
    assert sound(desk)


def test_a_case_that_needs_somebody_hands_its_need_on(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail], clock: SettableClock
) -> None:
    replies.reply(desk, ana, 2, "Answered.", seen=two[1].last_message_id)
    merging.merge(desk, ana, 1, 2)

    into = cases.open_case(desk, ana, 2).case
    assert (into.status, into.due_at) == (Status.OPEN, two[0].case.due_at)
    assert in_queue(desk, ana) == [2]


def test_the_earlier_due_moment_of_two_counts(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    changes.set_priority(desk, ana, [1], 1)
    urgent = cases.open_case(desk, ana, 1).case.due_at
    merging.merge(desk, ana, 1, 2)

    assert cases.open_case(desk, ana, 2).case.due_at == urgent


def test_an_answered_case_wakes_no_other(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    replies.reply(desk, ana, 1, "Answered.", seen=two[0].last_message_id)
    replies.reply(desk, ana, 2, "Answered.", seen=two[1].last_message_id)
    merging.merge(desk, ana, 1, 2)

    assert in_queue(desk, ana) == []


def test_unsent_words_of_everybody_go_along_below_what_was_begun_there(
    desk: Desk, ana: AgentRow, budi: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    drafts.save(desk, ana, 1, DraftKind.REPLY, "From one", details={"cc": ["a@example.org"]})
    drafts.save(desk, ana, 2, DraftKind.REPLY, "From two", details={"cc": ["b@example.org"]})
    drafts.save(desk, budi, 1, DraftKind.NOTE, "Budi's note")
    merging.merge(desk, ana, 1, 2)

    (mine,) = cases.open_case(desk, ana, 2).drafts
    assert (mine.text, mine.details) == ("From two\n\nFrom one", {"cc": ["b@example.org", "a@example.org"]})
    assert [draft.text for draft in cases.open_case(desk, budi, 2).drafts] == ["Budi's note"]
    assert cases.open_case(desk, ana, 1).drafts == ()


def test_an_answer_on_its_way_arrives_and_is_noted_where_it_is_now(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail], clock: SettableClock
) -> None:
    replies.reply(desk, ana, 1, "We look into it.", seen=two[0].last_message_id)
    clock.advance(minutes=1)
    (message,) = outbox.lease(desk, "worker")
    merging.merge(desk, ana, 1, 2)
    outbox.settle_sent(desk, message.outbox_id, "worker", None)

    sent = cases.open_case(desk, ana, 2).messages[-1]
    assert sent.delivery is not None
    assert (sent.id, sent.delivery.state) == (message.message_id, OutboxState.SENT)
    assert kinds(desk, ana, 2)[-1] == "message.sent"
    assert outbox.lease(desk, "worker") == ()


def test_an_answer_taken_back_after_a_merge_leaves_the_other_case_as_it_stands(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    replies.reply(desk, ana, 2, "Answered.", seen=two[1].last_message_id)
    sent = replies.reply(desk, ana, 1, "Answered.", seen=two[0].last_message_id)
    merging.merge(desk, ana, 1, 2)
    replies.take_back(desk, ana, sent.message_id)

    page = cases.open_case(desk, ana, 2)
    assert page.case.status is Status.WAITING_CUSTOMER
    assert page.drafts[0].text == "Answered."


def test_later_mail_of_the_thread_that_moved_joins_the_case_where_it_is_now(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    merging.merge(desk, ana, 1, 2)
    receive(desk, mail("third@example.org", in_reply_to="<first@example.org>", text="And now?"))

    assert texts(desk, ana, 2)[-1] == "And now?"


def test_a_merge_taken_back_leaves_everything_as_it_was(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    changes.tag(desk, ana, [1], "vip")
    changes.tag(desk, ana, [1, 2], "shop")
    add_person(desk, 1, "tono@example.org")
    sides.start(desk, ana, 1, to="bank@example.net", name="Bank", subject="A payment", text="Where is it?")
    replies.reply(desk, ana, 2, "Answered.", seen=two[1].last_message_id)
    before = [cases.open_case(desk, ana, case_id) for case_id in (1, 2)]

    merging.unmerge(desk, ana, merging.merge(desk, ana, 1, 2))

    for was in before:
        now = cases.open_case(desk, ana, was.case.id)
        assert (now.messages, now.tags, now.sides, now.links) == (was.messages, was.tags, was.sides, ())
        assert (now.case.status, now.case.due_at) == (was.case.status, was.case.due_at)
    assert (people(desk, 1), people(desk, 2)) == (["tono@example.org"], [])
    assert (found(desk, ana, "zebra"), found(desk, ana, '"the money is gone"')) == ([2], [1])
    assert sound(desk)


def test_what_came_since_stays_when_a_merge_is_taken_back(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    merged = merging.merge(desk, ana, 1, 2)
    receive(desk, mail("third@example.org", in_reply_to="<again@example.org>", text="And now?"))
    changes.set_priority(desk, ana, [2], 1)
    merging.unmerge(desk, ana, merged)

    assert texts(desk, ana, 2) == ["Zebra crossing", "And now?"]
    assert cases.open_case(desk, ana, 2).case.priority == 1
    assert len(texts(desk, ana, 1)) == 1


def test_a_merge_is_taken_back_once(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    merged = merging.merge(desk, ana, 1, 2)
    merging.unmerge(desk, ana, merged)
    before = counted(desk, Event)

    with pytest.raises(CaseChangedError):
        merging.unmerge(desk, ana, merged)
    assert counted(desk, Event) == before


def test_a_merge_whose_messages_went_on_elsewhere_is_not_taken_back(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    merged = merging.merge(desk, ana, 1, 2)
    merging.split(desk, ana, 2, [1])

    with pytest.raises(CaseChangedError, match="#2"):
        merging.unmerge(desk, ana, merged)
    assert texts(desk, ana, 1) == []


def test_a_case_is_not_merged_into_itself(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(CaseError, match="into itself"):
        merging.merge(desk, ana, 1, 1)


def test_a_merged_case_is_merged_no_more_and_nothing_into_it(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    receive(desk, mail("third@example.org", subject="Third"))
    merging.merge(desk, ana, 1, 2)

    for one, other in ((1, 3), (3, 1), (2, 1)):
        with pytest.raises(MergedCaseError, match="#1 was merged into #2"):
            merging.merge(desk, ana, one, other)


def test_nothing_is_merged_into_a_closed_case_where_nobody_looks(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    changes.set_status(desk, ana, [2], Status.CLOSED)
    with pytest.raises(CaseError, match="#2 is closed"):
        merging.merge(desk, ana, 1, 2)

    merging.merge(desk, ana, 2, 1)
    assert len(texts(desk, ana, 1)) == 2


def test_cases_of_two_customers_are_merged_only_by_who_may(desk: Desk, ana: AgentRow, sari: AgentRow) -> None:
    receive(desk, mail(), mail("other@example.org", sender="Shop <shop@example.org>", text="It is about Dewi."))
    with pytest.raises(NotAllowedError, match="merge cases of two customers"):
        merging.merge(desk, ana, 2, 1)
    assert len(texts(desk, ana, 1)) == 1

    merging.merge(desk, sari, 2, 1)
    assert len(texts(desk, ana, 1)) == 2
    assert cases.open_case(desk, sari, 1).customer.name == "Dewi Lestari"


@pytest.mark.parametrize("taken", [1, 2])
def test_what_somebody_else_has_is_merged_only_by_who_may_take_it(
    desk: Desk, ana: AgentRow, budi: AgentRow, sari: AgentRow, two: tuple[CaseDetail, CaseDetail], taken: int
) -> None:
    claims.take(desk, budi, taken)
    with pytest.raises(CaseTakenError, match="Budi has"):
        merging.merge(desk, ana, 1, 2)

    merging.merge(desk, sari, 1, 2)


def test_a_case_that_is_none_is_not_merged(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(CaseNotFoundError):
        merging.merge(desk, ana, 1, 99)


def test_a_change_seen_before_a_merge_is_not_undone_over_it(
    desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    done = changes.set_priority(desk, ana, [2], 1)
    merging.merge(desk, ana, 1, 2)

    assert "changed again" in changes.undo(desk, ana, done).refused[0][1]


def thread(desk: Desk, me: AgentRow) -> CaseDetail:
    receive(desk, mail())
    receive(desk, mail("b@example.org", in_reply_to="<first@example.org>", text="Also, my card is lost. Quokka."))
    receive(desk, mail("c@example.org", in_reply_to="<first@example.org>", text="About the payment:"))
    return cases.open_case(desk, me, 1)


def test_messages_split_off_are_a_case_of_the_same_customer(desk: Desk, ana: AgentRow) -> None:
    page = thread(desk, ana)
    new = merging.split(desk, ana, 1, [page.messages[1].id])

    assert (new.customer_id, new.status, new.assignee_id) == (page.case.customer_id, Status.NEW, None)
    assert (texts(desk, ana, new.id), len(texts(desk, ana, 1))) == (["Also, my card is lost. Quokka."], 2)
    assert new.due_at is not None
    assert set(in_queue(desk, ana)) == {1, new.id}
    (link,) = cases.open_case(desk, ana, new.id).links
    assert (link.kind, link.other.id, link.is_from_here) == (LinkKind.SPLIT_FROM, 1, True)
    assert (found(desk, ana, "quokka"), sound(desk)) == ([new.id], True)


def test_both_cases_tell_of_the_split(desk: Desk, ana: AgentRow) -> None:
    page = thread(desk, ana)
    new = merging.split(desk, ana, 1, [page.messages[1].id])

    assert kinds(desk, ana, new.id) == ["case.opened", "case.split"]
    assert last_event(desk, ana, 1) == {"after": {"into": new.id}, "messages": [page.messages[1].id]}


def test_what_is_split_off_my_case_is_mine_and_a_split_is_put_back_by_merging(desk: Desk, ana: AgentRow) -> None:
    page = thread(desk, ana)
    claims.take(desk, ana, 1)
    new = merging.split(desk, ana, 1, [page.messages[1].id])
    assert (new.assignee_id, new.status) == (ana.id, Status.OPEN)

    merging.merge(desk, ana, new.id, 1)
    assert texts(desk, ana, 1) == [message.text.strip() for message in page.messages]


def test_a_split_whose_last_word_is_ours_waits_for_the_customer(desk: Desk, ana: AgentRow) -> None:
    page = thread(desk, ana)
    sent = replies.reply(desk, ana, 1, "Your card is blocked.", seen=page.last_message_id)
    new = merging.split(desk, ana, 1, [page.messages[1].id, sent.message_id])

    assert (new.status, new.due_at) == (Status.WAITING_CUSTOMER, None)


def test_an_answer_taken_back_leaves_a_split_case_to_be_answered(desk: Desk, ana: AgentRow) -> None:
    page = thread(desk, ana)
    sent = replies.reply(desk, ana, 1, "Your card is blocked.", seen=page.last_message_id)
    replies.take_back(desk, ana, sent.message_id)

    assert merging.split(desk, ana, 1, [page.messages[1].id, sent.message_id]).status is Status.OPEN


def test_who_wrote_in_copy_has_part_in_the_case_that_is_split_off(desk: Desk, ana: AgentRow) -> None:
    page = thread(desk, ana)
    add_person(desk, 1, "dewi@example.org", desk.clock())
    add_person(desk, 1, "silent@example.org")
    new = merging.split(desk, ana, 1, [page.messages[1].id])

    assert people(desk, new.id) == ["dewi@example.org"]


@pytest.mark.parametrize(
    ("chosen", "why"), [([], "Choose"), ([1, 2, 3], "Nothing would be left"), ([1, 99], "Not all"), ([4], "Not all")]
)
def test_what_cannot_be_split_off_stays(desk: Desk, ana: AgentRow, chosen: list[int], why: str) -> None:
    thread(desk, ana)
    receive(desk, mail("other@example.org", sender="other@example.org"))

    with pytest.raises(SplitError, match=why):
        merging.split(desk, ana, 1, chosen)
    assert len(texts(desk, ana, 1)) == 3


def test_mail_with_a_third_party_is_not_split_off_alone(desk: Desk, ana: AgentRow) -> None:
    thread(desk, ana)
    sent = sides.start(desk, ana, 1, to="bank@example.net", name="", subject="A payment", text="Where is it?")

    with pytest.raises(SplitError, match="third party"):
        merging.split(desk, ana, 1, [sent.message_id])


def test_nothing_is_split_off_a_merged_case_or_one_that_somebody_else_has(
    desk: Desk, ana: AgentRow, budi: AgentRow, two: tuple[CaseDetail, CaseDetail]
) -> None:
    merging.merge(desk, ana, 1, 2)
    with pytest.raises(MergedCaseError):
        merging.split(desk, ana, 1, [1])

    claims.take(desk, budi, 2)
    with pytest.raises(CaseTakenError):
        merging.split(desk, ana, 2, [1])


def test_files_go_with_their_messages(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    merging.merge(desk, ana, 2, 1)
    new = merging.split(desk, ana, 1, [2])

    (file,) = cases.open_case(desk, ana, new.id).messages[0].attachments
    assert attachments.content(desk, ana, file.id) == b"%"
    assert counted(desk, Attachment) == 1
    assert counted(desk, Message) == 2


def test_linked_cases_name_each_other_once(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    merging.link(desk, ana, 1, 2)
    merging.link(desk, ana, 2, 1)

    assert [[link.other.id for link in cases.open_case(desk, ana, each).links] for each in (1, 2)] == [[2], [1]]
    assert [kinds(desk, ana, each).count("case.linked") for each in (1, 2)] == [1, 1]


def test_a_link_is_taken_off_from_either_side(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    merging.link(desk, ana, 1, 2)
    merging.unlink(desk, ana, 2, 1)

    assert cases.open_case(desk, ana, 1).links == ()
    with pytest.raises(LinkError, match="not linked by hand"):
        merging.unlink(desk, ana, 1, 2)


def test_a_case_is_not_linked_with_itself_or_with_none(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(LinkError):
        merging.link(desk, ana, 1, 1)
    with pytest.raises(CaseNotFoundError):
        merging.link(desk, ana, 1, 2)


def test_a_merge_is_no_link_to_be_taken_off(desk: Desk, ana: AgentRow, two: tuple[CaseDetail, CaseDetail]) -> None:
    merging.merge(desk, ana, 1, 2)

    with pytest.raises(LinkError):
        merging.unlink(desk, ana, 1, 2)
