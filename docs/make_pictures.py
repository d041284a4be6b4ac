"""Draws the real screens as SVG, for the README and docs: `python docs/make_pictures.py URL LOGIN FOLDER`.

URL is a demo world of its own (`desk demo --build-only`), LOGIN somebody in it; what the pictures of mail show is
written into it first. Each picture is the screen after some keys. Chinese and Indonesian text stays readable in
browsers and in rsvg-convert.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from db.kinds import OutboxState
from db.models import Message, OutboxItem
from desk.bootstrap import open_desk
from desk.services import cases, changes, replies, search, sides
from desk.tui.app import DeskApp
from desk.tui.gateway import Gateway

PICTURES = {
    "queue": ((120, 32), ()),
    "queue-80": ((80, 24), ("j", "j")),
    "case": ((120, 32), ("enter",)),
    "answers": ((120, 32), ("enter", "c")),
    "keys": ((80, 24), ("question_mark",)),
    "scheduled": ((120, 24), ("7",)),
    "undelivered": ((120, 24), ("6",)),
    "side": ((120, 32), ("slash", *"tag:picture", "enter", "k")),
}
"""Name to the size in cells and the keys pressed."""

FONTS = "'Fira Code', 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
SETTLED_SECONDS = 1.5


def write_mail(url: str, login: str) -> None:
    """What waits, what did not arrive, and a case with a third party, somebody in copy and a doubtful sender."""
    opened = open_desk(url=url, login=login)
    desk, me = opened.desk, opened.me
    found = search.find(desk, me, "channel:email status:new,open is:unassigned", limit=4).rows
    waits, asks, side, failed = (cases.open_case(desk, me, row.id) for row in found)
    later = desk.clock() + timedelta(hours=14)
    replies.reply(desk, me, waits.case.id, "Kami kabari lagi besok pagi, ya.", seen=waits.last_message_id, at=later)
    bank = {"to": "disputes@bank.example", "name": "Bank Nusantara", "subject": "Transfer 9F2 of Monday"}
    sides.start(desk, me, asks.case.id, text="Please tell us whether 9F2 has reached the merchant.", at=later, **bank)
    shop = {"to": "kasir@tokomaju.example", "name": "Toko Maju", "subject": "Pembayaran dua kali"}
    sides.start(desk, me, side.case.id, text="Mohon dicek: dua pembayaran pada menit yang sama.", **shop)
    said = "Kami sudah menghubungi Toko Maju dan kabari Anda hari ini."
    replies.reply(desk, me, side.case.id, said, seen=side.last_message_id, cc=["Tono <tono@example.org>"])
    changes.tag(desk, me, [side.case.id], "picture")
    lost = replies.reply(desk, me, failed.case.id, "Dana sudah kembali.", seen=failed.last_message_id)
    with desk.database.write() as unit:
        for item in unit.session.scalars(select(OutboxItem).where(OutboxItem.state == OutboxState.QUEUED)):
            if item.scheduled_for is None:
                item.state, item.sent_at = OutboxState.SENT, unit.now
            if item.message_id == lost.message_id:
                item.state, item.attempts, item.error = OutboxState.FAILED, 1, "550 5.1.1 no such user here"
        first = unit.session.get_one(Message, side.messages[0].id)
        first.details = first.details | {"auth": {"dmarc": "fail", "spf": "fail"}, "unverified": True}
    desk.database.close()


def readable(svg: str) -> str:
    """The picture with fonts that have Chinese, and blanks that every renderer keeps."""
    svg = svg.replace("&#160;", " ").replace("font-family: Fira Code", f"font-family: {FONTS}")
    return svg if "xml:space" in svg else svg.replace("<text ", '<text xml:space="preserve" ')


async def picture(url: str, login: str, size: tuple[int, int], keys: tuple[str, ...]) -> str:
    """The screen of that size after those keys."""
    gateway = Gateway(url=url, login=login)
    app = DeskApp(gateway, with_worker=False)
    try:
        async with app.run_test(size=size) as pilot:
            for key in ("", *keys):
                if key:
                    await pilot.press({":": "colon"}.get(key, key))
                await pilot.pause(SETTLED_SECONDS if len(key) != 1 else SETTLED_SECONDS / 3)
            await pilot.pause(SETTLED_SECONDS)
            return readable(app.export_screenshot(title="desk"))
    finally:
        gateway.close()


def main() -> None:
    """Draw them all."""
    url, login, folder = sys.argv[1:4]
    write_mail(url, login)
    for name, (size, keys) in PICTURES.items():
        path = Path(folder) / f"{name}.svg"
        path.write_text(asyncio.run(picture(url, login, size, keys)), encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
