"""A stranger's name for a file chooses no path, and saving overwrites nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from db.models import Attachment
from desk.services import attachments
from desk.services.errors import CaseError
from tests.rules.test_filenames import HOSTILE
from tests.services.acting import mail, newest, receive

if TYPE_CHECKING:
    from pathlib import Path

    from db.rows import AgentRow
    from desk.services.desk import Desk


def attached(desk: Desk, me: AgentRow, *files: tuple[str, bytes]) -> list[int]:
    receive(desk, mail(files=files))
    return [each.id for each in newest(desk, me).messages[0].attachments]


def test_hostile_names_stay_within_the_folder_and_apart(desk: Desk, ana: AgentRow, tmp_path: Path) -> None:
    names = [name.replace("\0", "").replace("\ud800", "") for name in HOSTILE]
    ids = attached(desk, ana, *((f"{number}.bin", f"{number}".encode()) for number in range(len(names))))
    with desk.database.write() as unit:
        for attachment_id, name in zip(ids, names, strict=True):
            unit.session.get_one(Attachment, attachment_id).filename = name
    outer = tmp_path / "outer"
    folder = outer / "chosen"

    paths = [attachments.save(desk, ana, attachment_id, folder) for attachment_id in ids]

    assert [path.read_bytes() for path in paths] == [f"{number}".encode() for number in range(len(names))]
    assert sorted(outer.rglob("*")) == sorted([folder, *paths])
    assert {path.parent for path in paths} == {folder}


def test_an_honest_name_stays_as_it_is(desk: Desk, ana: AgentRow, tmp_path: Path) -> None:
    (attachment_id,) = attached(desk, ana, ("Bukti [transfer] 退款 (2).pdf", b"content"))

    assert attachments.save(desk, ana, attachment_id, tmp_path / "x").name == "Bukti [transfer] 退款 (2).pdf"


def test_an_existing_file_is_not_overwritten(desk: Desk, ana: AgentRow, tmp_path: Path) -> None:
    (attachment_id,) = attached(desk, ana, ("shot.png", b"new"))
    folder = tmp_path / "chosen"
    folder.mkdir()
    (folder / "shot.png").write_bytes(b"old")

    names = [attachments.save(desk, ana, attachment_id, folder).name for _ in range(2)]

    assert names == ["shot (1).png", "shot (2).png"]
    assert (folder / "shot.png").read_bytes() == b"old"


@pytest.mark.parametrize("target", ["victim", "missing"])
def test_a_link_in_the_way_is_not_followed(desk: Desk, ana: AgentRow, tmp_path: Path, target: str) -> None:
    (attachment_id,) = attached(desk, ana, ("shot.png", b"new"))
    folder = tmp_path / "chosen"
    folder.mkdir()
    (tmp_path / "victim").write_bytes(b"precious")
    (folder / "shot.png").symlink_to(tmp_path / target)

    path = attachments.save(desk, ana, attachment_id, folder)

    assert path.name == "shot (1).png"
    assert (tmp_path / "victim").read_bytes() == b"precious"
    assert not (tmp_path / "missing").exists()


def test_a_saved_file_is_for_its_owner_only(desk: Desk, ana: AgentRow, tmp_path: Path) -> None:
    (attachment_id,) = attached(desk, ana, ("shot.png", b"new"))

    assert attachments.save(desk, ana, attachment_id, tmp_path / "x").stat().st_mode & 0o777 == 0o600


def test_the_same_file_sent_twice_is_stored_once_and_read_twice(desk: Desk, ana: AgentRow) -> None:
    ids = attached(desk, ana, ("a.bin", b"same"), ("b.bin", b"same"))

    assert [attachments.content(desk, ana, each) for each in ids] == [b"same", b"same"]


def test_an_attachment_that_does_not_exist_is_named(desk: Desk, ana: AgentRow) -> None:
    with pytest.raises(CaseError, match="no such attachment"):
        attachments.content(desk, ana, 99)
