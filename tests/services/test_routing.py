"""New cases are routed by the first rule that fits, in the transaction that opens them, and the record says why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from db.kinds import Channel, ContactKind, MessageKind, Status
from db.models import Case, ContactPoint
from desk.rules.permissions import NotAllowedError
from desk.services import (
    alarms,
    callbacks,
    cases,
    changes,
    hours,
    intake,
    proposals,
    route_reports,
    routing_checks,
    routing_store,
    sla,
)
from desk.services.hour_files import read_hours
from desk.services.policy_files import read_policies
from desk.services.routing_files import read_routing
from desk.services.seed_files import SeedError, seeds_folder
from tests.services.acting import arrived, kinds, mail, receive, receive_line
from tests.services.filing import acknowledgements, all_cases, messages, receive_live
from tests.services.routing import QUEUE, put_queues, put_rules, written

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk
    from tests.clock import SettableClock

STOLEN = mail("s@example.org", subject="Akun dibajak", text="Akun saya dibajak, tolong!")


def event(desk: Desk, me: AgentRow, case_id: int, kind: str) -> dict[str, Any]:
    """What the case's event of a kind says."""
    return dict(next(each for each in cases.history(desk, me, case_id) if each.kind == kind).data)


def spoken(channel: Channel, text: str, external_id: str = "c1", *, handle: str = "dewi") -> bytes:
    """A line of another system."""
    return json.dumps(
        {
            "channel": channel.value,
            "external_id": external_id,
            "from": {"phone": "+6281234567890"} if channel is Channel.PHONE else {"handle": handle},
            "text": text,
            "at": "2026-11-23T16:30:00Z",  # 23:30 in Jakarta
        }
    ).encode()


@pytest.mark.seeded
def test_a_new_case_gets_queue_and_priority_of_the_first_rule_that_fits(desk: Desk, boss: AgentRow) -> None:
    receive(desk, STOLEN)

    case = all_cases(desk)[0]
    assert (case.queue, case.priority) == ("security", 1)
    told = event(desk, boss, case.id, "case.routed")
    assert told["rule"] == "stolen-account"
    assert told["why"] == "the topic is account-security"
    assert told["after"] == {"queue": "security", "priority": 1}
    assert kinds(desk, boss, case.id)[:2] == ["case.opened", "case.routed"]


@pytest.mark.seeded
def test_the_due_moment_is_that_of_the_priority(desk: Desk, boss: AgentRow) -> None:
    receive(desk, STOLEN, mail("b@example.org", sender="b@example.org", subject="Halo", text="Apa kabar?"))

    urgent, normal = all_cases(desk)
    assert urgent.due_at is not None
    assert normal.due_at is not None
    assert urgent.due_at < normal.due_at


@pytest.mark.seeded
def test_a_case_that_no_rule_fits_stays_as_it_is(desk: Desk, boss: AgentRow) -> None:
    receive(desk, mail(subject="Halo", text="Apa kabar?"))

    case = all_cases(desk)[0]
    assert (case.queue, case.priority, "case.routed" in kinds(desk, boss, case.id)) == (None, 3, False)


@pytest.mark.seeded
def test_a_call_out_of_hours_wants_to_be_called_back_when_phone_opens(desk: Desk, boss: AgentRow) -> None:
    receive_line(desk, Channel.PHONE, spoken(Channel.PHONE, "Tolong hubungi saya"))

    case = all_cases(desk)[0]
    assert case.queue == "call-backs"
    assert case.call_from is not None
    assert case.call_from.isoformat() == "2026-11-24T01:00:00+00:00"  # 08:00 in Jakarta
    assert case.status is Status.ON_HOLD, "until then"
    assert len(callbacks.waiting(desk, boss)) == 1


