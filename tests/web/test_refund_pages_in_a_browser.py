"""A merchant answers on a phone, in a real browser that runs no scripts, from a `desk serve` of its own."""

from __future__ import annotations

import shutil
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from db.kinds_refunds import RefundState
from desk.services import agents
from desk.services.desk import Desk
from desk.services.refunds import listing
from desk.settings import Settings
from tests.clock import SettableClock
from tests.services.acting import arrived, mail
from tests.services.refund_world import LINK_URL, Till, link_in, mails, sent, told, with_links
from tests.web.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.engine import Database

PHONE = {"width": 360, "height": 740}


@pytest.fixture
def clock() -> SettableClock:
    """The true time, which the served program has as well."""
    return SettableClock(datetime.now(UTC))


@pytest.fixture
def served(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    running = Served(seeded_sqlite_url, tmp_path)
    yield running
    running.kill()


@pytest.mark.slow
def test_a_merchant_approves_and_declines_on_a_phone_without_scripts(
    seeded_sqlite_url: str,
    open_database: Callable[[str], Database],
    served: Served,
    tmp_path: Path,
    clock: SettableClock,
) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium here (Debian's package chromium)")
    desk = with_links(Desk(open_database(seeded_sqlite_url), Settings(data_dir=str(tmp_path)), clock))
    me = agents.sign_in(desk, "boss")
    till = Till(tmp_path, clock)
    case = arrived(desk, me, mail(files=(("struk.jpg", b"\xff\xd8photo"),)))
    evidence = [file.id for each in case.messages for file in each.attachments]
    first, second = (sent(desk, me, till.pays(each), evidence=evidence).id for each in (150_000, 90_000))
    approved, declined = (f"http://127.0.0.1:{served.port}/refund/{link_in(each)}" for each in mails(desk, me))
    progress = told(desk, me)[0].rpartition(LINK_URL)[2].split()[0]
    served.ask("/health")
    (tmp_path / "bukti.pdf").write_bytes(b"%PDF-1.7")

    def state(refund_id: int) -> RefundState:
        return listing.show(desk, me, refund_id).refund.state

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(
            viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True, java_script_enabled=False
        )  # fmt: skip
        page = context.new_page()
        page.goto(approved)
        assert "Rp150.000" in page.inner_text("main")
        picture = page.screenshot(full_page=True)
        assert struct.unpack(">I", picture[16:20])[0] == 2 * PHONE["width"], "nothing is wider than the phone"
        with page.expect_download() as download:
            page.get_by_text("struk.jpg").tap()
        assert download.value.path().read_bytes() == b"\xff\xd8photo"
        page.get_by_text("Setujui sebagian").tap()
        page.get_by_label("Jumlah yang Anda setujui").fill("1.000.000")
        page.get_by_role("button", name="Setujui jumlah ini").tap()
        assert "paling banyak Rp150.000" in page.inner_text("[role=alert]")
        assert page.get_by_label("Jumlah yang Anda setujui").input_value() == "1.000.000"
        assert state(first) is RefundState.WITH_MERCHANT
        page.get_by_label("Jumlah yang Anda setujui").fill("50.000")
        page.get_by_role("button", name="Setujui jumlah ini").tap()
        page.wait_for_url("**/done?lang=id")
        assert "Anda menyetujui pengembalian dana sebesar Rp50.000" in page.inner_text("main")
        page.reload()
        assert "Rp50.000" in page.inner_text("main")
        assert state(first) is RefundState.APPROVED

        page.goto(declined)
        page.get_by_role("link", name="English").tap()
        page.get_by_text("Decline").tap()
        page.get_by_label("Your reason").fill('It was collected on Monday. "Signed" <b>here</b>.')
        page.get_by_label("Files").set_input_files(tmp_path / "bukti.pdf")
        page.get_by_role("button", name="Send the refusal").tap()
        page.wait_for_url("**/done?lang=en")
        assert state(second) is RefundState.DECLINED
        page.goto(declined)
        assert "Ditolak pada" in page.inner_text("main")

        page.goto(f"http://127.0.0.1:{served.port}{progress}")
        assert page.locator("ol.steps li").count() == 5
        assert "IDR 50,000" in page.inner_text("main")
        browser.close()
    code, said = served.end()
    assert code == 0
    assert not [each for each in (approved, declined, progress) if each.rpartition("/")[2] in said]
    assert "Traceback" not in said
