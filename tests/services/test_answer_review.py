"""Canned answers from files through review into use, and what became of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from db.kinds import AnswerState, Language, Role, Status
from db.models import Topic
from desk.rules.permissions import NotAllowedError
from desk.services import agents, answer_folders, answer_review, answers, cases, changes, replies, snippets
from desk.services.answer_files import AnswerFilesError, as_toml, read_answers
from desk.services.answer_review import AnswersError
from desk.services.errors import CaseError
from desk.services.seeding import seed

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow, CaseDetail
    from desk.services.desk import Desk
    from tests.clock import SettableClock

GREETING = """key = "greeting"
topic = "refund"
files = ["leaflet.txt"]

[actions]
topic = "refund"
tags = ["vip"]
status = "solved"

[variables.merchant]
required = true
ask = { id = "Penjual", en = "Merchant", zh = "商户" }

[id]
title = "Salam"
text = '''
Halo {{ customer.name }},
{% if hours.open %}Kami buka.{% endif %} {{ merchant }}
'''

[en]
title = "Greeting"
text = '''
Hello {{ customer.name }},
{% if hours.open %}We are open.{% endif %} {{ merchant }}
'''

[zh]
title = "问候"
text = '''
{{ customer.name }}，您好！{% if hours.open %}营业中。{% endif %}{{ merchant }}
'''
"""


@pytest.fixture
def vera(desk: Desk, boss: AgentRow) -> AgentRow:
    """A supervisor."""
    return agents.add(desk, boss, login="vera", name="Vera", role=Role.SUPERVISOR)


@pytest.fixture
def folder(desk: Desk, tmp_path: Path) -> Path:
    """A folder with one sound answer."""
    with desk.database.write() as unit:
        unit.session.add(Topic(key="refund", position=1, titles={"en": "Refund"}))
    found = tmp_path / "answers"
    (found / "files").mkdir(parents=True)
    (found / "files" / "leaflet.txt").write_bytes(b"how a refund works")
    (found / "greeting.toml").write_text(GREETING, encoding="utf-8")
    return found


def keys(desk: Desk, me: AgentRow) -> list[str]:
    return [row.key for row in answers.catalogue(desk, me)]


def rewrite(folder: Path, before: str, after: str) -> None:
    path = folder / "greeting.toml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_an_imported_answer_is_used_once_somebody_else_approved_it(
    desk: Desk, ana: AgentRow, vera: AgentRow, folder: Path
) -> None:
    (change,) = answer_folders.import_folder(desk, vera, folder).changes
    assert change.before == ""
    assert '+title = "Greeting"' in change.difference
    assert keys(desk, ana) == []

    with pytest.raises(NotAllowedError):
        answer_review.approve(desk, ana, "greeting")
    with pytest.raises(AnswersError, match="another supervisor"):
        answer_review.approve(desk, vera, "greeting")
    boss = agents.sign_in(desk, "boss")
    assert answer_review.approve(desk, boss, "greeting").is_in_force
    assert keys(desk, ana) == ["greeting"]


def test_importing_again_and_importing_an_export_change_nothing(
    desk: Desk, boss: AgentRow, vera: AgentRow, folder: Path, tmp_path: Path
) -> None:
    seed(desk)
    answer_folders.import_folder(desk, vera, folder)
    assert answer_folders.import_folder(desk, vera, folder).changes == ()
    answer_review.approve(desk, boss, "greeting")
    assert answer_folders.import_folder(desk, vera, folder).changes == ()

    out = tmp_path / "out"
    assert "greeting" in answer_folders.export(desk, boss, out)
    assert (out / "files" / "leaflet.txt").read_bytes() == b"how a refund works"
    assert answer_folders.changes(desk, boss, out).changes == ()
    assert answer_folders.import_folder(desk, vera, out).changes == ()


def test_what_is_written_reads_back_the_same(folder: Path) -> None:
    rewrite(folder, "Hello", 'Hello \\\\ """ {brace}')
    (read,), _ = read_answers(folder)
    text = as_toml(read.file)
    (folder / "greeting.toml").write_text(text, encoding="utf-8")
    (again,), _ = read_answers(folder)
    assert as_toml(again.file) == text


def test_a_changed_file_goes_into_review_while_the_old_version_stays_in_use(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path
) -> None:
    answer_folders.import_folder(desk, vera, folder)
    answer_review.approve(desk, boss, "greeting")
    rewrite(folder, "We are open.", "We are here.")

    (change,) = answer_folders.import_folder(desk, vera, folder).changes
    assert any(row.startswith("-") and "We are open." in row for row in change.difference)
    assert answers.catalogue(desk, ana)[0].version == 1
    (row,) = answer_review.versions(desk, boss, AnswerState.IN_REVIEW)
    assert (row.number, "We are open." in row.before, "We are here." in row.text) == (2, True, True)

    answer_review.send_back(desk, boss, "greeting", "say when")
    (draft,) = answer_review.versions(desk, boss, AnswerState.DRAFT)
    assert draft.reason == "say when"
    answer_review.submit(desk, vera, "greeting")
    answer_review.approve(desk, boss, "greeting")
    assert answers.catalogue(desk, ana)[0].version == 2


