"""The status page: `desk serve` in a process of its own, asked over HTTP, and looked at in a browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from db.kinds import IncidentKind, Language
from desk.services import agents, incidents
from desk.services.desk import Desk
from desk.services.public_status import public_status
from desk.serving import http_address_of
from desk.settings import Serve, Settings, SettingsError
from desk.web.languages import chosen
from desk.web.status import document, status_page
from tests import attacks
from tests.hostile.attacks import ACTING, HONEST, OWN
from tests.services.incidents import TEXTS
from tests.web.served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from db.engine import Database


@pytest.fixture
def desk(database: Database) -> Desk:
    """A desk with an outage, and work to come."""
    made = Desk(database, Settings(), database.clock)
    boss = agents.sign_in(made, "boss")
    now = made.clock()
    outage = incidents.Draft("Bank transfers fail", TEXTS, internal="SECRET: the bank", words=("transfer",))
    incidents.open_incident(made, boss, outage)
    work = incidents.Draft(
        "Night work", {"en": {"title": "Short break", "text": "The app rests."}}, IncidentKind.MAINTENANCE,
        starts_at=now + timedelta(hours=3), expected_at=now + timedelta(hours=4),
    )  # fmt: skip
    incidents.open_incident(made, boss, work)
    hidden = incidents.Draft("Hidden", {"en": {"text": "Nobody reads this."}}, is_public=False)
    incidents.open_incident(made, boss, hidden)
    return made


@pytest.fixture
def served(desk: Desk, database_url: str, tmp_path: Path) -> Iterator[Served]:
    """The desk of `desk`, served."""
    running = Served(database_url, tmp_path)
    yield running
    running.kill()


@pytest.mark.slow
def test_a_real_desk_serve_answers_in_three_languages_and_says_nothing_internal(served: Served) -> None:
    assert served.ask("/health")[::2] == (200, '{"status":"ok"}')
    status, headers, page = served.ask("/status", Accept_Language="fr, zh-CN;q=0.9, en;q=0.5")
    assert status == 200
    assert "跨行转账延迟。" in page
    assert "<script" not in page
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers
    for path, words in (("/?lang=id", "Transfer ke bank lain tertunda."), ("/?lang=en", "Planned maintenance")):
        assert words in served.ask(path, Accept_Language="zh")[2]
    everything = page + served.ask("/status.json")[2]
    assert not [word for word in ("SECRET", "Night work", "Nobody reads", "Bank transfers") if word in everything]
    told = json.loads(served.ask("/status.json")[2])
    assert told["status"] == "problems"
    assert [each["key"] for each in told["incidents"]] == ["bank-transfers-fail", "night-work"]
    assert served.ask("/style.css")[1]["content-type"].startswith("text/css")
    assert served.ask("/nothing")[0] == 404
    assert served.ask("/status", "POST", b"x")[0] == 405
    assert served.ask("/status", "POST", b"x" * 70_000)[0] == 413
    assert served.ask("/" + "x" * 3_000)[0] == 414
    served.ask("/status?token=HIDDEN")
    code, said = served.end()
    assert code == 0
    assert "HIDDEN" not in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_the_page_fits_a_phone_in_a_real_browser(served: Served, tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no chromium here (Debian's package chromium)")
    served.ask("/health")
    with tempfile.TemporaryDirectory(prefix="browser-") as profile:
        command = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}",
            "--window-size=500,900", f"--screenshot={tmp_path / 'page.png'}",
            f"http://127.0.0.1:{served.port}/?lang=en",
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    picture = (tmp_path / "page.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 10_000, "an empty page is smaller"


class Tags(HTMLParser):
    """What tags a page has, and what their attributes say."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


OURS = {
    "html", "head", "meta", "title", "link", "body", "nav", "a", "b", "main", "h1", "h2", "article", "p", "footer",
}  # fmt: skip


@pytest.mark.slow
def test_no_text_becomes_anything_but_text(sqlite_database: Database) -> None:
    desk = Desk(sqlite_database, Settings(), sqlite_database.clock)
    boss = agents.sign_in(desk, "boss")
    corpus = [attacks.payload(each).decode("utf-8", "replace")[:3_000] for each in attacks.lines(archives=False)]
    hostile = [*OWN.values(), *HONEST, *corpus[:300], "<script>alert(1)</script>"]
    for text in (each[:3_000] for each in hostile):
        draft = incidents.Draft(f"t {text}", {"en": {"title": f"t {text}", "text": f"x {text}"}}, internal=text)
        row = incidents.open_incident(desk, boss, draft)
        page = status_page(public_status(desk), Language.ENGLISH, "en")
        tags = Tags()
        tags.feed(page)
        assert tags.seen <= OURS, text
        assert not [name for name in tags.attributes if name.startswith("on")]
        assert ACTING.search(page.replace("\t", " ")) is None
        json.dumps(document(public_status(desk)))
        incidents.cancel(desk, boss, row.id)


@pytest.mark.parametrize(
    ("link", "accept", "language"),
    [
        ("zh", "en", "zh"),
        ("xx", "id-ID,id;q=0.9", "id"),
        ("", "de, zh;q=0.3, id;q=0.8", "id"),
        ("", "zh;q=0, en;q=nonsense", "en"),
        ("", "", "en"),
    ],
)
def test_the_language_is_the_links_or_the_best_that_the_browser_asks_for(link: str, accept: str, language: str) -> None:
    assert chosen(link, accept, "en") == language


def test_pages_are_for_this_machine_unless_a_proxy_stands_before_them() -> None:
    with pytest.raises(SettingsError, match="proxy"):
        http_address_of(Serve(http="0.0.0.0:8080"))
    assert http_address_of(Serve(http="0.0.0.0:8080", behind_proxy=True)).port == 8080
    with pytest.raises(SettingsError, match="no place to listen"):
        http_address_of(Serve(http="here"))
