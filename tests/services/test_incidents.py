"""Incidents: opened by supervisors, matched with cases, told once to each customer, turned by time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from db.kinds import Channel, IncidentKind, IncidentState, Role, Status
from desk.rules.permissions import NotAllowedError
from desk.services import agents, cases, changes, events, incident_alarms, incident_links, incidents, merging, replies
from desk.services.incident_words import values
from tests.services.acting import counted, cursor, kinds, mail, newest
from tests.services.filing import acknowledgements, receive_live, sent_now
from tests.services.incidents import TEXTS, case_of, linked, opened, tell_all, told

if TYPE_CHECKING:
    from db.rows import AgentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock


def test_only_a_supervisor_opens_an_incident(desk: Desk, boss: AgentRow, ana: AgentRow) -> None:
    with pytest.raises(NotAllowedError, match="supervisor"):
        opened(desk, ana)
    sita = agents.add(desk, boss, login="sita", name="Sita", role=Role.SUPERVISOR)
    assert opened(desk, sita).state is IncidentState.OPEN


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": " "}, "few words"),
        ({"texts": {"id": {"title": "x", "text": "y"}}}, "no public text in en"),
        ({"channels": ("fax",)}, "no channel 'fax'"),
        ({"topics": ("nothing",)}, "no topic 'nothing'"),
        ({"words": ("!!",)}, "cannot be looked for"),
        ({"kind": IncidentKind.MAINTENANCE}, "say when"),
    ],
)
def test_what_cannot_be_opened_is_refused_with_what_would_do(
    desk: Desk, boss: AgentRow, wrong: dict[str, object], said: str
) -> None:
    events_before = counted(desk)
    with pytest.raises(incidents.IncidentError, match=said):
        opened(desk, boss, **wrong)
    assert counted(desk) == events_before


def test_a_case_that_matches_is_proposed_and_linked_by_a_key(desk: Desk, boss: AgentRow, ana: AgentRow) -> None:
    incident = opened(desk, boss)
    case_id = case_of(desk, ana, 1)

    (proposed,) = cases.open_case(desk, ana, case_id).incidents
    assert (proposed.is_proposed, proposed.is_linked, proposed.why) == (True, False, "says “transfer”")
    assert incident_links.link(desk, ana, incident.id, [case_id]) == (case_id,)
    assert incident_links.link(desk, ana, incident.id, [case_id]) == ()
    (known,) = cases.open_case(desk, ana, case_id).incidents
    assert (known.is_proposed, known.is_linked) == (False, True)
    assert incidents.every(desk, ana)[0].linked == 1


def test_a_case_that_was_taken_off_is_not_proposed_again(desk: Desk, boss: AgentRow, ana: AgentRow) -> None:
    incident = opened(desk, boss)
    (case_id,) = linked(desk, ana, incident, 1)
    incident_links.unlink(desk, ana, incident.id, [case_id])
    (known,) = cases.open_case(desk, ana, case_id).incidents
    assert (known.is_proposed, known.is_linked) == (False, False)


def test_a_rule_links_new_cases_and_the_confirmation_tells_of_the_incident(desk: Desk, boss: AgentRow) -> None:
    incident = opened(desk, boss, links_by_rule=True, codes=("PAY-503",), expected_at=desk.clock() + timedelta(hours=2))

    receive_live(desk, mail("a@example.org", text="It says PAY-503 and nothing else happens when I pay."))

    detail = newest(desk, boss)
    assert [each.is_linked for each in detail.incidents] == [True]
    assert detail.incidents[0].why == "by rule: it names PAY-503"
    (said,) = acknowledgements(desk)
    assert "Transfers to other banks are late." in said.text
    assert "We expect it to be over: today, 15:14 UTC." in said.text
    assert f"#{detail.case.id}" in said.text
    receive_live(desk, mail("b@example.org", sender="eve@example.net", text="A wholly different matter, my card."))
    assert "Transfers to other banks" not in acknowledgements(desk)[1].text
    assert incidents.every(desk, boss)[0].linked == 1
    assert incident.links_by_rule


def test_who_read_it_in_the_confirmation_is_not_told_again(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss, links_by_rule=True)
    receive_live(desk, mail("a@example.org", text="Where is my transfer? I sent it an hour ago."))
    earlier = case_of(desk, ana, 7, text="Where did my money go?")
    incident_links.link(desk, ana, incident.id, [earlier])

    incidents.tell(desk, boss, incident.id)
    tell_all(desk, clock)

    assert sorted(case_id for case_id, _ in told(desk)) == [1, earlier]


def test_all_linked_cases_are_told_each_in_its_language_and_once(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss)
    english = case_of(desk, ana, 1, text="Please tell me where the money of my transfer is now, thank you very much.")
    indonesian = case_of(desk, ana, 2, text="Tolong dibantu, transfer saya belum sampai sejak kemarin, uang hilang.")
    incident_links.link(desk, ana, incident.id, [english, indonesian])

    for _ in range(3):
        incidents.tell(desk, boss, incident.id)
        tell_all(desk, clock)

    texts = dict(told(desk))
    assert len(told(desk)) == 2
    assert "Transfers to other banks are late." in texts[english]
    assert "Transfer ke bank lain tertunda." in texts[indonesian]
    (telling,) = incidents.show(desk, boss, incident.id).tellings
    assert (telling.told, telling.pending, telling.is_running) == (2, 0, False)


def test_a_customer_with_two_linked_cases_hears_once(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss)
    ids = [case_of(desk, ana, each, sender="dewi@example.org") for each in (1, 2)]
    incident_links.link(desk, ana, incident.id, ids)
    incidents.resolve(desk, boss, incident.id, then=Status.SOLVED)
    tell_all(desk, clock)
    assert [case_id for case_id, _ in told(desk)] == ids[:1]
    assert {cases.open_case(desk, ana, each).case.status for each in ids} == {Status.SOLVED}
    assert incidents.show(desk, boss, incident.id).tellings[0].heard == 1


def test_a_case_that_was_merged_is_told_where_it_went_and_once(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss)
    first, second = (case_of(desk, ana, each, sender="dewi@example.org") for each in (1, 2))
    incident_links.link(desk, ana, incident.id, [first])
    merging.merge(desk, ana, first, second)
    assert [each.is_linked for each in cases.open_case(desk, ana, second).incidents] == [True]

    incidents.tell(desk, boss, incident.id)
    tell_all(desk, clock)

    assert [case_id for case_id, _ in told(desk)] == [second]


def test_telling_is_paced_and_can_be_stopped_while_it_runs(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    from desk.services.incident_telling import tell_some
    from desk.settings import Incidents, Settings

    slow = type(desk)(desk.database, Settings(incidents=Incidents(messages_per_minute=2)), desk.clock)
    incident = opened(desk, boss)
    linked(desk, ana, incident, 5)
    incidents.tell(slow, boss, incident.id)
    assert [tell_some(slow) for _ in range(4)] == [1, 1, 0, 0], "two a minute"
    sent_now(slow)
    clock.advance(minutes=1)
    assert tell_some(slow) == 1

    assert incidents.stop_telling(slow, boss, incident.id) == (3, 2), "what had not left does not leave"
    clock.advance(minutes=5)
    assert tell_some(slow) == 0
    assert len(told(slow)) == 2
    incidents.tell(desk, boss, incident.id)
    tell_all(desk, clock)
    assert sorted(case_id for case_id, _ in told(desk)) == [1, 2, 3, 4, 5], "going on reaches only the others"


def test_resolving_leaves_alone_a_case_whose_customer_has_written_since(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss)
    case_id = case_of(desk, ana, 1)
    incident_links.link(desk, ana, incident.id, [case_id])
    incidents.resolve(desk, boss, incident.id, {"en": {"text": "All works again."}}, then=Status.SOLVED)
    clock.advance(seconds=5)
    receive_live(
        desk, mail("t2@example.org", sender="c1@example.org", text="And my card?", in_reply_to="<t1@example.org>")
    )
    tell_all(desk, clock)
    assert "All works again." in told(desk)[0][1]
    assert cases.open_case(desk, ana, case_id).case.status is Status.NEW


def test_a_closed_case_and_a_dead_address_are_passed_over_with_the_reason(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    from tests.services.filing import contact

    incident = opened(desk, boss)
    closed, dead, good = linked(desk, ana, incident, 3)
    changes.set_status(desk, ana, [closed], Status.CLOSED)
    address = contact(desk, "c1@example.org")
    with desk.database.write() as unit:
        unit.session.merge(address).undeliverable_at = clock()
    incidents.tell(desk, boss, incident.id)
    tell_all(desk, clock)
    assert [case_id for case_id, _ in told(desk)] == [good]
    assert incidents.show(desk, boss, incident.id).tellings[0].skipped == 2
    assert dead != good


def test_new_words_stop_the_telling_of_the_old_ones(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss)
    linked(desk, ana, incident, 2)
    incidents.tell(desk, boss, incident.id)
    incidents.update(desk, boss, incident.id, {"en": {"text": "Half of them arrive."}}, tell=True)
    tell_all(desk, clock)
    assert ["Half of them arrive." in text for _, text in told(desk)] == [True, True]


def test_time_makes_an_outage_overdue_and_a_new_time_opens_it_again(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss, expected_at=clock() + timedelta(hours=1))
    assert incident_alarms.turn(desk) == 0
    seen = cursor(desk, ana)
    clock.advance(hours=1)
    assert (incident_alarms.turn(desk), incident_alarms.turn(desk)) == (1, 0)
    assert events.since(desk, ana, seen).incidents, "every screen learns of it"
    assert incidents.banner(desk, ana).incidents[0].state is IncidentState.OVERDUE
    later = incidents.set_expected(desk, boss, incident.id, clock() + timedelta(hours=1))
    assert later.state is IncidentState.OPEN


def test_planned_work_is_announced_begins_and_ends_by_itself(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    starts = clock() + timedelta(days=2)
    opened(
        desk, boss, kind=IncidentKind.MAINTENANCE, starts_at=starts, expected_at=starts + timedelta(hours=1),
        links_by_rule=True,
    )  # fmt: skip
    assert incidents.banner(desk, ana).incidents == ()
    clock.advance(days=1, hours=1)
    assert incidents.banner(desk, ana).incidents[0].state is IncidentState.PLANNED
    clock.moment = starts
    incident_alarms.turn(desk)
    assert incidents.banner(desk, ana).incidents[0].state is IncidentState.OPEN
    receive_live(desk, mail("a@example.org", text="My transfer does not go through, what is it?"))
    clock.advance(hours=1)
    incident_alarms.turn(desk)
    tell_all(desk, clock)
    assert incidents.banner(desk, ana).incidents == ()
    assert "This is over: Transfers are late." in told(desk)[-1][1]


def test_what_has_ended_stays_ended(desk: Desk, boss: AgentRow) -> None:
    incident = opened(desk, boss)
    incidents.cancel(desk, boss, incident.id)
    for act in (incidents.set_recovering, incidents.set_open, incidents.cancel, incidents.resolve, incidents.tell):
        with pytest.raises(incidents.IncidentError, match="cancelled"):
            act(desk, boss, incident.id)


def test_answers_get_the_values_of_the_incident_that_their_case_belongs_to(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    from datetime import UTC

    from db.kinds import Language

    incident = opened(desk, boss, expected_at=clock() + timedelta(hours=2))
    case_id = case_of(desk, ana, 1)
    detail = cases.open_case(desk, ana, case_id)
    assert values(detail, Language.ENGLISH, clock(), UTC) == {}, "what is only proposed says nothing to customers"
    incident_links.link(desk, ana, incident.id, [case_id])
    found = values(cases.open_case(desk, ana, case_id), Language.CHINESE, clock(), UTC)
    assert found == {
        "incident.title": "转账延迟",
        "incident.text": "跨行转账延迟。",
        "incident.expected": "预计恢复时间：今天 15:14 (UTC)。",
        "incident.since": "今天 13:14 (UTC)",
    }


@pytest.mark.seeded
def test_an_incident_is_one_to_routing_rules(desk: Desk, boss: AgentRow, tmp_path: object) -> None:
    from pathlib import Path

    from tests.services.routing import put_queues, put_rules

    folder = Path(str(tmp_path))
    put_queues(desk, boss, folder, banks="")
    put_rules(
        desk, boss, folder, '[[rule]]\nname = "banks"\nwhen = { incident = "bank-transfers-fail" }\n'
        'do = { queue = "banks" }\n',
    )  # fmt: skip
    receive_live(desk, mail("a@example.org"))
    assert newest(desk, boss).queue is None
    opened(desk, boss)
    receive_live(desk, mail("b@example.org", sender="e@example.net"))
    assert newest(desk, boss).queue == "banks"


def test_a_chat_of_a_linked_case_is_told_on_the_chat(desk: Desk, boss: AgentRow) -> None:
    import json

    opened(desk, boss, links_by_rule=True, channels=("chat",))
    line = {
        "channel": "chat", "external_id": "c-1", "from": {"name": "王小明", "handle": "@wang"},
        "text": "Where is my transfer? It is gone since an hour.", "at": desk.clock().isoformat(),
    }  # fmt: skip
    from desk.channels.messages import read_kept
    from desk.services import intake

    intake.take_in(
        desk, None, Channel.CHAT, [intake.Delivery(json.dumps(line).encode(), "test", is_live=True)],
        lambda raw: read_kept(raw, Channel.CHAT),
    )  # fmt: skip
    (said,) = acknowledgements(desk)
    assert said.channel is Channel.CHAT
    assert "Transfers to other banks are late." in said.text


def test_an_answer_of_an_agent_is_not_held_up_by_a_telling(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    incident = opened(desk, boss)
    (case_id,) = linked(desk, ana, incident, 1)
    seen = cases.open_case(desk, ana, case_id).last_message_id
    incidents.tell(desk, boss, incident.id)
    tell_all(desk, clock)
    replies.reply(desk, ana, case_id, "We look into it.", seen=seen)
    assert "incident.told" in kinds(desk, ana, case_id)


def rush(desk: Desk, clock: SettableClock, number: int, text: str, tag: str) -> None:
    receive_live(
        desk,
        *(mail(f"{tag}{each}@example.org", sender=f"{tag}{each}@example.org", text=text) for each in range(number)),
    )


@pytest.mark.slow
def test_a_sudden_rise_of_a_code_is_proposed_once_and_becomes_an_incident(
    desk: Desk, boss: AgentRow, ana: AgentRow, clock: SettableClock
) -> None:
    start = clock()
    clock.moment = start - timedelta(weeks=9)
    rush(desk, clock, 1, "hello there", "old")  # the desk has a history
    clock.moment = start
    rush(desk, clock, 3, "It says BANK_TIMEOUT when I pay", "few")
    assert incident_alarms.watch(desk) == 0
    rush(desk, clock, 9, "It says BANK_TIMEOUT when I pay", "many")
    assert (incident_alarms.watch(desk), incident_alarms.watch(desk)) == (1, 0)
    (rise,) = incidents.banner(desk, boss).proposals
    assert (rise.code, rise.cases) == ("BANK_TIMEOUT", 12)
    assert incidents.banner(desk, ana).proposals == (), "agents are not asked"

    incidents.open_incident(
        desk, boss, incidents.Draft(title="Bank is down", texts=TEXTS, codes=("BANK_TIMEOUT",)), proposal_id=rise.id
    )
    assert incidents.banner(desk, boss).proposals == ()
    clock.advance(hours=7)
    rush(desk, clock, 12, "It says BANK_TIMEOUT when I pay", "more")
    assert incident_alarms.watch(desk) == 0, "the incident in force is about it already"


def test_a_rise_that_was_put_aside_is_quiet_for_some_hours(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    start = clock()
    clock.moment = start - timedelta(weeks=9)
    rush(desk, clock, 1, "hello there", "old")
    clock.moment = start
    rush(desk, clock, 12, "It says E1042 when I pay", "many")
    incident_alarms.watch(desk)
    incidents.put_aside(desk, boss, incidents.proposals(desk, boss)[0].id)
    assert incident_alarms.watch(desk) == 0
    with pytest.raises(incidents.IncidentError, match="judged"):
        incidents.put_aside(desk, boss, 1)


def test_a_young_desk_raises_nothing(desk: Desk, boss: AgentRow, clock: SettableClock) -> None:
    rush(desk, clock, 30, "It says E1042 when I pay", "many")
    assert incident_alarms.watch(desk) == 0
