"""`desk safety`, and what `desk case`, `queue` and `search` say of a message in which something was masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from db.engine import Database
from db.models import Message
from tests.cli.conftest import document, letter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]

SECRET = "PIN saya 482913, kartu 4111111111111111"


def test_no_command_shows_what_was_masked(run: Run, database_url: str) -> None:
    assert run("intake", "mail", "-", url=database_url, typed=letter(body=SECRET)).exit_code == 0

    words = (("case", "1", "--json"), ("case", "1"), ("queue", "--json"), ("search", "saldo", "--json"))
    shown = "".join(run(*each, url=database_url).output for each in words)
    assert "482913" not in shown
    assert "4111111" not in shown
    assert document(run("search", "482913", "--json", url=database_url))["cases"] == []
    raw = run("case", "1", "--raw", "1", url=database_url)
    assert raw.exit_code == 1
    assert "was dropped because" in raw.output


def test_stored_messages_are_checked_and_masked(run: Run, database_url: str) -> None:
    assert run("intake", "mail", "-", url=database_url, typed=letter()).exit_code == 0
    assert run("case", "1", url=database_url).exit_code == 0  # whoever looks first is at the desk from then on
    database = Database(database_url)
    with database.write() as unit:
        unit.session.execute(update(Message).values(text=SECRET, new_text=SECRET))
    database.close()

    checked = run("safety", "mask", "--check", url=database_url)
    assert (checked.exit_code, checked.output) == (1, "1 messages, 1 to be masked: 1 card numbers, 1 PINs.\n")
    done = document(run("safety", "mask", "--json", url=database_url))
    assert done == {"checked": False, "messages": 1, "masked": 1, "originals": 0, "found": {"card": 1, "pin": 1}}
    assert run("safety", "mask", "--check", url=database_url).exit_code == 0


def test_a_key_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "folder" / "key"
    assert run("safety", "new-key", key).exit_code == 0
    assert key.stat().st_mode & 0o777 == 0o600
    before = key.read_bytes()

    assert run("safety", "new-key", key).exit_code == 2
    assert key.read_bytes() == before
