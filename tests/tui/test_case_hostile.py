"""Text that means harm, on the case's page, in the composer, the picker, dialogs, the search and notices."""

from __future__ import annotations

import re
from typing import Any

import pytest

from db.kinds import MessageKind
from tests import attacks
from tests.tui.case_world import is_composing, opened, say, typed
from tests.tui.conftest import MIDDLE, Opens, World, screen_lines, screen_meta, screen_text, until

UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")
HOSTILE = {
    "markup": "[bold red]x[/] [@click=app.leave]klik[/] x[/] [EXTERNAL] invoice [link=http://x]y[/link]",
    "escapes": "a\x1b[31mred\x1b[0m \x1b]52;c;ZXZpbA==\x07 \x1b]0;title\x07 \x9b2J \x90q\x9c",
    "bidi": "invoice\u202egpj.exe \u2066abc\u2069 \u200bzero\u200b\u2060",
    "long": "x" * 10_000,
    "wide": "付" * 5_000,
    "marks": "a" + "\u0301" * 5_000,
    "nul": "a\x00b\r\nc\u2028d\u2029e\x0bf",
    "honest": "[ref 12] مرحبا שלום 👩‍👩‍👧 O'Brien +62 812",
}


def corpus() -> dict[str, str]:
    """One text of each kind of the corpus, where it is."""
    found: dict[str, str] = {}
    for line in attacks.lines():
        if "text" in line and len(line["text"]) < 200_000:
            found[line["kind"]] = found.get(line["kind"], "") + "\n" + line["text"]
    return found


def check(app: Any) -> None:
    """Nothing on screen acts, leaves its line or hides."""
    width = app.size.width
    for strip in app.screen._compositor.render_strips():
        assert not UNSHOWN.search(strip.text), repr(strip.text)
        assert strip.cell_length == width
    assert not [meta for meta in screen_meta(app) if any(str(name).startswith("@click") for name in meta)]
    assert all(not segment.style or not segment.style.link for strip in app.screen._compositor.render_strips()
               for segment in strip)  # fmt: skip


def stored(text: str) -> str:
    """As text gets into the database: no NUL and no lone surrogate can be stored; the rest may be old or foreign."""
    return text.replace("\x00", "\u2400").encode("utf-8", "replace").decode()


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(HOSTILE))
async def test_hostile_text_is_only_shown(world: World, open_app: Opens, name: str) -> None:
    text = stored(HOSTILE[name])
    case_id = world.add(name=text[:200], subject=text[:900], text=text, told=True)
    say(world, case_id, text, new_text="", sender_name=text[:200], sender_address=text[:300], error=text[:300])
    say(world, case_id, text, kind=MessageKind.NOTE, subject=text[:900])
    async with open_app(size=MIDDLE, notices=True) as pilot:
        app = pilot.app
        actions = set(app.screen.active_bindings)
        screen = await opened(pilot, case_id)
        check(app)
        for key in ("k", "f", "f", "g", "g"):
            await pilot.press(key)
            await pilot.pause()
            check(app)
        app.notify(text)
        await pilot.pause()
        check(app)
        await pilot.press("T")
        await until(pilot, lambda: app.screen is not screen)
        check(app)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is screen)
        await pilot.press("c")
        await until(pilot, lambda: "account.close" in screen_text(app))
        check(app)
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen and is_composing(screen))
        await pilot.pause()
        check(app)
        assert actions


async def test_honest_text_stays_as_it_is(world: World, open_app: Opens) -> None:
    case_id = world.add(text="[ref 12] [bold] مرحبا O'Brien +62 812", subject="[EXTERNAL] invoice")
    async with open_app(size=MIDDLE) as pilot:
        await opened(pilot, case_id)
        assert "[ref 12] [bold] مرحبا O'Brien +62 812" in screen_text(pilot.app)
        assert "[EXTERNAL] invoice" in screen_lines(pilot.app)[0]


async def test_a_hostile_search_is_answered_or_refused(world: World, open_app: Opens) -> None:
    case_id = world.add(subject="[red]x[/]")
    async with open_app(size=MIDDLE) as pilot:
        await pilot.press("slash")
        await until(pilot, lambda: pilot.app.screen.__class__.__name__ == "SearchScreen")
        for query in ("[red]x[/]", 'a"b" OR 1=1 --', "NEAR(a b", "channel:[/]", "'; drop table"):
            pilot.app.screen._input.value = query  # type: ignore[attr-defined]
            await pilot.pause(0.2)
            check(pilot.app)
        assert case_id


@pytest.mark.slow
@pytest.mark.skipif(not attacks.FOLDER.is_dir(), reason="the corpus of attacks is not here")
async def test_every_kind_of_the_corpus_is_only_shown(world: World, open_app: Opens) -> None:
    case_id = world.add()
    for kind, text in corpus().items():
        shown = stored(text)
        say(
            world,
            case_id,
            shown,
            sender_name=shown[-150:],
            sender_address=shown[-200:],
            subject=f"{kind} {shown[-300:]}",
        )
    async with open_app(size=MIDDLE) as pilot:
        screen = await opened(pilot, case_id)
        for _ in screen.conversation.messages:
            await pilot.press("f")
            await pilot.pause()
            check(pilot.app)
            current = screen.conversation.current
            for _ in range(60):
                await pilot.press("k")
                if screen.conversation.current != current:
                    break
            check(pilot.app)
        await typed(pilot, "h")