def closed_chat(desk: Desk, *, address: str | None) -> None:
    """A customer known by chat, with or without an address, writes while chat is closed."""
    open_at = spoken(Channel.CHAT, "halo", "first").replace(b"16:30", b"05:30")
    take_line(desk, open_at, is_live=False)
    if address:
        with desk.database.write() as unit:
            customer = unit.session.get_one(Case, 1).customer_id
            unit.session.add(
                ContactPoint(
                    customer_id=customer,
                    kind=ContactKind.EMAIL,
                    provider="",
                    value=address,
                    folded=address,
                    created_at=unit.now,
                )
            )
    take_line(desk, spoken(Channel.CHAT, "Saldo saya hilang <b>", "second").replace(b"16:30", b"20:30"))


def take_line(desk: Desk, line: bytes, *, is_live: bool = True) -> None:
    """Take in what another system hands over: just now, or as history."""
    from desk.channels.messages import read_kept

    deliveries = [intake.Delivery(line, "test", is_live=is_live)]
    intake.take_in(desk, None, Channel.CHAT, deliveries, lambda raw: read_kept(raw, Channel.CHAT))


@pytest.mark.seeded
def test_a_chat_out_of_hours_goes_on_by_mail_with_what_was_said(desk: Desk, boss: AgentRow) -> None:
    closed_chat(desk, address="dewi@example.org")

    case = all_cases(desk)[-1]
    assert case.channel is Channel.EMAIL
    sent = [each for each in messages(desk, case.id) if each.kind is MessageKind.OUTBOUND]
    assert len(sent) == 1
    assert sent[0].channel is Channel.EMAIL
    assert sent[0].details["to"] == "dewi@example.org"
    assert "> Saldo saya hilang <b>" in sent[0].text


def by_mail(desk: Desk) -> list[int]:
    """The cases of the confirmations that went by mail."""
    return [each.case_id for each in acknowledgements(desk) if each.channel is Channel.EMAIL]


def chat_while_closed(external_id: str, text: str = "Halo, ada orang?") -> bytes:
    """A line of the customer of `closed_chat` at night."""
    return spoken(Channel.CHAT, text, external_id).replace(b"16:30", b"20:30")


