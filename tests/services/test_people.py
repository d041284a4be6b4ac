"""Who is at the desk, and that every use case asks what they may do."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import Channel, DraftKind, Role, Status
from desk.rules import permissions
from desk.rules.permissions import NotAllowedError, Permission
from desk.services import agents, answers, attachments, cases, changes, claims, drafts, events, intake, queue, replies
from desk.services.agents import LoginTakenError, UnknownAgentError
from tests.services.acting import receive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk


def test_the_first_to_come_is_the_administrator(desk: Desk) -> None:
    assert agents.sign_in(desk, "dewi").role is Role.ADMINISTRATOR


def test_of_two_who_come_first_at_once_one_is_the_administrator(desk: Desk) -> None:
    roles: list[Role | None] = []
    start = threading.Barrier(4)

    def come(login: str) -> None:
        start.wait()
        try:
            roles.append(agents.sign_in(desk, login).role)
        except UnknownAgentError:
            roles.append(None)

    threads = [threading.Thread(target=come, args=(f"agent{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, roles)) == ["None", "None", "None", "administrator"]


def test_who_is_not_known_is_told_what_to_do(desk: Desk, boss: AgentRow) -> None:
    with pytest.raises(UnknownAgentError, match="--as LOGIN"):
        agents.sign_in(desk, "stranger")


@pytest.mark.parametrize("login", ["", "  ", "\u200b"])
def test_nobody_signs_in_without_a_name(desk: Desk, login: str) -> None:
    with pytest.raises(UnknownAgentError):
        agents.sign_in(desk, login)


def test_signing_in_again_finds_the_same_person(desk: Desk, ana: AgentRow) -> None:
    assert agents.sign_in(desk, "ana") == ana


def test_two_people_have_two_logins(desk: Desk, boss: AgentRow, ana: AgentRow) -> None:
    with pytest.raises(LoginTakenError, match="'ana'"):
        agents.add(desk, boss, login="ana", name="Another", role=Role.AGENT)


def test_colleagues_stand_by_name(desk: Desk, sari: AgentRow, ana: AgentRow, boss: AgentRow) -> None:
    assert [each.name for each in agents.colleagues(desk, ana)] == ["Ana", "Sari", "boss"]


@pytest.mark.parametrize("role", [Role.AGENT, Role.SENIOR, Role.SUPERVISOR])
def test_only_an_administrator_adds_people(desk: Desk, boss: AgentRow, role: Role) -> None:
    other = agents.add(desk, boss, login="other", name="Other", role=role)

    with pytest.raises(NotAllowedError):
        agents.add(desk, other, login="friend", name="Friend", role=Role.ADMINISTRATOR)


USE_CASES: dict[str, Callable[[Desk, AgentRow, Path], object]] = {
    "queue.page": lambda desk, me, _: queue.page(desk, me),
    "queue.counts": lambda desk, me, _: queue.counts(desk, me),
    "cases.open_case": lambda desk, me, _: cases.open_case(desk, me, 1),
    "cases.earlier_messages": lambda desk, me, _: cases.earlier_messages(desk, me, 1, 9),
    "cases.history": lambda desk, me, _: cases.history(desk, me, 1),
    "cases.raw": lambda desk, me, _: cases.raw(desk, me, 1),
    "claims.next_case": lambda desk, me, _: claims.next_case(desk, me),
    "claims.take": lambda desk, me, _: claims.take(desk, me, 1),
    "claims.release": lambda desk, me, _: claims.release(desk, me, 1),
    "claims.transfer": lambda desk, me, _: claims.transfer(desk, me, 1, "ana"),
    "changes.set_status": lambda desk, me, _: changes.set_status(desk, me, [1], Status.SOLVED),
    "changes.set_priority": lambda desk, me, _: changes.set_priority(desk, me, [1], 1),
    "changes.set_topic": lambda desk, me, _: changes.set_topic(desk, me, [1], None),
    "changes.snooze": lambda desk, me, _: changes.snooze(desk, me, [1], desk.clock() + timedelta(hours=1)),
    "changes.tag": lambda desk, me, _: changes.tag(desk, me, [1], "vip"),
    "changes.untag": lambda desk, me, _: changes.untag(desk, me, [1], "vip"),
    "changes.known_tags": lambda desk, me, _: changes.known_tags(desk, me),
    "replies.reply": lambda desk, me, _: replies.reply(desk, me, 1, "Hello", seen=1),
    "replies.note": lambda desk, me, _: replies.note(desk, me, 1, "Hello"),
    "replies.take_back": lambda desk, me, _: replies.take_back(desk, me, 1),
    "replies.retry": lambda desk, me, _: replies.retry(desk, me, 1),
    "drafts.save": lambda desk, me, _: drafts.save(desk, me, 1, DraftKind.REPLY, "Hello"),
    "answers.catalogue": lambda desk, me, _: answers.catalogue(desk, me),
    "answers.topics": lambda desk, me, _: answers.topics(desk, me),
    "attachments.content": lambda desk, me, _: attachments.content(desk, me, 1),
    "attachments.save": lambda desk, me, folder: attachments.save(desk, me, 1, folder),
    "agents.colleagues": lambda desk, me, _: agents.colleagues(desk, me),
    "events.latest": lambda desk, me, _: events.latest(desk, me),
    "events.since": lambda desk, me, _: events.since(desk, me, 0),
    "intake.take_in": lambda desk, me, _: intake.take_in(desk, me, Channel.EMAIL, [], lambda _raw: None),  # type: ignore[arg-type,return-value]
}


def test_every_use_case_asks_what_the_acting_agent_may(
    desk: Desk, ana: AgentRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive(desk)
    for permission in (Permission.WORK_CASES, Permission.IMPORT):
        monkeypatch.setitem(permissions.LEAST, permission, Role.SUPERVISOR)

    for use_case in USE_CASES.values():
        with pytest.raises(NotAllowedError):
            use_case(desk, ana, tmp_path)
