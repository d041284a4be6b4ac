"""Mail in files: where one message of an mbox ends and the next begins, and what lies in folders."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.channels.mail import mbox
from desk.channels.mail.mailboxes import Mailboxes, looks_like_mail
from tests.cli.conftest import letter

FROM = b"From budi@example.com Mon Nov 23 12:00:00 2026\n"


def split(data: bytes) -> list[bytes | None]:
    return list(mbox.messages(io.BytesIO(data)))


def test_messages_come_out_as_they_went_in() -> None:
    assert split(FROM + letter(1) + b"\n" + FROM + letter(2) + b"\n") == [letter(1), letter(2)]


def test_line_ends_stay_as_they_are() -> None:
    crlf = letter(1).replace(b"\n", b"\r\n")
    assert split(FROM[:-1] + b"\r\n" + crlf + b"\r\n" + FROM[:-1] + b"\r\n" + crlf + b"\r\n") == [crlf, crlf]


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Mon Nov 23 12:00:00 2026\n",
        b"From MAILER-DAEMON Mon Nov 23 12:00:00 2026\n",
        b"From budi@example.com Mon Nov 23 12:00:00 2026 remote from host\n",
        b"From \n",
        b"From budi@example.com\n",
    ],
)
def test_the_separators_of_many_programs_are_known(separator: bytes) -> None:
    assert split(separator + letter(1) + b"\n" + separator + letter(2)) == [letter(1), letter(2)]


@pytest.mark.parametrize(
    "body",
    [
        b"From now on I pay cash.\n",
        b"One line.\nFrom budi@example.com Mon Nov 23 12:00:00 2026\nand on.\n",
        b"From here\n\nFrom there\n",
    ],
)
def test_a_text_that_begins_with_from_is_no_new_message(body: bytes) -> None:
    raw = b"From: a@example.com\nSubject: x\n\n" + body
    assert split(FROM + raw + b"\n" + FROM + letter(2)) == [raw, letter(2)]


def test_a_quotation_keeps_its_marks_where_nothing_was_escaped() -> None:
    raw = b"Subject: x\n\n>yes\n>From what I see\n>no\n\nTrue.\n"
    assert split(FROM + raw) == [raw]


def test_one_mark_is_taken_off_what_was_escaped() -> None:
    escaped = b"Subject: x\n\nHi\n>From me\n\n>yes\n>>From what I see\n>no\n"
    assert split(FROM + escaped) == [b"Subject: x\n\nHi\nFrom me\n\n>yes\n>From what I see\n>no\n"]


words = st.lists(
    st.sampled_from([b"From me", b"From x 12:00 2026", b"hello", b"Subject: x", b"", b"\xff\x00"]), max_size=8
)


@given(st.lists(words, min_size=1, max_size=5))
def test_whatever_was_written_by_the_rules_is_read_back(bodies: list[list[bytes]]) -> None:
    raws = [b"Subject: x\n\n" + b"".join(line + b"\n" for line in body) + b"end\n" for body in bodies]
    escaped = (re.sub(rb"(?m)^(>*From )", rb">\1", raw) for raw in raws)
    assert split(b"".join(FROM + each + b"\n" for each in escaped)) == raws


@given(st.binary(max_size=300))
def test_no_byte_is_lost_whatever_the_file(data: bytes) -> None:
    got = b"".join(each or b"" for each in split(FROM + data))
    assert got in {data, data[:-1], data[:-2]} or b"From " in data


class Counted(io.BytesIO):
    """A file that knows how far it was read."""

    furthest = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        self.furthest = self.tell()
        return line


def test_a_mailbox_of_any_size_is_read_message_by_message() -> None:
    file = Counted(b"".join(FROM + letter(number) + b"\n" for number in range(1000)))
    messages = mbox.messages(file)
    next(messages)
    assert file.furthest < 1000


def test_a_message_that_is_too_long_is_passed_over_and_the_next_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "MOST_BYTES", 1000)
    assert split(FROM + letter(1, body="x" * 2000) + b"\n" + FROM + letter(2)) == [None, letter(2)]


def test_what_is_too_long_or_unreadable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "MOST_BYTES", 1000)
    (tmp_path / "long.eml").write_bytes(letter(1, body="x" * 2000))
    (tmp_path / "short.eml").write_bytes(letter(2))
    boxes = Mailboxes()
    assert [Path(found.source).name for found in boxes.messages(tmp_path)] == ["short.eml"]
    assert [Path(place).name for place, _ in boxes.unreadable] == ["long.eml"]


def test_a_message_whose_flags_change_while_we_read_is_found(tmp_path: Path) -> None:
    for part in ("cur", "new", "tmp"):
        (tmp_path / part).mkdir()
    for number in (1, 2):
        (tmp_path / "cur" / f"{number}.host:2,").write_bytes(letter(number))
    found = Mailboxes().messages(tmp_path)
    assert next(found).raw == letter(1)
    (tmp_path / "cur" / "2.host:2,").rename(tmp_path / "cur" / "2.host:2,S")
    assert next(found).raw == letter(2)


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    boxes = Mailboxes()
    assert list(boxes.messages(tmp_path)) == []
    assert boxes.skipped == 1


@pytest.mark.parametrize(
    ("head", "is_mail"),
    [
        (b"Received: from a\nFrom: b@example.com\nSubject: x\n\n", True),
        (b"\xef\xbb\xbfFrom: b@example.com\nSubject: x\n\n", True),
        (b"# Notes\nFrom: me\nTo: you\n", False),
        (b"key: value\nother: value\n", False),
        (b"<html>\nFrom: x\n", False),
    ],
)
def test_mail_is_told_from_other_files_by_its_headers(head: bytes, is_mail: bool) -> None:
    assert looks_like_mail(head) is is_mail
