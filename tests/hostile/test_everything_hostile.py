"""Hostile text from the way in to every way out: nothing acts, nothing fails, nothing is lost, honest text stays."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from click.testing import CliRunner, Result

from desk.channels.mail.incoming import read_incoming
from desk.channels.messages import MessageLineError, read_line
from desk.cli import cli
from tests.hostile.attacks import ACTING, HONEST, OWN, PAYLOADS, letters, lines
from tests.terminal import Terminal

SECONDS_TO_TAKE_IN = 2
OURS = re.compile(rb"\x1b\[[0-9;?<>=]*[A-Za-z$]|\x1b\[\?[0-9]+\$p|\x1b[()][A-Z0-9]|\x1b\]22;[a-z-]*\x07")
"""Control sequences of the kinds that Textual writes."""

Run = Callable[..., Result]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a desk that has taken everything in, by its own commands."""
    folder = tmp_path_factory.mktemp("hostile")
    environ = {
        "DESK_DATA_DIR": str(folder / "data"),
        "DESK_CONFIG": str(folder / "none.toml"),
        "DESK_AGENT": "sari",
        "TZ": "UTC",
    }
    box = folder / "box"
    box.mkdir()
    raws = {raw for name, payload in PAYLOADS.items() for raw in letters(name, payload) if raw.strip()}
    for number, raw in enumerate(sorted(raws)):
        (box / f"{number}.eml").write_bytes(raw)
    taken = invoked(environ, "intake", "mail", str(box), "--json")
    assert taken.exit_code == 0, taken.output
    told = json.loads(taken.stdout)
    assert told["taken_in"] + told["known"] == len(raws)
    environ["MAILS"] = str(len(raws))
    chats = b"".join(line + b"\n" for name, payload in PAYLOADS.items() for line in lines(name, payload))
    assert invoked(environ, "intake", "message", "-", typed=chats).exit_code == 65, "bad lines are told, good ones kept"
    return environ


def invoked(environ: dict[str, str], *words: str, typed: bytes | None = None) -> Result:
    """A command in this process; nothing that it prints acts, and it knows what it failed at."""
    result = CliRunner().invoke(cli, list(words), input=typed, env=environ, prog_name="desk")
    for said in (result.stdout, result.stderr):
        found = ACTING.search(said)
        assert found is None, (words[:2], ascii(said[max(0, found.start() - 60) : found.end() + 20]))
        assert "Traceback" not in said
        assert "unexpected fault" not in said, (words[:2], said[-300:])
    assert result.exception is None or isinstance(result.exception, SystemExit), words
    return result


def cases_of(environ: dict[str, str]) -> list[dict[str, Any]]:
    """The whole queue."""
    found: list[dict[str, Any]] = json.loads(invoked(environ, "queue", "--limit", "100000", "--json").stdout)["cases"]
    return found


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_message_is_read_in_time(name: str) -> None:
    for raw in letters(name, PAYLOADS[name]):
        begun = time.process_time()
        assert read_incoming(raw).error is None or not raw.strip() or b":" not in raw
        assert time.process_time() - begun < SECONDS_TO_TAKE_IN
    for line in lines(name, PAYLOADS[name]):
        begun = time.process_time()
        with suppress(MessageLineError):
            read_line(line)
        assert time.process_time() - begun < SECONDS_TO_TAKE_IN


def test_every_byte_is_kept_and_the_database_is_sound(world: dict[str, str]) -> None:
    from sqlalchemy import func, select

    from db.engine import Database
    from db.models import Blob, Inbound

    database = Database(f"sqlite:///{world['DESK_DATA_DIR']}/desk.db")
    try:
        with database.read() as connection:
            kept = set(connection.scalars(select(Blob.sha256)))
            assert kept >= set(connection.scalars(select(Inbound.raw_sha256)))
            assert connection.scalar(select(func.count()).where(Inbound.channel == "email")) == int(world["MAILS"])
            lost = select(func.count()).where(Inbound.message_id.is_(None))
            assert connection.scalar(lost) == 0
    finally:
        database.close()
    assert invoked(world, "db", "check").exit_code == 0


