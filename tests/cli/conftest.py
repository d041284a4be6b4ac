"""What tests of the command line share: the command in this process and in one of its own, and messages to take in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from desk.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from click.testing import Result

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(new_home: dict[str, str], seeded_template: Path) -> dict[str, str]:
    """The environment of a desk of this test's own, at which nobody has worked yet."""
    folder = Path(new_home["DESK_DATA_DIR"])
    folder.mkdir(mode=0o700)
    shutil.copyfile(seeded_template, folder / "desk.db")
    return new_home


@pytest.fixture
def new_home(tmp_path: Path) -> dict[str, str]:
    """The environment of a desk of this test's own, without a database yet."""
    return {
        "DESK_DATA_DIR": str(tmp_path / "data"),
        "DESK_CONFIG": str(tmp_path / "config.toml"),
        "DESK_AGENT": "sari",
        "TZ": "UTC",
        "DESK_MAIL__ACKNOWLEDGE": "false",  # what came in is looked at, not what goes out by itself
    }


@pytest.fixture
def run(home: dict[str, str]) -> Callable[..., Result]:
    """Runs `desk` with these words in this process; keywords: `url`, `typed`, `env`."""

    def run_(
        *words: str | Path, url: str = "", typed: bytes | str | None = None, env: Mapping[str, str] | None = None
    ) -> Result:
        environment = home | ({"DESK_DATABASE_URL": url} if url else {}) | (env or {})
        return CliRunner().invoke(cli, [str(word) for word in words], input=typed, env=environment, prog_name="desk")

    return run_


@pytest.fixture
def start(home: dict[str, str]) -> Callable[..., subprocess.Popen[bytes]]:
    """Starts `desk` with these words in a process of its own; keywords: `env`, and what Popen takes."""

    def start_(*words: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        settings: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE) | options
        command = [sys.executable, "-m", "desk", *map(str, words)]
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **home, **(env or {})}, **settings)

    return start_


def letter(number: int = 1, *, body: str = "Saldo saya terpotong dua kali.", sender: str = "budi@example.com") -> bytes:
    """A mail; the same number gives the same one."""
    return (
        f"From: Budi <{sender}>\nTo: support@example.com\nSubject: Saldo {number}\n"
        f"Date: Mon, 23 Nov 2026 12:00:00 +0700\nMessage-ID: <{number}@mail.example.com>\n\n{body}\n"
    ).encode()


def chat(number: int = 1, **more: Any) -> dict[str, Any]:
    """A chat message as other systems hand it in."""
    return {
        "channel": "chat",
        "external_id": f"chat-{number}",
        "from": {"name": "王小明", "handle": f"@wang{number}"},
        "text": "付款失败，但已扣款",
        "at": "2026-11-23T12:00:00+07:00",
    } | more


def lines(*messages: dict[str, Any]) -> str:
    """JSON lines."""
    return "".join(f"{json.dumps(each)}\n" for each in messages)


def mbox(*letters: bytes) -> bytes:
    """An mbox with these messages, nothing escaped."""
    return b"".join(b"From budi@example.com Mon Nov 23 12:00:00 2026\n" + each + b"\n" for each in letters)


def document(result: Result) -> Any:
    """The JSON that a command printed."""
    assert result.stdout.isascii()
    return json.loads(result.stdout)
