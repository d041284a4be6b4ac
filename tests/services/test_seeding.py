"""Seed files are sound in every language, and seeding twice is seeding once."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from db.kinds import AnswerState, Role
from db.models import Agent, AnswerText, AnswerVersion, CannedAnswer, Event, Topic
from desk.services.desk import Desk
from desk.services.seed_files import SeedError, read_seeds, seeds_folder
from desk.services.seeding import seed
from desk.settings import Settings
from desk.templates.engine import compiled

if TYPE_CHECKING:
    from pathlib import Path

    from db.engine import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk on an empty database."""
    return Desk(database, Settings(), database.clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped seeds that a test may spoil."""
    return shutil.copytree(seeds_folder(), tmp_path / "seeds")


def rewrite(folder: Path, key: str, before: str, after: str) -> None:
    path = folder / "answers" / f"{key}.toml"
    words = path.read_text(encoding="utf-8")
    assert before in words
    path.write_text(words.replace(before, after), encoding="utf-8")


def counted(database: Database) -> tuple[int, ...]:
    tables = (Topic, CannedAnswer, AnswerVersion, AnswerText, Event)
    with database.read() as connection:
        return tuple(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_every_answer_greets_and_signs_in_all_three_languages() -> None:
    for answer in read_seeds().answers:
        for words in answer.texts.values():
            assert {"customer.name", "agent.name"} <= set(compiled(words.text).variables), answer.key


def test_every_answer_asks_each_language_for_the_same_things_as_often() -> None:
    for answer in read_seeds().answers:
        names = [sorted(set(compiled(words.text).variables)) for words in answer.texts.values()]
        assert names[0] == names[1] == names[2], answer.key


def test_the_numbered_steps_are_the_same_in_every_language() -> None:
    for answer in read_seeds().answers:
        counts = [len(re.findall(r"^\d\. ", words.text, re.MULTILINE)) for words in answer.texts.values()]
        assert counts[0] == counts[1] == counts[2], answer.key


def test_a_new_desk_gets_every_topic_and_answer_approved(desk: Desk) -> None:
    seeds = read_seeds()

    report = seed(desk)

    answers = len(seeds.answers)
    assert (report.topics, len(report.added)) == (len(seeds.topics), answers)
    assert counted(desk.database) == (len(seeds.topics), answers, answers, answers * 3, answers)


def test_seeding_twice_changes_nothing(desk: Desk) -> None:
    seed(desk)
    before = counted(desk.database)

    assert seed(desk).is_unchanged
    assert counted(desk.database) == before


def test_a_changed_text_becomes_the_next_version(desk: Desk, folder: Path) -> None:
    seed(desk, folder)
    rewrite(folder, "account.close", "We are sorry to see you go", "It is a pity that you leave")

    report = seed(desk, folder)

    assert (report.added, report.changed) == ([], ["account.close"])
    with desk.database.read() as connection:
        numbers = connection.scalars(
            select(AnswerVersion.number)
            .join(CannedAnswer)
            .where(CannedAnswer.key == "account.close")
            .order_by(AnswerVersion.number)
        )
        assert list(numbers) == [1, 2]


def test_what_people_wrote_here_is_not_overruled_by_a_changed_file(desk: Desk, folder: Path) -> None:
    seed(desk, folder)
    with desk.database.write() as unit:
        sari = Agent(login="sari", name="Sari", role=Role.SENIOR, languages=["id"], created_at=unit.now)
        answer = unit.session.scalars(select(CannedAnswer).where(CannedAnswer.key == "account.close")).one()
        unit.session.add(sari)
        unit.session.flush()
        answer.versions.append(
            AnswerVersion(
                number=2,
                state=AnswerState.APPROVED,
                topic_key="account-closing",
                channels=[],
                variables={},
                owner_id=sari.id,
                created_at=unit.now,
            )
        )
    rewrite(folder, "account.close", "We are sorry to see you go", "It is a pity that you leave")

    report = seed(desk, folder)

    assert (report.changed, report.kept) == ([], ["account.close"])


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('{{ agent.name }}\n"""\n\n[en]', 'Kami\n"""\n\n[en]', "id.text lacks {{ agent.name }}"),
        ("{{ customer.name }}", "{{ nama }}", "{{ nama }} is unknown"),
        ("{{ customer.name }}", "{{ customer.name", "id.text: unexpected '{'"),
        ('topic = "account-closing"', 'topic = "closing"', "there is no topic 'closing'"),
        ('key = "account.close"', 'key = "account.closing"', "name the file account.closing.toml"),
        ("channels = []", 'channels = ["fax"]', "channels"),
        ("title =", "titel =", "account.close.toml, line"),
        ("[id]", "[id", "is not valid TOML"),
    ],
)
def test_a_spoilt_file_is_named_with_key_and_fix(folder: Path, before: str, after: str, words: str) -> None:
    rewrite(folder, "account.close", before, after)

    with pytest.raises(SeedError) as caught:
        read_seeds(folder)

    assert "account.close.toml" in str(caught.value)
    assert words in str(caught.value)
