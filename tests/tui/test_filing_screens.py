"""Spam, blocked senders, and cases that are merged, split and linked, by keys; each with its undo."""

from __future__ import annotations

from typing import Any

import pytest

from db.kinds import Status
from tests.tui.case_world import notices, opened, say, typed
from tests.tui.conftest import MIDDLE, SMALL, Opens, World, screen_text, until


def of_customer_of(world: World, case_id: int, other_id: int) -> None:
    """Make a case one of the customer of another."""
    from db.models import Case

    with world.database.read() as connection:
        customer = connection.execute(Case.__table__.select().where(Case.id == other_id)).one().customer_id
    world.change(case_id, customer_id=customer)


def case(screen: Any) -> Any:
    return screen.detail.case


@pytest.mark.slow
async def test_spam_is_marked_with_the_sender_blocked_and_undone(world: World, open_app: Opens) -> None:
    case_id = world.add(status=Status.OPEN)
    async with open_app(size=MIDDLE, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: screen.detail.spam_at is not None)
        await until(pilot, lambda: "spam, sender blocked.   U undoes it" in notices(pilot))
        await until(pilot, lambda: "SPAM" in screen_text(pilot.app) and "⊘ blocked" in screen_text(pilot.app))
        await pilot.press("U")
        await until(pilot, lambda: screen.detail.spam_at is None and case(screen).status is Status.OPEN)
        assert "undone" in notices(pilot)
        assert "U undoes it" not in notices(pilot)
        await until(pilot, lambda: "⊘ blocked" not in screen_text(pilot.app))


async def test_spam_is_marked_on_the_queue_and_leaves_it(world: World, open_app: Opens) -> None:
    world.add(name="Spammer")
    world.add(name="Budi Santoso")
    async with open_app(size=SMALL) as pilot:
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: "All 1" in screen_text(pilot.app))
        await pilot.press("U")
        await until(pilot, lambda: "All 2" in screen_text(pilot.app))


async def test_a_sender_is_blocked_and_unblocked_by_one_key(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("B")
        await until(pilot, lambda: screen.detail.customer.contacts[0].blocked_at is not None)
        assert screen.detail.spam_at is None
        await pilot.press("U")
        await until(pilot, lambda: screen.detail.customer.contacts[0].blocked_at is None)
        await pilot.press("B")
        await until(pilot, lambda: screen.detail.customer.contacts[0].blocked_at is not None)
        await pilot.press("B")
        await until(pilot, lambda: screen.detail.customer.contacts[0].blocked_at is None)


async def test_a_case_is_merged_into_another_of_its_customer_and_undone(world: World, open_app: Opens) -> None:
    first = world.add(subject="Saldo terpotong", text="yang pertama")
    second = world.add(subject="Saldo lagi", text="yang kedua")
    of_customer_of(world, second, first)
    async with open_app(size=SMALL, notices=True) as pilot:
        await opened(pilot, second)
        await pilot.press("M")
        await until(pilot, lambda: f"#{first} ✉ Saldo terpotong" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == first)
        await until(pilot, lambda: "yang kedua" in screen_text(pilot.app))
        assert f"merged into #{first}.   U undoes it" in notices(pilot)
        await pilot.press("U")
        await until(pilot, lambda: "yang kedua" not in screen_text(pilot.app))


@pytest.mark.slow
async def test_a_case_of_another_customer_is_merged_only_after_asking(world: World, open_app: Opens) -> None:
    first = world.add(name="Anna Lee")
    second = world.add(name="Budi Santoso", text="rahasia Budi")
    async with open_app(size=SMALL) as pilot:
        screen = await opened(pilot, second)
        await pilot.press("M")
        await until(pilot, lambda: "a number, or part" in screen_text(pilot.app))
        await typed(pilot, str(first))
        await pilot.press("enter")
        await until(pilot, lambda: "is of Anna Lee, another customer" in screen_text(pilot.app))
        await pilot.press("enter")  # what is selected first leaves them apart
        await until(pilot, lambda: pilot.app.screen is screen)
        assert case(screen).status is Status.NEW
        await pilot.press("M", *str(first), "enter")
        await until(pilot, lambda: "answers go to Anna Lee" in screen_text(pilot.app))
        await pilot.press("m")
        await until(pilot, lambda: getattr(pilot.app.screen, "case_id", 0) == first)


@pytest.mark.slow
async def test_the_marked_message_is_split_off_and_put_back(world: World, open_app: Opens) -> None:
    case_id = world.add(text="yang pertama")
    say(world, case_id, "hal lain sama sekali")
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("S")
        await until(pilot, lambda: len(screen.detail.messages) == 1)
        assert "the message is #2 now.   U undoes it" in notices(pilot)
        await pilot.press("U")
        await until(pilot, lambda: len(screen.detail.messages) == 2)


async def test_the_only_message_is_not_split_off(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        screen = await opened(pilot, case_id)
        await pilot.press("S")
        await until(pilot, lambda: notices(pilot))
        assert len(screen.detail.messages) == 1


@pytest.mark.slow
async def test_cases_are_linked_shown_on_the_card_and_unlinked(world: World, open_app: Opens) -> None:
    first, second = world.add(subject="Saldo"), world.add(subject="Toko Maju")
    async with open_app(size=MIDDLE, notices=True) as pilot:
        screen = await opened(pilot, first)
        await pilot.press("L")
        await until(pilot, lambda: "a number, or part" in screen_text(pilot.app))
        await typed(pilot, str(second))
        await pilot.press("enter")
        await until(pilot, lambda: f"belongs with #{second}" in screen_text(pilot.app))
        await pilot.press("L")
        await until(pilot, lambda: "linked: takes it off" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(pilot, lambda: screen.detail.links == ())
        await pilot.press("U")
        await until(pilot, lambda: len(screen.detail.links) == 1)


@pytest.mark.slow
async def test_a_number_of_no_case_is_said_to_be_none(world: World, open_app: Opens) -> None:
    case_id = world.add()
    async with open_app(size=SMALL, notices=True) as pilot:
        await opened(pilot, case_id)
        await pilot.press("L", "9", "9", "9", "enter")
        await until(pilot, lambda: "There is no case #999" in notices(pilot))


@pytest.mark.slow
async def test_a_closed_case_is_offered_for_links_and_not_for_merging(world: World, open_app: Opens) -> None:
    first = world.add(subject="Saldo terpotong", text="yang pertama")
    second = world.add(subject="Saldo lagi", text="yang kedua")
    of_customer_of(world, second, first)
    world.change(first, status=Status.CLOSED, due_at=None)
    async with open_app(size=SMALL) as pilot:
        await opened(pilot, second)
        await pilot.press("M")
        await until(pilot, lambda: f"Merge #{second} into" in screen_text(pilot.app))
        assert f"#{first} ✉ Saldo terpotong" not in screen_text(pilot.app)
        await pilot.press("escape", "L")
        await until(pilot, lambda: f"#{first} ✉ Saldo terpotong" in screen_text(pilot.app))
