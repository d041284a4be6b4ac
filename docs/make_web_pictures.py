"""Draws the pages about a refund as a phone shows them: `python docs/make_web_pictures.py FOLDER`.

A desk of its own is made in a folder that is thrown away, a refund is sent to its merchant, and Debian's Chromium
looks at the pages.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
import tempfile
import threading
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import sync_playwright
from sqlalchemy import select

from db.clock import now
from db.engine import Database
from db.kinds import Channel
from db.kinds_refunds import MerchantAnswer, RefundReason
from db.migrate import upgrade
from db.models import OutboxItem
from db.rows_refunds import PaymentRow
from desk.rules.refunds.links import PATH
from desk.rules.refunds.money import Money
from desk.services import agents, cases, intake, outbox, seeding
from desk.services.desk import Desk
from desk.services.refunds import merchant_links, opening
from desk.serving import Address
from desk.settings import Outbox, Refunds, Settings
from desk.web.serving import serve_http
from desk.worker import reader_for

LINK_URL = "https://desk.example"
PHONE = {"width": 390, "height": 844}


def a_desk(folder: Path) -> Desk:
    """An empty desk with its seeds."""
    settings = Settings(data_dir=str(folder), refunds=Refunds(link_url=LINK_URL), outbox=Outbox(undo_seconds=0))
    desk = Desk(Database(f"sqlite:///{folder / 'desk.sqlite'}"), settings, now)
    upgrade(desk.database)
    seeding.seed(desk)
    return desk


def a_refund(desk: Desk) -> tuple[str, str]:
    """A refund that its merchant is asked for; the tokens of the merchant's and of the customer's page."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Message-ID"] = (
        "Dewi <dewi@example.org>",
        "support@example.com",
        "<1@example.org>",
    )
    letter["Subject"] = "Pesanan tidak sampai"
    letter.set_content("Saya bayar di Toko Maju Rp 150.000 kemarin, barang tidak sampai.")
    letter.add_attachment(b"\xff\xd8" + bytes(48_000), maintype="image", subtype="jpeg", filename="layar-pesanan.jpg")
    delivery = intake.Delivery(letter.as_bytes(), "picture")
    intake.take_in(desk, None, Channel.EMAIL, [delivery], reader_for(Channel.EMAIL))
    me = agents.sign_in(desk, "rini", "Rini")
    files = [file.id for each in cases.open_case(desk, me, 1).messages for file in each.attachments]
    paid = PaymentRow(
        id="T1", account_id="W1", paid_at=desk.clock() - timedelta(days=1), amount=15_000_000, currency="IDR",
        refunded=0, merchant_id="toko-maju", merchant_name="Toko Maju", path="qris_same_wallet",
        method="balance", reference="9F2A004411",
    )  # fmt: skip
    draft = opening.open_draft(desk, me, 1, paid, reason=RefundReason.NOT_RECEIVED, evidence=files[:1])
    opening.send(desk, me, draft.id)
    with desk.database.write() as unit:
        texts = [each.text for each in outbox.outgoing(unit.session, list(unit.session.scalars(select(OutboxItem.id))))]
    return tuple(  # type: ignore[return-value]
        next(each.rpartition(f"{LINK_URL}{path}")[2].split()[0] for each in texts if path in each)
        for path in (PATH, "/progress/")
    )


def serve(desk: Desk) -> int:
    """Serve the pages until this program ends; at which port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    address = Address(host="127.0.0.1", port=port)
    ready = threading.Event()
    serving = lambda: asyncio.run(serve_http(desk, address, asyncio.Event(), ready.set))  # noqa: E731
    threading.Thread(target=serving, daemon=True).start()
    ready.wait()
    return port


def draw(desk: Desk, folder: Path) -> None:
    """The pages, one after the other."""
    merchants, customers = a_refund(desk)
    here = f"http://127.0.0.1:{serve(desk)}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(
            viewport=PHONE, device_scale_factor=1, is_mobile=True, has_touch=True, java_script_enabled=False
        ).new_page()  # fmt: skip

        def look(path: str, name: str) -> None:
            page.goto(here + path)
            page.screenshot(path=folder / f"{name}.png", full_page=True)

        page.goto(f"{here}{PATH}{merchants}")
        page.get_by_text("Tolak").tap()
        page.get_by_label("Alasan Anda").tap()
        page.wait_for_timeout(500)
        page.screenshot(path=folder / "merchant-page.png", full_page=True)
        merchant_links.use(desk, merchants, MerchantAnswer.APPROVE, amount=Money(5_000_000, "IDR"))
        look(f"{PATH}{merchants}?lang=en", "merchant-answered")
        look(f"/progress/{customers}?lang=en", "progress-page")
        browser.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        draw(a_desk(Path(place)), Path(sys.argv[1]))
