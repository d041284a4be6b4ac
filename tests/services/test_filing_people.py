"""Who may write on a case beside its customer, and who only says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from db.kinds import Status
from db.models import Participant
from desk.rules.addressing import signature
from desk.services import cases, changes
from tests.services.acting import arrived, key_of, kinds, mail, newest, receive
from tests.services.filing import EVE, REPORT, all_cases, messages

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk

BUDI = "Budi <budi@example.org>"


@pytest.fixture
def copied(desk: Desk, ana: AgentRow) -> CaseDetail:
    """A case whose customer put Budi in copy."""
    return arrived(desk, ana, mail(cc=BUDI))


def answer(message_id: str = "budi-1@example.org", sender: str = BUDI, **headers: str) -> bytes:
    return mail(
        message_id, sender=sender, text="Here is the receipt.", **({"in_reply_to": "<first@example.org>"} | headers)
    )


def people(desk: Desk, ana: AgentRow, case_id: int = 1) -> list[str]:
    return [each.address for each in cases.open_case(desk, ana, case_id).participants]


def test_whom_the_customer_puts_in_copy_may_write_and_is_shown_as_a_new_sender_once(
    desk: Desk, ana: AgentRow, copied: CaseDetail
) -> None:
    changes.set_status(desk, ana, [1], Status.WAITING_CUSTOMER)

    assert receive(desk, answer()) == REPORT(taken_in=1, threaded=1)
    assert receive(desk, answer("budi-2@example.org")) == REPORT(taken_in=1, threaded=1)

    page = cases.open_case(desk, ana, 1)
    assert [each.details.get("joined", False) for each in page.messages] == [False, True, False]
    assert page.participants[0].joined_at is not None
    assert page.case.status is Status.OPEN
    assert kinds(desk, ana, 1).count("sender.joined") == 1
    assert kinds(desk, ana, 1).count("person.added") == 1


def test_the_case_stays_its_customers(desk: Desk, ana: AgentRow, copied: CaseDetail) -> None:
    receive(desk, answer())

    assert newest(desk, ana).customer.name == "Dewi Lestari"


def test_a_signed_name_of_the_case_is_enough_for_who_is_in_copy(desk: Desk, ana: AgentRow, copied: CaseDetail) -> None:
    named = f"Re: My payment failed [#1-{signature(1, key_of(desk))}]"

    assert receive(desk, mail("budi-1@example.org", sender=BUDI, subject=named)).threaded == 1


@pytest.mark.parametrize("named", ["[#1]", "[#1-aaaaaaaa]"])
def test_a_forged_name_joins_nothing_for_who_is_in_copy_either(
    desk: Desk, ana: AgentRow, copied: CaseDetail, named: str
) -> None:
    assert receive(desk, mail("budi-1@example.org", sender=BUDI, subject=f"Re: {named}")).new_cases == 1
    assert newest(desk, ana).review_id == 1


def test_in_copy_and_answering_within_one_mailbox_is_one_case(desk: Desk, ana: AgentRow) -> None:
    assert receive(desk, mail(cc=BUDI), answer()) == REPORT(taken_in=2, new_cases=1, threaded=1)
    assert cases.open_case(desk, ana, 1).participants[0].joined_at is not None


def test_an_agent_may_have_put_them_in_copy(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with desk.database.write() as unit:
        unit.session.execute(
            insert(Participant).values(
                case_id=1,
                folded="budi@example.org",
                address="budi@example.org",
                name="Budi",
                agent_id=ana.id,
                added_at=unit.now,
            )
        )

    assert receive(desk, answer()).threaded == 1
    assert messages(desk, 1)[-1].details["joined"] is True


def test_a_stranger_joins_nothing_by_putting_somebody_in_copy(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    forged = mail("eve-1@example.net", sender=EVE, cc=BUDI, in_reply_to="<first@example.org>")

    assert receive(desk, forged).new_cases == 1
    assert people(desk, ana) == []
    assert receive(desk, answer()).new_cases == 1


def test_who_is_in_copy_cannot_bring_others_in(desk: Desk, ana: AgentRow, copied: CaseDetail) -> None:
    receive(desk, answer(cc=EVE))

    assert people(desk, ana) == ["budi@example.org"]
    assert receive(desk, answer("eve-1@example.net", EVE)).new_cases == 1


def test_an_automatic_answer_puts_nobody_in_copy(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    receive(desk, answer("away@example.org", "Dewi <dewi@example.org>", cc=EVE, auto_submitted="auto-replied"))

    assert people(desk, ana) == []


def test_the_first_word_of_a_program_of_theirs_is_not_their_first_word(
    desk: Desk, ana: AgentRow, copied: CaseDetail
) -> None:
    receive(desk, answer("away@example.org", auto_submitted="auto-replied"), answer())

    assert [each.details.get("joined", False) for each in messages(desk, 1)] == [False, False, True]


OURS = [
    "support@example.com",
    "SUPPORT@Example.com",
    "support+case9-abcdefgh@example.com",
    "sup\u200bport@example.com",
    "desk+case1@elsewhere.example",
    "dewi@example.org",
    "Dewi <DEWI@EXAMPLE.ORG>",
    "undisclosed-recipients:;",
    "nobody",
    "@example.org",
    ", ,,,",
]


@pytest.mark.parametrize("cc", OURS)
def test_neither_the_desk_nor_the_customer_nor_what_is_no_address_becomes_somebody_in_copy(
    desk: Desk, ana: AgentRow, cc: str
) -> None:
    raw = mail().replace(b"Subject:", b"Cc: " + cc.encode() + b"\r\nSubject:", 1)

    arrived(desk, ana, raw)

    assert people(desk, ana) == []


def test_nobody_puts_a_thousand_people_in_copy(desk: Desk, ana: AgentRow) -> None:
    everybody = ", ".join(f"p{number}@example.org" for number in range(1000))

    receive(desk, mail(cc=everybody), mail("2@example.org", cc="late@example.org", in_reply_to="<first@example.org>"))

    assert len(people(desk, ana)) == 20


def test_one_address_in_several_spellings_is_one_person(desk: Desk, ana: AgentRow) -> None:
    receive(desk, mail(cc="budi@example.org, BUDI@example.org, B <Budi@Example.Org.>"))

    assert len(people(desk, ana)) == 1


def test_after_closing_who_is_in_copy_gets_a_follow_up_of_their_own(
    desk: Desk, ana: AgentRow, copied: CaseDetail
) -> None:
    changes.set_status(desk, ana, [1], Status.CLOSED)

    assert receive(desk, answer()).new_cases == 1
    first, second = all_cases(desk)
    assert (first.status, second.follows_id) == (Status.CLOSED, 1)
    assert second.customer_id != first.customer_id