def test_a_retired_answer_is_offered_no_more_and_its_file_does_not_revive_it(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path
) -> None:
    answer_folders.import_folder(desk, vera, folder)
    answer_review.approve(desk, boss, "greeting")
    answer_review.retire(desk, boss, "greeting")
    assert keys(desk, ana) == []

    rewrite(folder, "We are open.", "We are here.")
    (change,) = answer_folders.import_folder(desk, vera, folder).changes
    assert change.kept
    assert answer_review.submit(desk, vera, "greeting").state is AnswerState.IN_REVIEW
    answer_review.approve(desk, boss, "greeting")
    assert keys(desk, ana) == ["greeting"]


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("Hello {{ customer.name }}", "Hello {{ customer.nam }}", 24, "{{ customer.nam }} is unknown"),
        ("{% if hours.open %}We", "{% for x in y %}We", 25, "no tag 'for'"),
        ('topic = "refund"\nfiles', 'topic = "refunds"\nfiles', 2, "no topic 'refunds'"),
        ("Halo {{ customer.name }},", "Halo,", 16, "lacks {{ customer.name }}"),
        ('status = "solved"', 'status = "done"', 8, "actions.status"),
        ('status = "solved"', 'guide = "walk"', 8, "no guide 'walk'"),
        ("leaflet.txt", "gone.txt", 3, "files/gone.txt cannot be read"),
        ("[en]", "[en", 21, "not valid TOML"),
    ],
)
def test_a_broken_file_is_refused_with_file_line_and_what_to_do_and_nothing_is_applied(
    desk: Desk, vera: AgentRow, folder: Path, before: str, after: str, line: int, said: str
) -> None:
    (folder / "second.toml").write_text(GREETING.replace('"greeting"', '"second"'), encoding="utf-8")
    rewrite(folder, before, after)

    with pytest.raises(AnswerFilesError) as caught:
        answer_folders.import_folder(desk, vera, folder)

    found = [each for each in caught.value.findings if said in each.what]
    assert found, str(caught.value)
    assert (found[0].path.name, found[0].line) == ("greeting.toml", line)
    assert answer_review.versions(desk, vera) == ()


def test_lint_names_languages_placeholders_tags_and_lengths(desk: Desk, vera: AgentRow, folder: Path) -> None:
    text = GREETING[: GREETING.index("[zh]")].replace("We are open.", "We are open. " * 90)
    (folder / "greeting.toml").write_text(text, encoding="utf-8")

    said = " ".join(str(each) for each in answer_folders.lint(desk, vera, folder))

    assert "has no [zh] text" in said
    assert "no case has the tag 'vip' yet" in said
    assert "too many (1,000) for social" in said
    assert "too long (700) for chat" in said


def test_the_shipped_answers_have_no_errors(desk: Desk, boss: AgentRow) -> None:
    seed(desk)
    assert [str(each) for each in answer_folders.lint(desk, boss) if each.is_error] == []


def test_an_answer_is_offered_only_within_its_days(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path, clock: SettableClock
) -> None:
    today = date(2026, 11, 23)
    days = f"\n[valid]\nfrom = {today + timedelta(days=1)}\nuntil = {today + timedelta(days=2)}\n\n[actions]"
    rewrite(folder, "\n[actions]", days)
    answer_folders.import_folder(desk, vera, folder)
    answer_review.approve(desk, boss, "greeting")

    offered = []
    for _ in range(4):
        offered.append(keys(desk, ana) == ["greeting"])
        clock.advance(days=1)
    assert offered == [False, True, True, False]


def approved(desk: Desk, boss: AgentRow, vera: AgentRow, folder: Path) -> None:
    answer_folders.import_folder(desk, vera, folder)
    answer_review.approve(desk, boss, "greeting")


def test_sending_an_answer_does_what_goes_with_it_and_taking_it_back_undoes_that(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path, case: CaseDetail
) -> None:
    approved(desk, boss, vera, folder)
    number = case.case.id
    before = cases.open_case(desk, ana, number)

    sent = replies.reply(desk, ana, number, "Hello", seen=case.last_message_id, answers=["greeting@1:en"])
    after = cases.open_case(desk, ana, number)
    assert (after.case.status, after.case.topic_key, after.tags) == (Status.SOLVED, "refund", ("vip",))
    (outcome,) = answer_review.outcomes(desk, boss)
    assert (outcome.language, outcome.messages, outcome.cases, outcome.solved) == (Language.ENGLISH, 1, 1, 1)
    assert answers.picking(desk, ana, after).used == {"greeting": 1}

    replies.take_back(desk, ana, sent.message_id)
    again = cases.open_case(desk, ana, number)
    assert again.case.topic_key is None
    assert again.tags == ()
    assert again.case.status is not Status.SOLVED
    assert before.case.topic_key is None
    (outcome,) = answer_review.outcomes(desk, boss)
    assert (outcome.messages, outcome.cases, outcome.solved) == (0, 0, 0)


