"""The week of service hours, by keys."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from db.kinds import Channel, Language
from desk.services import agents, hour_edits, hours
from desk.services.desk import Desk
from desk.services.hour_files import from_data, read_hours
from desk.services.hours import put
from desk.settings import Settings
from desk.tui.messages import Fresh
from tests.services.routing import put_queues
from tests.tui.case_world import typed
from tests.tui.conftest import LARGE, SMALL, Opens, World, screen_lines, screen_text, until


@pytest.fixture
def desk(world: World) -> Desk:
    """Thursday 24 December 2026, 10:00 in Jakarta."""
    world.clock.moment = datetime.fromisoformat("2026-12-24T10:00+07:00")
    world.keep_hours()
    return Desk(world.database, Settings(), world.clock)


async def shown(pilot: Any) -> None:
    await pilot.press("f9")
    await until(pilot, lambda: "hours · Phone · Asia/Jakarta" in screen_text(pilot.app))


async def test_a_change_by_somebody_else_is_shown_at_once_so_that_ones_own_can_be_made_again(
    desk: Desk, open_app: Opens
) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL, notices=True) as pilot:
        await shown(pilot)
        await pilot.press("k", "space", "enter")
        await until(pilot, lambda: "change the hours of phone every Wednesday?" in screen_text(pilot.app))
        known = hour_edits.calendar(desk, sari, Channel.PHONE)
        theirs = hour_edits.with_weekday(known.file, 2, ("11:00-15:00",))
        hour_edits.change(desk, sari, known.key, known.version, theirs)
        await pilot.press("a")
        await until(pilot, lambda: "is dropped" in screen_text(pilot.app))
        await until(pilot, lambda: "that day 11:00-15:00" in screen_text(pilot.app))
        assert "not applied: ⏎" not in screen_text(pilot.app)
        await pilot.press("space")
        await until(pilot, lambda: "not applied: ⏎" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "change the hours of phone every Wednesday?" in screen_text(pilot.app))
        await pilot.press("a")
        await until(
            pilot, lambda: hour_edits.calendar(desk, sari, Channel.PHONE).file.weekly["wed"] == ("10:00-15:00",)
        )


async def test_the_head_says_what_is_in_force_while_something_is_painted(desk: Desk, open_app: Opens) -> None:
    file = hour_edits.calendar(desk, agents.sign_in(desk, "sari"), Channel.CHAT).file
    async with open_app(size=LARGE) as pilot:
        await shown(pilot)
        await pilot.press("tab", "tab")
        await until(pilot, lambda: "hours · Live chat" in screen_text(pilot.app))
        before = screen_lines(pilot.app)[0]
        assert "open until" in before
        assert file.weekly["thu"] == ("06:00-24:00",)
        await pilot.press("space")
        await until(pilot, lambda: "not applied: ⏎" in screen_text(pilot.app))
        assert screen_lines(pilot.app)[0] == before


async def test_the_question_names_many_weekdays_on_a_small_screen_in_full(desk: Desk, open_app: Opens) -> None:
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("k", "k", "k", "h", "h", "h")  # Monday 07:00
        for key in ("j", "j", "j", "j", "j", "j"):
            await pilot.press("space", key)
        await until(pilot, lambda: "painted, not applied: ⏎" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "change the hours of phone every" in screen_text(pilot.app))
        title = next(row for row in screen_lines(pilot.app) if "change the hours of" in row)
        assert " and Sat?" in title


async def test_the_question_about_days_that_do_not_fit_its_title_names_them_below(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    known = hour_edits.calendar(desk, sari, Channel.SOCIAL)
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("tab", "tab", "tab")
        await until(pilot, lambda: "hours · Social media" in screen_text(pilot.app))
        screen: Any = pilot.app.screen
        file = known.file
        for weekday in range(6):
            file = hour_edits.with_hour(file, weekday, 3, is_open=True)
        screen._try(hour_edits.with_day(file, date(2026, 12, 28), "stock", ()))
        await pilot.press("enter")
        await until(pilot, lambda: "change the hours of social?" in screen_text(pilot.app))
        assert "every Mon, Tue, Wed, Thu, Fri and Sat, 28 Dec 2026" in screen_text(pilot.app)


async def test_a_closure_that_ends_further_away_than_a_year_is_refused_as_it_is_typed(
    desk: Desk, open_app: Opens
) -> None:
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "close phone now" in screen_text(pilot.app))
        await typed(pilot, "100w")
        await pilot.press("tab")
        await typed(pilot, "we move")
        await pilot.press("enter")
        await until(pilot, lambda: "No moment to come within a year" in screen_text(pilot.app))
        assert "other hours." in screen_text(pilot.app)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_the_week_shows_holidays_now_and_what_closes_it(
    desk: Desk, open_app: Opens, size: tuple[int, int]
) -> None:
    sari = agents.sign_in(desk, "sari")
    hours.close(desk, sari, Channel.PHONE, datetime.fromisoformat("2026-12-24T14:00+07:00"), "lines [down]")
    async with open_app(size=size) as pilot:
        await shown(pilot)
        text = screen_text(pilot.app)
        assert "Christmas Day" in text
        assert "closed until Thu 24 Dec 14:00: lines [down]" in text
        assert "[]" in text or "[" in text
        assert (
            sum(line.startswith((" Mon", " Tue", " Wed", " Thu", " Fri", " Sat", " Sun")) for line in text.split("\n"))
            >= 7
        )


@pytest.mark.slow
async def test_an_hour_is_painted_previewed_applied_and_undone(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("k", "space")
        await until(pilot, lambda: "not applied: ⏎" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "due moments move" in screen_text(pilot.app))
        assert "change the hours of phone every Wednesday?" in screen_text(pilot.app)
        await pilot.press("a")
        await until(pilot, lambda: "10:00" in str(hour_edits.calendar(desk, sari, Channel.PHONE).file.weekly["wed"]))
        await until(pilot, lambda: "not applied: ⏎" not in screen_text(pilot.app))
        await pilot.press("U")
        await until(
            pilot, lambda: hour_edits.calendar(desk, sari, Channel.PHONE).file.weekly["wed"] == ("08:00-21:00",)
        )


async def test_half_hours_of_a_weekday_are_said_as_text_previewed_applied_and_undone(
    desk: Desk, open_app: Opens
) -> None:
    sari = agents.sign_in(desk, "sari")

    def wednesday() -> tuple[str, ...]:
        return hour_edits.calendar(desk, sari, Channel.PHONE).file.weekly["wed"]

    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("k", "w")
        await until(pilot, lambda: "hours of every Wednesday" in screen_text(pilot.app))
        assert "08:00-21:00" in screen_text(pilot.app)
        await pilot.press("ctrl+u")
        await typed(pilot, "8.30-12:00, 13:00-17:00")
        await pilot.press("enter")
        await until(pilot, lambda: "“8.30-12:00” cannot be read as hours. Write 09:00-17:00" in screen_text(pilot.app))
        await pilot.press("home", "delete", "delete", *"08:", "enter")
        await until(pilot, lambda: "not applied: ⏎" in screen_text(pilot.app))
        assert "that day 08:30-12:00, 13:00-17:00" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(pilot, lambda: "due moments move" in screen_text(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: wednesday() == ("08:30-12:00", "13:00-17:00"))
        await until(pilot, lambda: "not applied: ⏎" not in screen_text(pilot.app))
        await pilot.press("h", "h", "space")  # from 10 to 08, which is open by half: painted closed
        await until(pilot, lambda: "that day 09:00-12:00, 13:00-17:00" in screen_text(pilot.app))
        await pilot.press("space")
        await until(pilot, lambda: "that day 08:00-12:00, 13:00-17:00" in screen_text(pilot.app))
        await pilot.press("escape", "U")
        await until(pilot, lambda: wednesday() == ("08:00-21:00",))


async def test_a_special_day_begins_with_the_hours_that_the_date_has(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("j", "d")
        await until(pilot, lambda: "hours of Fri 25 Dec 2026" in screen_text(pilot.app))
        assert "Christmas Day" in screen_text(pilot.app)
        assert "09:00-18:00" in screen_text(pilot.app)
        await pilot.press("tab", *("backspace",) * 5, *"12:30", "enter")
        await until(pilot, lambda: "not applied: ⏎" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: "due moments move" in screen_text(pilot.app))
        await pilot.press("a")
        await until(
            pilot, lambda: hour_edits.calendar(desk, sari, Channel.PHONE).file.days[-1].hours == ("09:00-12:30",)
        )


async def test_the_phone_is_closed_on_the_spot_with_a_preview(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "close phone now" in screen_text(pilot.app))
        await typed(pilot, "2h")
        await pilot.press("tab")
        await typed(pilot, "lines down")
        await pilot.press("enter")
        await until(pilot, lambda: "close phone until" in screen_text(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: "lines down" in hours.check(desk, sari, Channel.PHONE)[1].why)
        await until(pilot, lambda: ": lines down" in screen_text(pilot.app))
        await pilot.press("o")
        await until(pilot, lambda: hours.check(desk, sari, Channel.PHONE)[1].is_open)


async def test_closing_once_more_says_what_it_replaces_and_undo_puts_that_back(desk: Desk, open_app: Opens) -> None:
    sari = agents.sign_in(desk, "sari")
    hours.close(desk, sari, Channel.PHONE, desk.clock() + timedelta(hours=4), "lines down")

    def why() -> str:
        return hours.check(desk, sari, Channel.PHONE)[1].why

    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        await pilot.press("c")
        await until(pilot, lambda: "close phone now" in screen_text(pilot.app))
        await typed(pilot, "2h")
        await pilot.press("tab")
        await typed(pilot, "a drill")
        await pilot.press("enter")
        await until(pilot, lambda: "close phone until" in screen_text(pilot.app))
        assert "and no longer until" in screen_text(pilot.app)
        await pilot.press("a")
        await until(pilot, lambda: "a drill" in why())
        await until(pilot, lambda: ": a drill" in screen_text(pilot.app))
        await pilot.press("U")
        await until(pilot, lambda: "lines down" in why())
    assert hours.check(desk, sari, Channel.PHONE)[0].closure_at(desk.clock()) is not None


async def test_an_agent_may_look_and_paints_nothing(desk: Desk, open_app: Opens) -> None:
    async with open_app(size=SMALL, login="rio", notices=True) as pilot:
        await shown(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "takes a supervisor" in screen_text(pilot.app))
        assert "not applied: ⏎" not in screen_text(pilot.app)
        await pilot.press("tab")
        await until(pilot, lambda: "hours · E-mail" in screen_text(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "hours · E-mail" not in screen_text(pilot.app))


async def test_hours_that_were_read_again_while_somebody_typed_theirs_are_not_undone(
    desk: Desk, open_app: Opens
) -> None:
    sari = agents.sign_in(desk, "sari")
    async with open_app(size=SMALL, notices=True) as pilot:
        await shown(pilot)
        await pilot.press("k", "w")
        await until(pilot, lambda: "hours of every Wednesday" in screen_text(pilot.app))
        known = hour_edits.calendar(desk, sari, Channel.PHONE)
        file = hour_edits.with_weekday(known.file, 0, ("11:00-12:00",))
        hour_edits.change(desk, sari, known.key, known.version, file)
        screen: Any = pilot.app.screen_stack[-2]
        before = screen._calendar
        pilot.app.tell(Fresh)
        await until(pilot, lambda: screen._calendar is not before)
        await pilot.press("ctrl+u")
        await typed(pilot, "08:30-12:00")
        await pilot.press("enter")
        await until(pilot, lambda: "read again" in screen_text(pilot.app))
        assert "not applied: ⏎" not in screen_text(pilot.app)


async def test_the_hour_that_clocks_show_twice_is_drawn_open_where_both_are(world: World, open_app: Opens) -> None:
    world.clock.moment = datetime.fromisoformat("2026-10-28T10:00-04:00")
    nights = from_data(
        {
            "title": {"id": "Telepon", "en": "Phone", "zh": "电话"}, "zone": "America/New_York", "channels": ["phone"],
            "weekly": {"sat": ["22:00-06:00"]},
        }
    )  # fmt: skip
    with world.database.write() as unit:
        put(unit, "phone", nights)
    async with open_app(size=LARGE) as pilot:
        await pilot.press("f9")
        await until(pilot, lambda: " Sun 1 Nov" in screen_text(pilot.app))
        sunday = next(line for line in screen_lines(pilot.app) if line.startswith(" Sun 1 Nov"))
        assert (sunday.count("█"), sunday.count("▄")) == (6 * sunday.count("·") // 18, 0)


OTHERS = {
    "chinese": """
