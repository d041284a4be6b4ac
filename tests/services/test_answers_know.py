"""What canned answers know of incidents and guides, and start; what incidents know of the wallet's error codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.kinds import Language, Role
from desk.services import agents, answer_folders, answer_review, answers, cases, guides, replies
from desk.services.answer_files import AnswerFilesError
from tests.services.acting import mail, newest
from tests.services.filing import receive_live
from tests.services.incidents import linked, opened

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk

pytestmark = pytest.mark.seeded

WALKING = """key = "walk"
[actions]
guide = "app-problem"
[id]
title = "Periksa"
text = "Mari kita periksa: {{ guide.title }}"
[en]
title = "Check"
text = "Let us check: {{ guide.title }}"
[zh]
title = "检查"
text = "我们来检查：{{ guide.title }}"
"""


def known(desk: Desk, me: AgentRow, case_id: int, language: Language) -> dict[str, object]:
    return dict(answers.picking(desk, me, cases.open_case(desk, me, case_id)).known.values[language])


@pytest.fixture
def walking(desk: Desk, boss: AgentRow, tmp_path: Path) -> Path:
    """A folder with an answer that starts a guide, approved."""
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "walk.toml").write_text(WALKING, encoding="utf-8")
    return folder


def test_an_answer_speaks_of_the_incident_that_its_case_is_linked_with(
    desk: Desk, boss: AgentRow, ana: AgentRow
) -> None:
    (case_id,) = linked(desk, ana, opened(desk, boss), 1)
    assert known(desk, ana, case_id, Language.CHINESE)["incident.title"] == "转账延迟"
    assert known(desk, ana, case_id, Language.ENGLISH)["incident.text"] == "Transfers to other banks are late."


@pytest.mark.slow
def test_an_answer_starts_a_guide_when_it_is_sent_and_then_speaks_of_it(
    desk: Desk, boss: AgentRow, ana: AgentRow, walking: Path
) -> None:
    vera = agents.add(desk, boss, login="vera", name="Vera", role=Role.SUPERVISOR)
    answer_folders.import_folder(desk, vera, walking)
    answer_review.approve(desk, boss, "walk")
    receive_live(desk, mail(text="The application does not open at all any more."))
    page = newest(desk, ana)
    replies.reply(desk, ana, page.case.id, "Let us check.", seen=page.last_message_id, answers=("walk@1:en",))

    walk = guides.of_case(desk, ana, page.case.id)
    assert walk is not None
    assert walk.run.guide_key == "app-problem"
    assert known(desk, ana, page.case.id, Language.ENGLISH)["guide.title"]
    assert known(desk, ana, page.case.id, Language.INDONESIAN)["guide.step"]


def test_an_answer_cannot_start_a_guide_that_there_is_none_of(desk: Desk, boss: AgentRow, walking: Path) -> None:
    (walking / "walk.toml").write_text(WALKING.replace("app-problem", "nothing"), encoding="utf-8")
    with pytest.raises(AnswerFilesError, match="no guide 'nothing'"):
        answer_folders.import_folder(desk, boss, walking)


def test_a_code_is_known_however_it_is_spelled(desk: Desk, boss: AgentRow) -> None:
    opened(desk, boss, words=(), codes=("PAY-102",), links_by_rule=True)
    receive_live(desk, mail(text="Pembayaran saya gagal, muncul kode error 102 terus."))
    (found,) = newest(desk, boss).incidents
    assert (found.is_linked, found.why) == (True, "by rule: it names PAY-102")
