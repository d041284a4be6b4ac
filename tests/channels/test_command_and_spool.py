"""Messages out by a command, and into the spool folder."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from db.kinds import Channel
from db.rows import OutgoingRow
from desk.channels.command import CommandSender
from desk.channels.sending import RefusedError, Taken, TryLaterError, UnknownOutcomeError, sender_for
from desk.channels.spool import SpoolSender
from desk.settings import Mail, Outbox, Settings, Smtp
from tests.clock import START

HOSTILE = "'; rm -rf / #$(reboot)\n退款 \x1b[31m\u202e"


def outgoing(**changed: Any) -> OutgoingRow:
    values: dict[str, Any] = {
        "outbox_id": 1,
        "message_id": 7,
        "case_id": 42,
        "channel": Channel.CHAT,
        "attempts": 1,
        "external_id": None,
        "at": START,
        "agent_name": "Ana",
        "subject": "",
        "text": HOSTILE,
        "details": {"to": "dewi", "to_name": HOSTILE},
    }
    return OutgoingRow(**(values | changed))


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_the_command_gets_the_message_as_json_and_answers_with_the_providers_id(tmp_path: Path) -> None:
    got = tmp_path / "got"
    code = f"import sys, shutil; shutil.copyfileobj(sys.stdin, open({str(got)!r}, 'w')); print('id-1'); print('more')"

    assert CommandSender(python(code)).send(outgoing()) == Taken("id-1")

    said = json.loads(got.read_text())
    assert said["text"] == HOSTILE
    assert {name: said[name] for name in ("id", "case", "channel", "to", "agent", "at", "attempt")} == {
        "id": 7,
        "case": 42,
        "channel": "chat",
        "to": "dewi",
        "agent": "Ana",
        "at": "2026-11-23T13:14:00+00:00",
        "attempt": 1,
    }


def test_no_word_of_a_customer_is_an_argument() -> None:
    code = "import sys, json; print(json.dumps(sys.argv))"

    assert CommandSender(python(code)).send(outgoing()) == Taken('["-c"]')


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("import sys; sys.stderr.write('wait\\x1b'); sys.exit(75)", TryLaterError, "wait␛"),
        ("import sys; sys.exit(75)", TryLaterError, "asked to try later"),
        ("import sys; sys.exit('no such user')", RefusedError, "no such user"),
        ("import sys; sys.exit(2)", RefusedError, "ended with status 2"),
        ("import os; os.kill(os.getpid(), 9)", RefusedError, "ended with status -9"),
    ],
)
def test_the_exit_status_decides(code: str, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        CommandSender(python(code)).send(outgoing())


@pytest.mark.parametrize(("output", "found"), [("", None), ("\n\n", None), ("a\0b\x1b", "a␀b␛"), ("x" * 2000, 900)])
def test_any_output_becomes_a_name_that_can_be_kept(output: str, found: object) -> None:
    name = CommandSender(python(f"import sys; sys.stdout.write({output!r})")).send(outgoing()).provider_id

    assert (len(name or "") if isinstance(found, int) else name) == found


def test_a_command_that_does_not_listen_is_no_error() -> None:
    assert CommandSender(python("print('ok')")).send(outgoing(text="x" * 1_000_000)) == Taken("ok")


@pytest.mark.parametrize("command", ["/no/such/command", "", "a\0b"])
def test_a_command_that_cannot_be_run_is_tried_later(command: str) -> None:
    with pytest.raises(TryLaterError, match="cannot be run"):
        CommandSender([command]).send(outgoing())


@pytest.mark.slow
def test_a_command_that_does_not_end_is_ended_with_all_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = (
        "import subprocess, time, pathlib; "
        f"child = subprocess.Popen(['sleep', '60']); pathlib.Path({str(pid)!r}).write_text(str(child.pid)); "
        "time.sleep(60)"
    )
    with pytest.raises(UnknownOutcomeError, match="within 1 seconds"):
        CommandSender(python(code), timeout_seconds=1).send(outgoing())

    deadline = time.monotonic() + 5
    while _runs(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(int(pid.read_text()))


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return Path("/proc").is_dir() is False and _signals(pid)
    return state.rsplit(")", 1)[1].split()[0] != "Z"


def _signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_spooled_message_is_one_whole_file(tmp_path: Path) -> None:
    folder = tmp_path / "spool" / "deeper"

    assert SpoolSender(folder).send(outgoing()) == Taken("chat-7.json")

    assert [path.name for path in folder.iterdir()] == ["chat-7.json"]
    assert json.loads((folder / "chat-7.json").read_text(encoding="utf-8"))["text"] == HOSTILE


def test_a_message_spooled_twice_is_one_file(tmp_path: Path) -> None:
    sender = SpoolSender(tmp_path)
    sender.send(outgoing())
    sender.send(outgoing(attempts=2))

    assert [path.name for path in tmp_path.iterdir()] == ["chat-7.json"]


def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(TryLaterError, match="cannot be written"):
        SpoolSender(tmp_path / "file" / "spool").send(outgoing())


def test_each_channel_has_its_sender(tmp_path: Path) -> None:
    plain = Settings(data_dir=str(tmp_path))
    full = Settings(mail=Mail(smtp=Smtp(host="mx")), outbox=Outbox(command=("true",)))

    assert {type(sender_for(plain, channel)).__name__ for channel in Channel} == {"SpoolSender"}
    assert {channel.value: type(sender_for(full, channel)).__name__ for channel in Channel} == {
        "phone": "CommandSender",
        "email": "MailSender",
        "chat": "CommandSender",
        "social": "CommandSender",
    }