@pytest.mark.seeded
def test_each_chat_out_of_hours_is_confirmed_by_mail_but_none_within_half_an_hour(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    closed_chat(desk, address="dewi@example.org")
    for number in range(4):
        clock.advance(minutes=10)
        take_line(desk, chat_while_closed(f"more-{number}"))

    assert by_mail(desk) == [2, 5]


@pytest.mark.seeded
def test_who_was_confirmed_by_mail_today_is_still_sent_what_they_said_in_a_closed_chat(
    desk: Desk, boss: AgentRow, clock: SettableClock
) -> None:
    receive_live(desk, mail())
    with desk.database.write() as unit:
        customer = unit.session.get_one(Case, 1).customer_id
        unit.session.add(
            ContactPoint(
                customer_id=customer,
                kind=ContactKind.HANDLE,
                provider="chat",
                value="dewi",
                folded="dewi",
                created_at=unit.now,
            )
        )
    clock.advance(minutes=10)
    take_line(desk, chat_while_closed("soon", "Halo?"))
    clock.advance(minutes=30)
    take_line(desk, chat_while_closed("now", "Saldo saya hilang"))

    (_, told) = acknowledgements(desk)
    assert (told.case_id, told.channel) == (3, Channel.EMAIL)
    assert "> Saldo saya hilang" in told.text
    promised = cases.open_case(desk, boss, 3).promise
    assert promised is not None
    assert promised.told in told.text


@pytest.mark.seeded
def test_a_chat_out_of_hours_stays_a_chat_where_no_address_is_known(desk: Desk, boss: AgentRow) -> None:
    closed_chat(desk, address=None)

    case = all_cases(desk)[-1]
    assert case.channel is Channel.CHAT
    (confirmed,) = acknowledgements(desk)
    assert (confirmed.channel, confirmed.case_id) == (Channel.CHAT, case.id)
    assert f"nomor #{case.id} " in confirmed.text
    assert "> Saldo" not in confirmed.text


ANSWERING = """
[[rule]]
name = "where"
[rule.when]
words = ["jam kerja"]
[rule.do]
answer = "contact.where-and-when"
"""


@pytest.mark.seeded
def test_a_rule_answers_by_itself_once_and_in_the_customers_language(
    desk: Desk, boss: AgentRow, tmp_path: Path
) -> None:
    put_rules(desk, boss, tmp_path, ANSWERING)
    asks = {"subject": "Jam kerja", "text": "Kapan jam kerja layanan pelanggan ini, kak?"}
    receive_live(desk, mail(**asks), mail("again@example.org", **asks))

    sent = acknowledgements(desk)
    assert len(sent) == 1
    assert sent[0].text.startswith("Halo pelanggan kami,")
    assert "{" not in sent[0].text


@pytest.mark.seeded
def test_a_rule_answers_in_english_and_the_message_keeps_its_text(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_rules(desk, boss, tmp_path, ANSWERING.replace("jam kerja", "opening hours"))
    text = "Could you please tell me what your opening hours are?"
    receive_live(desk, mail(subject="Opening hours", text=text))

    assert messages(desk, 1)[0].text.strip() == text
    assert acknowledgements(desk)[0].text.startswith("Hello customer,")


@pytest.mark.seeded
def test_automatic_mail_is_never_answered_by_a_rule(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_rules(desk, boss, tmp_path, ANSWERING)
    receive_live(desk, mail(subject="Jam kerja", text="Jam kerja kami", auto_submitted="auto-replied"))

    assert acknowledgements(desk) == []


@pytest.mark.seeded
def test_load_counts_the_cases_that_wait(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    rules = """
[[rule]]
name = "overflow"
[rule.when]
load = { queue = "common", at_least = 2 }
[rule.do]
queue = "slow"
"""
    put_rules(desk, boss, tmp_path, rules)
    for number in range(4):
        receive(desk, mail(f"{number}@example.org", sender=f"c{number}@example.org", subject="Halo", text="Halo"))

    assert [case.queue for case in all_cases(desk)] == [None, None, "slow", "slow"]


@pytest.mark.seeded
def test_what_a_rule_names_has_to_be_there(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    for line, said in (
        ('queue = "nowhere"', "no queue 'nowhere'"),
        ('answer = "nothing"', "no approved answer 'nothing'"),
        ('answer = "refund.stalled"', "asks an agent for"),
    ):
        with pytest.raises(routing_checks.RoutingError, match=said):
            put_rules(desk, boss, tmp_path, f'[[rule]]\nname = "a"\n[rule.do]\n{line}\n')


@pytest.mark.seeded
def test_the_hours_that_a_rule_asks_for_have_to_be_there(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    rule = '[[rule]]\nname = "a"\n[rule.when]\nhours = "open"\nhours_of = "{}"\n[rule.do]\npriority = 1\n'
    with pytest.raises(routing_checks.RoutingError, match=r"no channel or queue 'fone'; there are .*phone"):
        put_rules(desk, boss, tmp_path, rule.format("fone"))
    for known in ("phone", "money"):
        put_rules(desk, boss, tmp_path, rule.format(known))


@pytest.mark.seeded
def test_the_calendar_of_a_queue_has_to_be_there(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    with pytest.raises(routing_checks.RoutingError, match=r"queue money: there is no calendar 'fone'; .*phone.*apply"):
        put_queues(desk, boss, tmp_path, money='calendar = "fone"')
    put_queues(desk, boss, tmp_path, money='calendar = "phone"')


@pytest.mark.seeded
def test_a_queue_that_a_policy_or_a_calendar_names_stays(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    put_queues(desk, boss, tmp_path, money="", late="")
    only_late = written(tmp_path, "q.toml", QUEUE.format(key="late"))
    with pytest.raises(routing_checks.RoutingError, match=r"rule .* names the queue '[a-z]+', so it cannot go"):
        routing_store.apply(desk, boss, read_routing(only_late))
    policies, calendars = tmp_path / "policies", tmp_path / "hours"
    policies.mkdir()
    calendars.mkdir()
    standard = (seeds_folder() / "policies" / "standard.toml").read_text(encoding="utf-8")
    written(policies, "standard.toml", standard + 'queue = "late"\n')
    sla.apply(desk, boss, read_policies(policies))
    with pytest.raises(routing_checks.RoutingError, match=r"policy standard .*'late', so it cannot go"):
        put_queues(desk, boss, tmp_path, money="")

    written(policies, "standard.toml", standard)
    sla.apply(desk, boss, read_policies(policies))
    title = '{ id = "Malam", en = "Night", zh = "夜" }'
    written(calendars, "night.toml", f'title = {title}\nzone = "Asia/Jakarta"\nqueues = ["late"]\n')
    hours.apply(desk, boss, read_hours(calendars))
    with pytest.raises(routing_checks.RoutingError, match=r"calendar night .*'late', so it cannot go"):
        put_queues(desk, boss, tmp_path, money="")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[rule]]\nname = "a"\n[rule.do]\npriority = 7\n', "line 4"),
        (
            '[[rule]]\nname = "a"\n[rule.do]\npriority = 1\n\n[[rule]]\nname = "b"\n[rule.when]\nwodrs = ["x"]\n',
            "line 6",
        ),
        ('[[rule]]\nname = "a"\n[rule.do]\n', "line 2.*does nothing"),
        ('[[rule]]\nname = "a"\n[rule.when]\nwords = ["…"]\n[rule.do]\npriority = 1\n', "line 4.*no letters"),
        ("x = 1\n", "neither"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SeedError, match=said):
        read_routing(written(tmp_path, "bad.toml", text))


@pytest.mark.seeded
def test_only_a_supervisor_puts_rules_in_force(desk: Desk, ana: AgentRow, tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError):
        put_rules(desk, ana, tmp_path, ANSWERING)


@pytest.mark.seeded
def test_explaining_tells_of_every_rule_what_holds_and_what_does_not(desk: Desk, boss: AgentRow) -> None:
    receive(desk, STOLEN)

    told = route_reports.explain(desk, boss, 1)
    assert told.decided == "stolen-account"
    assert {verdict.rule.name: verdict.why for verdict in told.verdicts}["call-out-of-hours"].startswith(
        "the channel is email, not phone"
    )
    assert len(told.verdicts) == 5


@pytest.mark.seeded
def test_explaining_keeps_what_was_recorded_apart_from_how_the_rules_stand_today(
    desk: Desk, boss: AgentRow, clock: SettableClock, tmp_path: Path
) -> None:
    came = clock.moment
    put_rules(desk, boss, tmp_path, '[[rule]]\nname = "old"\n[rule.do]\nqueue = "money"\npriority = 2\n')
    receive(desk, STOLEN)
    put_rules(desk, boss, tmp_path, '[[rule]]\nname = "young"\n[rule.do]\nqueue = "security"\n')
    (tmp_path / "policies").mkdir()
    standard = (seeds_folder() / "policies" / "standard.toml").read_text(encoding="utf-8")
    written(tmp_path / "policies", "standard.toml", standard + 'queue = "slow"\n')
    sla.apply(desk, boss, read_policies(tmp_path / "policies"))
    late = clock.advance(days=7)
    alarms.sound(desk)

    told = route_reports.explain(desk, boss, 1)

    assert told.decided == "young", "as the rules stand today"
    was = told.recorded
    assert (was.rule, was.at, was.queue) == ("old", came, "slow")
    assert dict(was.after) == {"queue": "money", "priority": 2}
    assert [(each.at, each.by, each.before, each.after) for each in was.moves] == [(late, None, "money", "slow")]


@pytest.mark.seeded
def test_explaining_a_case_that_no_rule_fitted_says_so(desk: Desk, boss: AgentRow, tmp_path: Path) -> None:
    receive(desk, mail("a@example.org", text="Apa kabar", subject="Halo"))

    was = route_reports.explain(desk, boss, 1).recorded
    assert (was.rule, was.at, was.queue, was.moves) == ("", None, "common", ())


@pytest.mark.seeded
def test_the_shipped_examples_come_out_as_expected(desk: Desk, boss: AgentRow) -> None:
    from desk.services.seed_files import seeds_folder

    file = read_routing(seeds_folder() / "routing" / "rules.toml")
    tried = route_reports.try_examples(desk, boss, file)  # type: ignore[arg-type]
    assert tried
    assert [each for each in tried if each.wrong] == []


@pytest.mark.seeded
def test_trying_a_file_on_past_cases_counts_them_by_rule_and_changes_nothing(desk: Desk, boss: AgentRow) -> None:
    from desk.services.seed_files import seeds_folder

    receive(desk, STOLEN, mail("b@example.org", subject="Halo", text="Apa kabar?"))
    file = read_routing(seeds_folder() / "routing" / "rules.toml")

    counts = route_reports.try_past(desk, boss, file, 7)  # type: ignore[arg-type]
    assert (counts["stolen-account"], counts[""]) == (1, 1)
    assert len(all_cases(desk)) == 2


@pytest.mark.seeded
def test_a_topic_is_proposed_with_its_reason_and_set_only_when_a_person_accepts_it(desk: Desk, boss: AgentRow) -> None:
    case = arrived(desk, boss, STOLEN)

    told = proposals.of_case(desk, boss, case.case.id)
    assert told is not None
    assert (told.topic_key, told.priority, case.case.topic_key) == ("account-security", 1, None)
    assert told.reasons[0] == "account-security: “dibajak”"
    changes.accept_proposal(desk, boss, case.case.id)
    assert cases.open_case(desk, boss, case.case.id).case.topic_key == "account-security"


@pytest.mark.seeded
def test_kept_and_corrected_proposals_give_the_hit_rate(desk: Desk, boss: AgentRow) -> None:
    for number in range(3):
        receive(desk, mail(f"{number}@example.org", subject="Refund", text="Saya minta refund"))
    changes.accept_proposal(desk, boss, 1)
    changes.set_topic(desk, boss, [2], "payment-failed")

    told = proposals.evaluate(desk, boss)
    assert (told.topics.proposed, told.topics.settled, told.topics.kept, told.topics.rate) == (3, 2, 1, 0.5)
    assert list(told.by_topic) == ["refund"]


@pytest.mark.seeded
def test_what_is_undone_does_not_count_and_the_proposal_is_open_again(desk: Desk, boss: AgentRow) -> None:
    case = arrived(desk, boss, STOLEN).case.id
    changes.undo(desk, boss, changes.accept_proposal(desk, boss, case))

    assert proposals.evaluate(desk, boss).topics.settled == 0
    assert cases.open_case(desk, boss, case).case.topic_key is None
    changes.set_topic(desk, boss, [case], "refund")
    changes.undo(desk, boss, changes.set_topic(desk, boss, [case], "account-security"))
    told = proposals.evaluate(desk, boss).topics
    assert (told.settled, told.kept) == (1, 0), "what was said before counts again"


@pytest.mark.seeded
def test_the_topic_of_the_customers_last_case_decides_between_two(desk: Desk, boss: AgentRow) -> None:
    case = arrived(desk, boss, mail("a@example.org", subject="Halo", text="Transfer"))
    changes.set_topic(desk, boss, [case.case.id], "refund")
    later = arrived(desk, boss, mail("b@example.org", subject="Halo", text="Soal transfer yang dikembalikan"))

    told = proposals.of_case(desk, boss, later.case.id)
    assert told is not None
    assert told.topic_key == "refund"
    assert told.reasons[1] == "refund: their last case was about it"