def test_no_command_passes_on_what_acts(world: dict[str, str]) -> None:
    cases = cases_of(world)
    for words in (["queue", "--limit", "100000"], ["config", "show"], ["queue", "--lane", "chat", "--json"]):
        assert invoked(world, *words).exit_code == 0
    for case in cases[:: max(1, len(cases) // 70)]:
        assert invoked(world, "case", str(case["id"])).exit_code == 0
        assert invoked(world, "case", str(case["id"]), "--json").stdout.isascii()


def test_any_word_on_the_command_line_is_answered_in_a_sentence(world: dict[str, str]) -> None:
    for name, payload in PAYLOADS.items():
        text = payload[:3_000].decode("utf-8", "replace").replace("\x00", "")
        queries = [text, f'"{text[:200]}', f"from:{text[:200]}", f"before:{text[:50]}", f"tag:{text[:80]}"]
        for query in queries if name in OWN else queries[:1]:
            assert invoked(world, "search", "--", query).exit_code in {0, 2}
        words = [["case", "--", text[:300]], ["--as", text[:300], "queue"], ["queue", "--lane", text[:100]]]
        for each in words if name in OWN else words[:1]:
            assert invoked(world, *each).exit_code != 70


async def test_no_screen_acts_on_what_it_shows(world: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    from desk.tui.app import DeskApp
    from desk.tui.gateway import Gateway
    from tests.tui.conftest import MIDDLE, queue_of, screen_meta, until

    for name, value in (*world.items(), ("TERM", "xterm-256color")):
        monkeypatch.setenv(name, value)
    gateway = Gateway(login="sari")
    app = DeskApp(gateway, with_worker=False)

    def check() -> None:
        for strip in app.screen._compositor.render_strips():
            assert not ACTING.search(strip.text), ascii(strip.text)
            assert strip.cell_length == MIDDLE[0]
            assert not any(segment.style and segment.style.link for segment in strip)
        assert not [meta for meta in screen_meta(app) if any(str(key).startswith("@") for key in meta)]

    try:
        async with app.run_test(size=MIDDLE, notifications=True) as pilot:
            await until(pilot, lambda: gateway.me is not None and queue_of(app).window.is_loaded)
            for turn in range(8):
                await pilot.press(*["pagedown"] * (turn % 2), *["j"] * 3)
                await pilot.pause(0.02)
                check()
                if turn % 3 == 0:
                    await pilot.press("enter")
                    await until(pilot, lambda: app.screen is not queue_of(app))
                    await pilot.pause(0.05)
                    check()
                    await pilot.press("f", "h")
                    await pilot.pause(0.02)
                    check()
                    while app.screen is not queue_of(app):
                        await pilot.press("escape")
                        await pilot.pause()
            for text in OWN.values():
                app.notify(text)
                await pilot.pause()
                check()
    finally:
        gateway.close()


def test_no_byte_of_a_stranger_reaches_the_terminal(world: dict[str, str]) -> None:
    environ = {**os.environ, **world, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    with Terminal([sys.executable, "-m", "desk"], env=environ, columns=120, rows=32) as terminal:
        terminal.wait(lambda _screen: f" of {len(cases_of(world))}" in terminal.text() or "#" in terminal.text())
        terminal.settle()
        for keys in ("jjjj\x1b[6~", "\r", "q", "\x1b[6~jj", "\r"):
            terminal.send(keys)
            terminal.settle(0.3, 3)
    rest = OURS.sub(b"", bytes(terminal.written))
    assert set(re.findall(rb"[\x00-\x09\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]", rest)) <= {b"\x07"}
    assert not ACTING.search(rest.decode("utf-8", "replace").replace("\x1b", "").replace("\r", "").replace("\x07", ""))
    assert b"\x1b]52" not in terminal.written
    assert b"\x1b]8" not in terminal.written


def test_honest_text_comes_out_as_it_went_in(world: dict[str, str]) -> None:
    for number, text in enumerate(HONEST):
        sender = {"name": text, "handle": f"@honest{number}"}
        said = {"channel": "chat", "external_id": f"honest{number}", "from": sender, "subject": text, "text": text}
        said["at"] = "2026-11-23T12:00:00Z"
        assert invoked(world, "intake", "message", "-", typed=json.dumps(said).encode()).exit_code == 0
        found = json.loads(invoked(world, "queue", "--lane", "chat", "--limit", "100000", "--json").stdout)["cases"]
        case = max(found, key=lambda each: int(each["id"]))
        shown = invoked(world, "case", str(case["id"])).stdout
        assert shown.count(text) >= 3
