"""Answers with copies and files: all of it goes, comes back when taken back, and gives nobody more than is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db.kinds import Channel, DraftKind
from db.models import Draft, Participant
from db.rows import OutgoingFile
from desk.rules.addressing import reply_address
from desk.services import attachments, cases, draft_files, drafts, outbox, replies
from desk.services.desk import Desk
from desk.services.errors import CaseError, CaseNotFoundError, FilesError, RecipientError
from desk.settings import Mail, Mailbox, Settings
from tests.services.acting import arrived, counted, key_of, kinds, mail, newest, receive_line, with_refunds_mailbox

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail, OutgoingRow
    from tests.clock import SettableClock


def answer(desk: Desk, me: AgentRow, case: CaseDetail, **more: object) -> replies.Sent:
    return replies.reply(desk, me, case.case.id, "We look into it.", seen=case.last_message_id, **more)  # type: ignore[arg-type]


def on_its_way(desk: Desk, clock: SettableClock) -> OutgoingRow:
    clock.advance(seconds=10)
    (message,) = outbox.lease(desk, "worker")
    return message


def people(desk: Desk) -> list[tuple[str, int | None]]:
    """Who beside the customer has part in any case, and who gave it to them."""
    with desk.database.read() as connection:
        rows = connection.execute(select(Participant.folded, Participant.agent_id).order_by(Participant.folded))
        return [(folded, agent_id) for folded, agent_id in rows]


def attach(desk: Desk, me: AgentRow, case: CaseDetail, name: str, content: bytes = b"x") -> int:
    return draft_files.add(desk, me, case.case.id, DraftKind.REPLY, name, "text/plain", content).position


def test_copies_go_where_they_are_meant_to(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    answer(desk, ana, case, cc=["Budi <budi@example.org>", "BUDI@example.org"], bcc=["boss@example.com"])

    details = on_its_way(desk, clock).details
    assert details["cc"] == [["Budi", "budi@example.org"]]
    assert details["bcc"] == [["", "boss@example.com"]]


def test_who_is_in_copy_has_part_in_the_case_and_who_is_in_blind_copy_has_not(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    answer(desk, ana, case, cc=["Budi@Example.org"], bcc=["boss@example.com"])

    assert people(desk) == [("budi@example.org", ana.id)]
    assert "person.added" in kinds(desk, ana, case.case.id)


def test_who_has_part_already_keeps_it_when_the_answer_is_taken_back(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    answer(desk, ana, case, cc=["budi@example.org"])
    second = answer(desk, ana, newest(desk, ana), cc=["budi@example.org", "cici@example.org"])
    assert len(people(desk)) == 2

    replies.take_back(desk, ana, second.message_id)

    assert [folded for folded, _ in people(desk)] == ["budi@example.org"]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "budi",
        "a b@x.org",
        "a@",
        "@x.org",
        "a@x.org\r\nBcc: b@y.org",
        "a@x.org, b@y.org",
        "a@-x-.org",
        "x" * 65 + "@y.z",
    ],
)
def test_what_is_no_address_gets_no_copy_and_nothing_is_sent(
    desk: Desk, ana: AgentRow, case: CaseDetail, written: str
) -> None:
    with pytest.raises(RecipientError, match="not an address"):
        answer(desk, ana, case, bcc=[written])

    assert len(cases.open_case(desk, ana, case.case.id).messages) == 1


@pytest.mark.parametrize("own", ["support@example.com", "Support+case1-abcdefgh@example.com", "refunds@example.com"])
def test_the_desk_sends_no_copy_to_itself(desk: Desk, ana: AgentRow, case: CaseDetail, own: str) -> None:
    with pytest.raises(RecipientError, match="the desk's own"):
        answer(with_refunds_mailbox(desk), ana, case, cc=[own])


def test_too_many_copies_are_a_mailing_and_refused(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(CaseError, match="20 people"):
        answer(desk, ana, case, cc=[f"c{number}@example.org" for number in range(21)])


def test_only_mail_has_copies(desk: Desk, ana: AgentRow) -> None:
    line = b'{"channel":"chat","external_id":"1","from":{"handle":"h"},"text":"hi","at":"2026-11-23T13:14:00Z"}'
    receive_line(desk, Channel.CHAT, line)

    with pytest.raises(CaseError, match="Only mail has copies"):
        answer(desk, ana, newest(desk, ana), cc=["budi@example.org"])


def test_the_answer_to_an_answer_comes_to_the_signed_address_of_its_case(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    answer(desk, ana, case)

    assert on_its_way(desk, clock).details["reply_to"] == reply_address("support@example.com", 1, key_of(desk))


def test_where_the_mail_server_knows_no_plus_the_answer_comes_to_the_plain_address(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    plain = Settings(data_dir=desk.settings.data_dir, mail=Mail(subaddressing=False))
    answer(Desk(desk.database, plain, desk.clock), ana, case)

    message = on_its_way(desk, clock)
    assert "reply_to" not in message.details
    assert "[#1-" in message.subject


def test_files_of_the_draft_go_along_with_their_bytes_in_their_order(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    attach(desk, ana, case, "退款.txt", "好".encode())
    attach(desk, ana, case, "b.txt", b"second")

    answer(desk, ana, case)

    assert on_its_way(desk, clock).files == (
        OutgoingFile("退款.txt", "text/plain", "好".encode()),
        OutgoingFile("b.txt", "text/plain", b"second"),
    )
    first, _ = cases.open_case(desk, ana, case.case.id).messages[-1].attachments
    assert attachments.content(desk, ana, first.id) == "好".encode()
    assert draft_files.listed(desk, ana, case.case.id, DraftKind.REPLY) == ()


def test_only_the_chosen_files_go_along(desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock) -> None:
    attach(desk, ana, case, "a.txt")
    chosen = attach(desk, ana, case, "b.txt")

    answer(desk, ana, case, files=[chosen])

    assert [each.filename for each in on_its_way(desk, clock).files] == ["b.txt"]


def test_nothing_is_sent_without_a_file_that_was_taken_off_meanwhile(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    gone = attach(desk, ana, case, "a.txt")
    draft_files.remove(desk, ana, case.case.id, DraftKind.REPLY, gone)

    with pytest.raises(FilesError, match="taken off meanwhile"):
        answer(desk, ana, case, files=[gone])
    assert len(cases.open_case(desk, ana, case.case.id).messages) == 1


def test_an_answer_taken_back_gives_the_draft_its_files_and_copies_again(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    attach(desk, ana, case, "a.txt", b"first")
    sent = answer(desk, ana, case, cc=["Budi <budi@example.org>"], bcc=["boss@example.com"])
    attach(desk, ana, case, "since.txt")

    replies.take_back(desk, ana, sent.message_id)

    kept = draft_files.listed(desk, ana, case.case.id, DraftKind.REPLY)
    assert [(each.filename, each.size) for each in kept] == [("since.txt", 1), ("a.txt", 5)]
    with desk.database.read() as connection:
        details = connection.scalar(select(Draft.details))
    assert details == {"cc": ["Budi <budi@example.org>"], "bcc": ["boss@example.com"]}
    assert people(desk) == []


def test_files_are_of_one_agent_and_one_kind_of_draft(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    attach(desk, ana, case, "a.txt")
    draft_files.add(desk, ana, case.case.id, DraftKind.SIDE, "side.txt", "", b"")

    assert draft_files.listed(desk, budi, case.case.id, DraftKind.REPLY) == ()
    assert [each.filename for each in draft_files.listed(desk, ana, case.case.id, DraftKind.SIDE)] == ["side.txt"]
    assert [each.filename for each in draft_files.listed(desk, ana, case.case.id, DraftKind.REPLY)] == ["a.txt"]


def test_files_outlive_an_emptied_text_and_go_with_a_discarded_draft(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    attach(desk, ana, case, "a.txt")

    drafts.save(desk, ana, case.case.id, DraftKind.REPLY, "")
    assert len(draft_files.listed(desk, ana, case.case.id, DraftKind.REPLY)) == 1
    drafts.discard(desk, ana, case.case.id, DraftKind.REPLY)

    assert draft_files.listed(desk, ana, case.case.id, DraftKind.REPLY) == ()


def test_more_than_mail_servers_take_is_refused_where_it_can_still_be_helped(
    desk: Desk, ana: AgentRow, case: CaseDetail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draft_files, "MOST_BYTES", 1_000_000)
    attach(desk, ana, case, "a.bin", b"x" * 700_000)

    with pytest.raises(FilesError, match=r"b\.bin does not fit: .* 1 MB together"):
        attach(desk, ana, case, "b.bin", b"x" * 300_001)
    attach(desk, ana, case, "b.bin", b"x" * 300_000)


def test_there_is_an_end_to_the_number_of_files(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    for number in range(draft_files.MOST_FILES):
        attach(desk, ana, case, f"{number}")

    with pytest.raises(FilesError, match="20 files"):
        attach(desk, ana, case, "one more")


def test_there_are_no_files_on_a_case_that_is_not_there(desk: Desk, ana: AgentRow) -> None:
    with pytest.raises(CaseNotFoundError):
        draft_files.add(desk, ana, 999, DraftKind.REPLY, "a", "", b"")


def test_what_came_through_a_mailing_list_is_answered_to_the_person_only(
    desk: Desk, ana: AgentRow, clock: SettableClock
) -> None:
    page = arrived(
        desk,
        ana,
        mail(
            to="wallets@lists.example.org",
            reply_to="wallets@lists.example.org",
            list_id="<wallets.lists.example.org>",
            list_post="<mailto:wallets@lists.example.org>",
            precedence="list",
        ),
    )
    answer(desk, ana, page)

    details = on_its_way(desk, clock).details
    assert (details["to"], details.get("cc")) == ("dewi@example.org", None)


def test_case_mail_is_answered_from_the_address_of_its_mailbox(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    box = Mailbox(host="imap.example.com", user="x", reply_address="refunds@example.net", from_name="Refunds")
    mine = Desk(
        desk.database, Settings(data_dir=desk.settings.data_dir, mail=Mail(mailboxes={"refunds": box})), desk.clock
    )
    with mine.database.write() as unit:
        from db.models import Case

        unit.session.get_one(Case, case.case.id).mailbox = "refunds"

    answer(mine, ana, newest(desk, ana))

    message = on_its_way(mine, clock)
    assert message.details["mailbox"] == "refunds"
    assert message.details["reply_to"] == reply_address("refunds@example.net", 1, key_of(desk))
    assert str(message.external_id).endswith("@example.net")


def test_nothing_is_counted_twice_when_the_same_file_is_put_twice(
    desk: Desk, ana: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    from db.models import Blob

    before = counted(desk, Blob)
    attach(desk, ana, case, "a.txt", b"same")
    attach(desk, ana, case, "b.txt", b"same")
    answer(desk, ana, case)

    assert counted(desk, Blob) == before + 1
    assert len(on_its_way(desk, clock).files) == 2