def test_what_the_agent_chose_goes_before_what_the_answer_says(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path, case: CaseDetail
) -> None:
    approved(desk, boss, vera, folder)
    replies.reply(
        desk, ana, case.case.id, "Hello", seen=case.last_message_id, then=Status.ON_HOLD, answers=["greeting@1:en"]
    )
    assert cases.open_case(desk, ana, case.case.id).case.status is Status.ON_HOLD


def test_a_case_lets_its_answers_sleep_it(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path, case: CaseDetail, clock: SettableClock
) -> None:
    rewrite(folder, 'status = "solved"', 'snooze = "2d"')
    approved(desk, boss, vera, folder)
    replies.reply(desk, ana, case.case.id, "Hello", seen=case.last_message_id, answers=["greeting@1:en"])
    row = cases.open_case(desk, ana, case.case.id).case
    assert (row.status, row.snoozed_until) == (Status.ON_HOLD, clock() + timedelta(days=2))


@pytest.mark.parametrize(("days", "counts"), [(6, 0), (8, 1)])
def test_a_case_that_reopens_within_seven_days_was_not_solved(
    desk: Desk,
    ana: AgentRow,
    boss: AgentRow,
    vera: AgentRow,
    folder: Path,
    case: CaseDetail,
    clock: SettableClock,
    days: int,
    counts: int,
) -> None:
    approved(desk, boss, vera, folder)
    replies.reply(desk, ana, case.case.id, "Hello", seen=case.last_message_id, answers=["greeting@1:en"])
    clock.advance(days=days)
    changes.set_status(desk, ana, [case.case.id], Status.OPEN)

    (outcome,) = answer_review.outcomes(desk, boss)
    assert (outcome.cases, outcome.solved) == (1, counts)

    changes.set_status(desk, ana, [case.case.id], Status.SOLVED)
    assert answer_review.outcomes(desk, boss)[0].solved == 1


def test_a_message_remembers_key_version_and_language_of_its_answer(
    desk: Desk, ana: AgentRow, boss: AgentRow, vera: AgentRow, folder: Path, case: CaseDetail
) -> None:
    approved(desk, boss, vera, folder)
    sent = replies.reply(desk, ana, case.case.id, "Hello", seen=case.last_message_id, answers=["greeting@1:zh"])
    replies.take_back(desk, ana, sent.message_id)
    (draft,) = cases.open_case(desk, ana, case.case.id).drafts
    assert draft.answers == ("greeting@1:zh",)


def test_a_snippet_is_mine_alone_and_speaks_of_no_customer(
    desk: Desk, ana: AgentRow, budi: AgentRow, case: CaseDetail
) -> None:
    written = "Halo Dewi Lestari {% x, your case #7042"
    template = snippets.from_draft(written, {"customer.name": "Dewi Lestari", "case.reference": "#7042"})
    assert template.startswith("Halo {{ customer.name }} ")
    assert template.endswith("{{ case.reference }}")

    number = snippets.keep(desk, ana, "hello", template)
    assert snippets.keep(desk, ana, "hello", "changed") == number
    (mine,) = [row for row in answers.picking(desk, ana, case).answers if row.snippet_id]
    assert mine.texts[Language.OTHER].text == "changed"
    assert answers.picking(desk, budi, case).answers == ()
    with pytest.raises(CaseError, match="not yours"):
        snippets.remove(desk, budi, number)
    with pytest.raises(CaseError, match="no tag"):
        snippets.keep(desk, ana, "bad", "{% for x in y %}")
    assert snippets.remove(desk, ana, number) == ("hello", "changed")
    assert answers.picking(desk, ana, case).answers == ()


def test_values_of_a_case_are_known_in_each_language(desk: Desk, ana: AgentRow, case: CaseDetail) -> None:
    seed(desk)
    odd = replace(case, case=replace(case.case, subject="{agent.name}"))
    known = answers.picking(desk, ana, odd).known
    assert known.values[Language.INDONESIAN]["channel"] == "e-mail"
    assert known.values[Language.CHINESE]["channel"] == "电子邮件"
    assert known.values[Language.ENGLISH]["case.subject"] == "(agent.name)"
    assert isinstance(known.values[Language.ENGLISH]["hours.open"], bool)