title = { id = "Obrolan Mandarin", en = "Chat in Chinese", zh = "中文客服" }
zone = "Asia/Jakarta"
channels = ["chat"]
languages = ["zh"]
[weekly]
thu = ["09:00-17:00"]
""",
    "nights": """
title = { id = "Malam", en = "Nights", zh = "夜" }
zone = "Asia/Jakarta"
queues = ["slow"]
[weekly]
thu = ["08:00-24:00"]
""",
}


async def test_tab_goes_on_to_the_hours_of_a_language_and_of_a_queue(
    desk: Desk, open_app: Opens, tmp_path: Path
) -> None:
    sari = agents.sign_in(desk, "sari")
    put_queues(desk, sari, tmp_path, common="", slow="")
    for key, text in OTHERS.items():
        (tmp_path / "hours").mkdir(exist_ok=True)
        (tmp_path / "hours" / f"{key}.toml").write_text(text, encoding="utf-8")
    hours.apply(desk, sari, read_hours(tmp_path / "hours"))
    async with open_app(size=SMALL) as pilot:
        await shown(pilot)
        for title in ("E-mail", "Live chat", "Social media", "Chat in Chinese"):
            await pilot.press("tab")
            await until(pilot, lambda title=title: f"hours · {title} · " in screen_text(pilot.app))
        await pilot.press("space", "enter")
        await until(pilot, lambda: "change the hours of chat in Chinese every Thursday?" in screen_text(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: hour_edits.calendar(desk, sari, Channel.CHAT, Language.CHINESE).file.weekly["thu"]
                    == ("09:00-10:00", "11:00-17:00"))  # fmt: skip
        assert hour_edits.calendar(desk, sari, Channel.CHAT).file.weekly["thu"] == ("06:00-24:00",)
        await until(pilot, lambda: "not applied: ⏎" not in screen_text(pilot.app))

        await pilot.press("tab")
        await until(pilot, lambda: "hours · Nights · " in screen_text(pilot.app))
        await pilot.press("c")
        await until(pilot, lambda: "close queue slow now" in screen_text(pilot.app))
        await typed(pilot, "2h")
        await pilot.press("tab")
        await typed(pilot, "training")
        await pilot.press("enter")
        await until(pilot, lambda: "close queue slow until" in screen_text(pilot.app))
        await pilot.press("a")
        await until(pilot, lambda: "training" in hours.check(desk, sari, "slow")[1].why)
        assert hours.check(desk, sari, Channel.CHAT)[1].is_open
        await until(pilot, lambda: ": training" in screen_text(pilot.app))
        await pilot.press("o")
        await until(pilot, lambda: hours.check(desk, sari, "slow")[1].is_open)
        await pilot.press("tab")
        await until(pilot, lambda: "hours · Phone · " in screen_text(pilot.app))


async def test_hours_that_are_removed_meanwhile_are_left_for_those_that_hold(
    desk: Desk, open_app: Opens, tmp_path: Path
) -> None:
    sari = agents.sign_in(desk, "sari")
    put_queues(desk, sari, tmp_path, common="", slow="")
    for key, text in OTHERS.items():
        (tmp_path / "hours").mkdir(exist_ok=True)
        (tmp_path / "hours" / f"{key}.toml").write_text(text, encoding="utf-8")
    others = read_hours(tmp_path / "hours")
    hours.apply(desk, sari, others)
    async with open_app(size=SMALL, notices=True) as pilot:
        await shown(pilot)
        for title in ("E-mail", "Live chat", "Social media", "Chat in Chinese"):
            await pilot.press("tab")
            await until(pilot, lambda title=title: f"hours · {title} · " in screen_text(pilot.app))
        hours.apply(desk, sari, read_hours() | {"nights": others["nights"]}, prune=True)
        pilot.app.tell(Fresh)
        await until(pilot, lambda: "hours · Live chat · " in screen_text(pilot.app))
        await until(pilot, lambda: "There are no hours" in screen_text(pilot.app))
        for title in ("Social media", "Nights"):
            await pilot.press("tab")
            await until(pilot, lambda title=title: f"hours · {title} · " in screen_text(pilot.app))
        hours.apply(desk, sari, read_hours(), prune=True)
        pilot.app.tell(Fresh)
        await until(pilot, lambda: "hours · Phone · " in screen_text(pilot.app))


async def test_a_case_is_put_aside_until_its_own_queue_opens(
    desk: Desk, world: World, open_app: Opens, tmp_path: Path
) -> None:
    sari = agents.sign_in(desk, "sari")
    put_queues(desk, sari, tmp_path, common="", slow="")
    (tmp_path / "hours").mkdir()
    (tmp_path / "hours" / "nights.toml").write_text(OTHERS["nights"], encoding="utf-8")
    hours.apply(desk, sari, read_hours(tmp_path / "hours"))
    world.add(queue="slow")
    async with open_app(size=SMALL) as pilot:
        await pilot.press("z")
        await until(pilot, lambda: "aside until" in screen_text(pilot.app))
        await typed(pilot, "opening")
        await until(pilot, lambda: "Thu 31 Dec" in screen_text(pilot.app))
        assert "Sat 26 Dec" not in screen_text(pilot.app)
