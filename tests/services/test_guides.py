"""Walking guides on cases: gone on with by others, safe in races, ended as the file says, counted."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from db.kinds import EventKind, GuideRunState, MessageKind, Status
from desk.rules.permissions import NotAllowedError
from desk.services import cases, changes, claims, guide_ends, guide_figures, guide_store, guides, merging, replies
from desk.services.errors import CaseTakenError
from desk.services.guide_files import read_guides
from desk.services.guide_store import GuideError
from desk.services.guides import GuideMovedError, Walk
from tests.services.acting import arrived, kinds, mail

if TYPE_CHECKING:
    from db.rows import AgentRow, CaseDetail
    from db.rows_guides import StepFigures
    from desk.services.desk import Desk
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded


@pytest.fixture
def case(desk: Desk, ana: AgentRow) -> CaseDetail:
    """A new case that no rule of routing knows."""
    return arrived(desk, ana, mail(subject="Halo", text="Apa kabar?"))


def walked(desk: Desk, me: AgentRow, walk: Walk, *outcomes: str) -> Walk:
    for outcome in outcomes:
        walk = guides.record_outcome(desk, me, walk.run.id, outcome, seen=walk.run.version)
    return walk


def figures_of(desk: Desk, boss: AgentRow, key: str) -> dict[str, StepFigures]:
    (found,) = guide_figures.figures(desk, boss, key=key)
    return {each.step: each for each in found.steps}


def test_another_agent_goes_on_where_the_first_one_stood(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")
    walk = walked(desk, ana, walk, "did_not")
    walk = guides.collect(desk, ana, walk.run.id, "app_version", "v2.14.0", seen=walk.run.version)
    with pytest.raises(CaseTakenError):
        walked(desk, budi, walk, "did_not")
    claims.release(desk, ana, case.case.id)

    found = guides.of_case(desk, budi, case.case.id)
    assert found is not None
    assert (found.run.step, found.run.collected) == ("network", {"app_version": "2.14.0"})
    walk = walked(desk, budi, found, "cannot")
    assert [(turn.step, turn.outcome, turn.who) for turn in walk.turns] == [
        ("restart", "did_not", "Ana"), ("network", "cannot", "Budi"),
    ]  # fmt: skip
    assert cases.open_case(desk, budi, case.case.id).case.assignee_name == "Budi"


def test_of_two_who_answer_at_once_the_second_sees_what_happened(
    desk: Desk, ana: AgentRow, sari: AgentRow, case: CaseDetail
) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")
    walked(desk, ana, walk, "did_not")

    with pytest.raises(GuideMovedError, match="Ana was faster and recorded “Did not work” for “Restart the app"):
        walked(desk, sari, walk, "worked")
    found = guides.of_case(desk, ana, case.case.id)
    assert found is not None
    assert found.run.step == "network"


@pytest.mark.drill
def test_of_many_at_once_one_outcome_counts(desk: Desk, boss: AgentRow, case: CaseDetail) -> None:
    walk = guides.begin(desk, boss, case.case.id, "app-problem")
    refused: list[Exception] = []

    def answer() -> None:
        try:
            walked(desk, boss, walk, "did_not")
        except GuideMovedError as error:
            refused.append(error)

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert figures_of(desk, boss, "app-problem")["restart"].outcomes == {"did_not": 1}


def test_a_case_has_one_guide_at_a_time(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    guides.begin(desk, ana, case.case.id, "app-problem")

    with pytest.raises(GuideError, match="App problem: five steps is being walked"):
        guides.begin(desk, ana, case.case.id, "statement")


def test_what_cannot_come_of_a_step_is_refused_and_back_undoes_the_last(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    walk = guides.begin(desk, ana, case.case.id, "payment-failed")
    with pytest.raises(GuideError, match="there are not_taken, money_taken"):
        walked(desk, ana, walk, "worked")
    walk = walked(desk, ana, walk, "not_taken", "worked")
    assert walk.run.step == "paid"
    with pytest.raises(GuideError, match="come to its end"):
        walked(desk, ana, walk, "worked")

    walk = guides.go_back(desk, ana, walk.run.id, seen=walk.run.version)
    walk = guides.go_back(desk, ana, walk.run.id, seen=walk.run.version)
    assert (walk.run.step, walk.run.turns) == ("taken", ())
    with pytest.raises(GuideError, match="first step"):
        guides.go_back(desk, ana, walk.run.id, seen=walk.run.version)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("error_code", "pay 102", "PAY-102"),
        ("amount", "Rp150.000", "IDR 150000"),
        ("method", "2", "card"),
        ("paid_on", "2026-11-20", "2026-11-20"),
        ("merchant", " Toko\tMaju ", "Toko Maju"),
    ],
)
def test_what_is_collected_is_read_by_its_kind(
    desk: Desk, ana: AgentRow, case: CaseDetail, field: str, typed: str, kept: str
) -> None:
    walk = guides.begin(desk, ana, case.case.id, "payment-failed")
    walk = guides.collect(desk, ana, walk.run.id, field, typed, seen=walk.run.version)
    assert walk.run.collected == {field: kept}

    walk = guides.collect(desk, ana, walk.run.id, field, "", seen=walk.run.version)
    assert walk.run.collected == {}


@pytest.mark.parametrize(("field", "typed"), [("paid_on", "yesterday"), ("error_code", "404"), ("amount", "a lot")])
def test_what_is_no_such_value_is_refused_with_an_example(
    desk: Desk, ana: AgentRow, case: CaseDetail, field: str, typed: str
) -> None:
    walk = guides.begin(desk, ana, case.case.id, "payment-failed")

    with pytest.raises(GuideError, match=r"such as|2026-11-25"):
        guides.collect(desk, ana, walk.run.id, field, typed, seen=walk.run.version)


def test_an_escalation_hands_the_case_on_with_everything_collected(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = guides.begin(desk, ana, case.case.id, "payment-failed")
    for field, typed in (("merchant", "Toko Maju"), ("amount", "150000"), ("method", "card")):
        walk = guides.collect(desk, ana, walk.run.id, field, typed, seen=walk.run.version)
    walk = walked(desk, ana, walk, "money_taken", "collected")
    replies.reply(desk, ana, case.case.id, "We are tracing it.", seen=case.last_message_id)
    ended = guide_ends.finish(desk, ana, walk.run.id, seen=walk.run.version)

    detail = cases.open_case(desk, ana, case.case.id)
    assert (detail.case.status, detail.queue, detail.case.assignee_id) == (Status.OPEN, "money", None)
    assert (detail.case.topic_key, ended.queue) == ("payment-failed", "money")
    note = next(message for message in detail.messages if message.kind is MessageKind.NOTE)
    assert note.text.splitlines() == [
        "Payment failed (payment-failed, v1) → Traced by the money team",
        "",
        "Payment method: Saved card",
        "Amount of the payment: IDR 150000",
        "Name of the merchant: Toko Maju",
        "",
        "1. Was money taken?: Money was taken (Ana)",
        "2. Details of the transaction: Details are complete (Ana)",
    ]
    assert guides.of_case(desk, ana, case.case.id) is None
    assert {EventKind.GUIDE_ENDED, EventKind.CASE_QUEUE, EventKind.CASE_RELEASED} <= set(kinds(desk, ana, case.case.id))


@pytest.mark.slow
def test_the_end_solved_solves_the_case(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = walked(desk, ana, guides.begin(desk, ana, case.case.id, "app-problem"), "worked")
    ended = guide_ends.finish(desk, ana, walk.run.id, seen=walk.run.version)

    assert (ended.case.status, ended.case.topic_key) == (Status.SOLVED, "app-problem")
    with pytest.raises(GuideError, match="ended"):
        guide_ends.finish(desk, ana, walk.run.id, seen=ended_version(desk, walk))


def ended_version(desk: Desk, walk: Walk) -> int:
    from db.models import GuideRun

    with desk.database.write() as unit:
        return unit.session.get_one(GuideRun, walk.run.id).version


def test_an_incident_leaves_the_case_open_with_its_agent(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")
    walk = walked(desk, ana, walk, "did_not", "did_not", "did_not", "announced")
    ended = guide_ends.finish(desk, ana, walk.run.id, seen=walk.run.version)

    assert (ended.kind.value, ended.case.status, ended.case.assignee_name) == ("incident", Status.OPEN, "Ana")


def test_nothing_ends_before_its_end(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")

    with pytest.raises(GuideError, match="not come to an end"):
        guide_ends.finish(desk, ana, walk.run.id, seen=walk.run.version)
    assert cases.open_case(desk, ana, case.case.id).case.status is Status.OPEN


def test_a_guide_that_was_stopped_goes_on_where_it_stood(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = walked(desk, ana, guides.begin(desk, ana, case.case.id, "app-problem"), "did_not")
    guides.stop(desk, ana, walk.run.id, seen=walk.run.version)
    assert guides.of_case(desk, ana, case.case.id) is None

    again = guides.begin(desk, ana, case.case.id, "app-problem")
    assert (again.run.id, again.run.step) == (walk.run.id, "network")


def test_what_one_guide_collected_another_one_knows(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")
    for field, typed in (("device", "Pixel 9"), ("error_code", "NET-211")):
        walk = guides.collect(desk, ana, walk.run.id, field, typed, seen=walk.run.version)
    guides.stop(desk, ana, walk.run.id, seen=walk.run.version)

    assert guides.begin(desk, ana, case.case.id, "payment-failed").run.collected == {"error_code": "NET-211"}


def test_solving_a_case_by_hand_leaves_its_guide(desk: Desk, ana: AgentRow, boss: AgentRow, case: CaseDetail) -> None:
    walk = walked(desk, ana, guides.begin(desk, ana, case.case.id, "app-problem"), "did_not")
    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)

    assert guides.of_case(desk, ana, case.case.id) is None
    assert figures_of(desk, boss, "app-problem")["network"].dropped == 1
    again = guides.begin(desk, ana, case.case.id, "app-problem")
    assert (again.run.step, again.run.state) == (walk.run.step, GuideRunState.RUNNING)
    assert figures_of(desk, boss, "app-problem")["network"].dropped == 0


def test_a_guide_goes_on_in_the_version_with_which_it_began(
    desk: Desk, ana: AgentRow, boss: AgentRow, case: CaseDetail
) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")
    files = read_guides()
    del files["statement"]
    old = files["app-problem"]
    restart = replace(old.steps["restart"], to={"worked": "fixed", "did_not": "details"})
    steps = {key: step for key, step in old.steps.items() if key in {"restart", "details"}} | {"restart": restart}
    files["app-problem"] = replace(old, steps=steps)
    changed = guide_store.apply(desk, boss, files)
    assert [(each.key, each.after is None) for each in changed] == [("app-problem", False), ("statement", True)]

    walk = walked(desk, ana, walk, "did_not", "did_not")
    assert (walk.run.step, walk.guide.version) == ("update", 1)
    assert guide_store.find(desk, ana, "app-problem").version == 2
    with pytest.raises(GuideError, match="no guide 'statement'"):
        guide_store.find(desk, ana, "statement")


def test_only_who_approves_answers_changes_guides(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    with pytest.raises(NotAllowedError):
        guide_store.apply(desk, ana, read_guides())
    with pytest.raises(NotAllowedError):
        guide_figures.figures(desk, ana)


def test_a_closed_case_takes_no_guide(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    changes.set_status(desk, ana, [case.case.id], Status.CLOSED)

    with pytest.raises(GuideError, match="is closed"):
        guides.begin(desk, ana, case.case.id, "app-problem")


def test_each_step_counts_who_came_what_came_of_it_and_who_is_left(
    desk: Desk, ana: AgentRow, boss: AgentRow, case: CaseDetail, clock: SettableClock
) -> None:
    walk = walked(desk, ana, guides.begin(desk, ana, case.case.id, "app-problem"), "did_not", "worked")
    walk = guides.go_back(desk, ana, walk.run.id, seen=walk.run.version)
    walk = walked(desk, ana, walk, "cannot")
    clock.moment += timedelta(days=8)

    steps = figures_of(desk, boss, "app-problem")
    assert (steps["restart"].reached, steps["restart"].outcomes) == (1, {"did_not": 1})
    assert (steps["network"].reached, steps["network"].outcomes["worked"]) == (1, 0)
    assert (steps["update"].reached, steps["update"].standing, steps["update"].silent) == (1, 1, 1)
    assert steps["fixed"].reached == 0
    guides.stop(desk, ana, walk.run.id, seen=walk.run.version)
    steps = figures_of(desk, boss, "app-problem")
    assert (steps["update"].dropped, steps["update"].standing) == (1, 0)
    (narrow,) = guide_figures.figures(desk, boss, key="app-problem", days=1)
    assert narrow.begun == 0


def test_what_was_sent_is_noted_once(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = guides.begin(desk, ana, case.case.id, "app-problem")
    sent = replies.reply(desk, ana, case.case.id, "Please restart.", seen=case.last_message_id)
    guides.note_sent(desk, ana, walk.run.id, "restart", sent.message_id)
    walk = guides.note_sent(desk, ana, walk.run.id, "restart", sent.message_id)

    assert walk.run.sent == ("restart",)
    assert kinds(desk, ana, case.case.id).count(EventKind.GUIDE_SENT) == 1


def test_a_merge_goes_on_with_the_guide_on_the_other_case_and_back(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    walk = walked(desk, ana, guides.begin(desk, ana, case.case.id, "app-problem"), "did_not")
    other = arrived(desk, ana, mail("other@example.org", subject="Halo"))
    merged = merging.merge(desk, ana, case.case.id, other.case.id)
    gone_on = guides.of_case(desk, ana, other.case.id)
    assert gone_on is not None
    assert (gone_on.run.id, gone_on.run.step) == (walk.run.id, walk.run.step)
    merging.unmerge(desk, ana, merged)
    assert guides.of_case(desk, ana, other.case.id) is None
    back = guides.of_case(desk, ana, case.case.id)
    assert back is not None
    assert back.run.id == walk.run.id


def test_a_merge_into_a_case_with_a_guide_of_its_own_leaves_the_other(
    desk: Desk, ana: AgentRow, case: CaseDetail
) -> None:
    guides.begin(desk, ana, case.case.id, "app-problem")
    other = arrived(desk, ana, mail("other@example.org", subject="Halo"))
    kept = guides.begin(desk, ana, other.case.id, "statement")
    merging.merge(desk, ana, case.case.id, other.case.id)
    still = guides.of_case(desk, ana, other.case.id)
    assert still is not None
    assert still.run.id == kept.run.id
    assert guides.of_case(desk, ana, case.case.id) is None
