"""What customers should never send is hidden as it arrives: on the case, in search, in the original, in a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import select

from db.kinds import CallFollowUp, CallOutcome, Channel
from db.models import Blob, Call, Message, MessageAnswer, SearchDocument
from desk.rules.permissions import NotAllowedError
from desk.services import calls, cases, intake, originals, search, sides
from desk.services.desk import Desk
from desk.services.errors import CaseError
from desk.settings import Safety
from tests.services.acting import arrived, kinds, mail, newest, receive, receive_line
from tests.services.filing import acknowledgements, all_cases, messages, receive_live

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow

CARD, PIN = "4111 1111 1111 1111", "482913"
SENT = f"My card {CARD} was charged twice, my PIN is {PIN}. The order is 4556123478901230."
TOLD = "My card •••• •••• •••• 1111 was charged twice, my PIN is ••••••. The order is 4556123478901230."


def everything_stored(desk: Desk) -> str:
    """All that tables hold, as text, other than what files hold."""
    tables = Message.metadata.sorted_tables
    with desk.database.read() as connection:
        return "\n".join(str(row) for table in tables for row in connection.execute(select(table)))


def letter(**more: str) -> bytes:
    return mail(**({"subject": f"Card {CARD}", "text": SENT} | more))  # type: ignore[arg-type]


def chat(text: str, at: str = "2026-11-23T13:00:00Z", number: int = 1) -> bytes:
    line = {"channel": "chat", "external_id": f"c{number}", "at": at, "text": text, "language": "en"}
    return msgspec.json.encode(line | {"from": {"name": "Dewi", "handle": f"@dewi{number}"}})


def warnings(desk: Desk, case_id: int) -> list[Message]:
    """The messages that were made of the answer about codes."""
    with desk.database.write() as unit:
        query = select(Message).join(MessageAnswer, MessageAnswer.message_id == Message.id)
        return list(unit.session.scalars(query.where(Message.case_id == case_id).order_by(Message.id)))


def test_what_a_customer_sends_is_nowhere_to_be_read_and_the_rest_is_as_it_was(desk: Desk, ana: AgentRow) -> None:
    page = arrived(desk, ana, letter())

    (message,) = page.messages
    assert message.text.strip() == message.new_text.strip() == TOLD
    assert message.subject == page.case.subject == "Card •••• •••• •••• 1111"
    stored = everything_stored(desk)
    assert PIN not in stored
    assert CARD not in stored
    assert CARD.replace(" ", "") not in stored


def test_search_finds_the_last_four_digits_and_never_the_number(desk: Desk, ana: AgentRow) -> None:
    receive(desk, letter())

    def found(words: str) -> list[int]:
        return [row.id for row in search.find(desk, ana, words).rows]

    assert found("1111") == [1]
    assert found("4556123478901230") == [1]
    assert found(PIN) == found("4111111111111111") == found(f'"{CARD}"') == []
    with desk.database.read() as connection:
        assert "4111" not in (connection.scalar(select(SearchDocument.terms)) or "")


def test_the_case_notes_what_was_masked_and_never_the_value(desk: Desk, ana: AgentRow) -> None:
    receive(desk, letter())

    event = cases.history(desk, ana, 1)[0]
    assert event.kind == "message.masked"
    assert event.data["found"] == {"card": 2, "pin": 1}
    assert event.data["original"] == "dropped"


def test_a_message_without_a_secret_is_left_alone(desk: Desk, ana: AgentRow) -> None:
    raw = mail(text="The order is 4556123478901230, my PIN is blocked.")
    page = arrived(desk, ana, raw)

    assert kinds(desk, ana, 1) == ["case.opened", "message.received"]
    assert cases.raw(desk, ana, page.messages[0].id) == raw


def test_the_original_is_dropped_and_the_same_mail_again_is_known(desk: Desk, boss: AgentRow) -> None:
    page = arrived(desk, boss, letter())

    with pytest.raises(CaseError, match="was dropped because"):
        cases.raw(desk, boss, page.messages[0].id)
    assert receive(desk, letter()) == intake.IntakeReport(known=1)
    assert len(all_cases(desk)) == 1


def test_an_original_is_encrypted_and_opened_by_a_supervisor_alone_who_is_noted(
    desk: Desk, boss: AgentRow, ana: AgentRow, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    originals.new_key(key)
    safe = with_safety(desk, Safety(originals="encrypt", key_file=str(key)))
    page = arrived(safe, ana, letter())

    with desk.database.read() as connection:
        assert PIN.encode() not in b"".join(connection.scalars(select(Blob.data)))
    with pytest.raises(NotAllowedError):
        cases.raw(safe, ana, page.messages[0].id)
    assert cases.raw(safe, boss, page.messages[0].id) == letter()
    assert kinds(desk, boss, 1)[-1] == "message.revealed"
    with pytest.raises(CaseError, match=r"safety\.key_file"):
        cases.raw(desk, boss, page.messages[0].id)


def test_no_mail_waits_for_a_key_that_is_not_there(desk: Desk, boss: AgentRow) -> None:
    safe = with_safety(desk, Safety(originals="encrypt", key_file="/nowhere/key"))
    page = arrived(safe, boss, letter())

    assert page.messages[0].text.strip() == TOLD
    assert cases.history(desk, boss, 1)[0].data["original"] == "kept"
    assert cases.raw(safe, boss, page.messages[0].id) == letter()


@pytest.mark.seeded
def test_the_customer_is_warned_once_a_case_in_their_language(desk: Desk, ana: AgentRow) -> None:
    text = "Halo, saya mau tanya kenapa pembayaran saya gagal. PIN saya 482913 dan saldo saya terpotong."
    receive_live(desk, mail(subject="Pembayaran gagal", text=text))
    receive_live(desk, mail("b@example.org", text="OTP saya 482913", in_reply_to="<first@example.org>"))

    (warning,) = warnings(desk, 1)
    assert "Jangan" in warning.text or "PIN, atau kata sandi" in warning.text
    assert warning.is_automatic
    assert warning.details["automatic"] is True
    assert kinds(desk, ana, 1).count("message.warned") == 1
    assert kinds(desk, ana, 1).count("message.masked") == 2


@pytest.mark.seeded
@pytest.mark.parametrize(
    "raw",
    [
        letter(auto_submitted="auto-replied"),
        letter(sender="noreply@example.org"),
        letter(sender="support@example.com"),
        letter(precedence="list", list_id="<a.example.org>"),
    ],
)
def test_no_program_is_warned(desk: Desk, ana: AgentRow, raw: bytes) -> None:
    receive_live(desk, raw)

    assert "message.masked" in kinds(desk, ana, 1)
    assert warnings(desk, 1) == []


@pytest.mark.slow
@pytest.mark.seeded
def test_two_machines_fall_silent(desk: Desk, ana: AgentRow) -> None:
    for number in range(40):
        receive_live(desk, letter(message_id=f"{number}@example.org"))

    assert sum(len(warnings(desk, case.id)) for case in all_cases(desk)) <= 20


@pytest.mark.seeded
def test_a_chat_is_warned_as_it_arrives_and_not_when_it_comes_with_old_ones(desk: Desk, ana: AgentRow) -> None:
    now = desk.clock()
    receive_line(desk, Channel.CHAT, chat("my pin is 482913", now.isoformat()))
    receive_line(desk, Channel.CHAT, chat("my pin is 482914", "2024-01-01T10:00:00Z", 2))

    assert [len(warnings(desk, case.id)) for case in all_cases(desk)] == [1, 0]
    assert [each.text for each in messages(desk, 2)] == ["my pin is ••••••"]


def test_nothing_is_lost_where_the_answer_is_not_approved(desk: Desk, ana: AgentRow) -> None:
    receive_live(desk, letter())

    assert newest(desk, ana).messages[0].text.strip() == TOLD
    assert len(acknowledgements(desk)) == 1


@pytest.mark.seeded
def test_a_third_partys_mail_is_masked_and_not_warned(desk: Desk, ana: AgentRow) -> None:
    page = arrived(desk, ana)
    sides.start(desk, ana, page.case.id, to="help@bank.example", name="Bank", subject="A transfer", text="Where is it?")
    name = messages(desk, 1)[-1].external_id
    receive_live(desk, letter(message_id="s@bank.example", sender="help@bank.example", in_reply_to=f"<{name}>"))

    last = messages(desk, 1)[-1]
    assert last.side_id is not None
    assert last.text.strip() == TOLD
    assert warnings(desk, 1) == []


def test_notes_of_a_call_are_masked_when_it_is_wrapped_up(desk: Desk, ana: AgentRow) -> None:
    call = calls.start(desk, ana, "+62 812 1111 2222")
    notes = f"Reads me her card {CARD}"
    calls.wrap_up(desk, ana, call.id, CallOutcome.HELPED, CallFollowUp.SOLVE, notes=notes)

    assert messages(desk, 1)[-1].text == "Reads me her card •••• •••• •••• 1111"
    with desk.database.read() as connection:
        assert connection.scalar(select(Call.notes)) == "Reads me her card •••• •••• •••• 1111"


def with_safety(desk: Desk, safety: Safety) -> Desk:
    return replace(desk, settings=msgspec.structs.replace(desk.settings, safety=safety))
