"""The merchant's page and the customer's: over real HTTP, on the test's own clock."""

from __future__ import annotations

import socket
import textwrap
import threading
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import select

from db.errors import DatabaseBusyError
from db.kinds import Language, Role
from db.kinds_refunds import LinkStatus, MerchantAnswer, RefundState
from db.models import Message
from db.rows import AttachmentRow
from db.rows_refunds import LinkSeen
from desk.rules.permissions import NotAllowedError
from desk.services import agents, cases
from desk.services.desk import Desk
from desk.services.refunds import deciding, keeping, listing, merchant_links
from desk.services.refunds.progress import Progress, look
from desk.services.refunds.words import Step
from desk.settings import Settings
from desk.web.merchant_page import Typed, asked_page, busy_page, closed_page, done_page
from desk.web.progress import progress_page
from tests import attacks
from tests.hostile.attacks import ACTING, HONEST, OWN
from tests.services.acting import arrived, mail, receive
from tests.services.refund_world import LINK_URL, Till, link_in, mails, messages, sent, settle, told, with_links
from tests.web.served import ServedHere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow
    from db.rows_refunds import RefundRow
    from tests.clock import SettableClock

pytestmark = pytest.mark.seeded


class Shop:
    """A desk with a refund that its merchant is asked for, and its pages."""

    def __init__(self, database: Database, folder: Path, clock: SettableClock) -> None:
        self.desk = with_links(Desk(database, Settings(data_dir=str(folder)), clock))
        boss = agents.sign_in(self.desk, "boss")
        self.ana: AgentRow = agents.add(self.desk, boss, login="ana", name="Ana", role=Role.AGENT)
        self.till = Till(folder, clock)
        case = arrived(self.desk, self.ana, mail(files=(("struk.jpg", b"\xff\xd8photo"),)))
        evidence = [file.id for each in case.messages for file in each.attachments]
        self.refund: RefundRow = sent(self.desk, self.ana, self.till.pays(), evidence=evidence)
        self.pages = ServedHere(self.desk)

    @property
    def link(self) -> str:
        """The path of the merchant's latest link."""
        return f"/refund/{link_in(mails(self.desk, self.ana)[-1])}"

    @property
    def progress(self) -> str:
        """The path that the customer was given."""
        return told(self.desk, self.ana)[-1].rpartition(LINK_URL)[2].split()[0]

    def now(self) -> RefundRow:
        """The refund as it stands."""
        return listing.show(self.desk, self.ana, self.refund.id).refund


@pytest.fixture
def shop(
    seeded_sqlite_url: str, open_database: Callable[[str], Database], tmp_path: Path, clock: SettableClock
) -> Iterator[Shop]:
    made = Shop(open_database(seeded_sqlite_url), tmp_path, clock)
    yield made
    made.pages.end()


@pytest.fixture
def shop_on_both(database: Database, tmp_path: Path, clock: SettableClock) -> Iterator[Shop]:
    made = Shop(database, tmp_path, clock)
    yield made
    made.pages.end()


# The merchant's page.


def test_the_page_says_what_is_asked_and_opening_it_changes_nothing(shop: Shop) -> None:
    for method in ("GET", "HEAD", "GET"):
        status, headers, page = shop.pages.ask(shop.link, method, Accept_Language="en")
        assert status == 200
    for said in ("Rp150.000", "Toko Maju", "22 November 2026", shop.refund.reference, "25 November 2026, 17.00 WIB",
                 "barang atau jasa tidak diterima", "struk.jpg"):  # fmt: skip
        assert said in page, said
    for hidden in ("Dewi", "example.org", "<script", "Ana"):
        assert hidden not in page
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"].startswith("noindex")
    assert "script-src" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "IDR 150,000" in shop.pages.ask(f"{shop.link}?lang=en")[2]
    assert "退款申请" in shop.pages.ask(f"{shop.link}?lang=zh")[2]
    file = page.partition("/files/")[2].partition('"')[0]
    _status, headers, photo = _bytes(shop, file)
    assert photo == b"\xff\xd8photo"
    assert headers["content-disposition"].startswith("attachment")
    assert headers["content-type"] == "application/octet-stream"
    assert shop.pages.ask(f"{shop.link}/files/{int(file) + 7}")[0] == 404
    assert shop.now().state is RefundState.WITH_MERCHANT
    assert shop.pages.ask(f"{shop.link}/done")[0] == 303, "nothing was answered yet"


def test_a_part_is_approved_and_who_comes_second_is_told_what_was_answered(shop: Shop) -> None:
    status, headers, _ = shop.pages.post(shop.link, answer="part", amount="50.000", said="Satu barang.")
    assert (status, headers["location"]) == (303, f"{shop.link}/done?lang=id")
    thanks = shop.pages.ask(f"{shop.link}/done?lang=en")
    assert thanks[0] == 200
    assert "You have approved a refund of IDR 50,000" in thanks[2]
    assert (shop.now().state, shop.now().amount) == (RefundState.APPROVED, 5_000_000)

    status, _headers, second = shop.pages.upload(f"{shop.link}?lang=en", answer="decline", said="No")
    assert status == 409
    assert "Approved on 23 November 2026, 20:14 WIB: IDR 50,000." in second
    assert "The first answer stands" in second
    assert shop.pages.ask(shop.link)[0] == 410
    assert shop.now().state is RefundState.APPROVED
    settle(shop.desk, shop.till)
    assert sum(shop.till.books().values()) == 5_000_000


@pytest.mark.slow
def test_what_cannot_be_taken_is_said_with_what_was_typed_and_files_are_kept(shop: Shop) -> None:
    for fields, wrong in (
        ({"answer": "part", "amount": "900.000", "said": "a remark"}, "paling banyak Rp150.000"),
        ({"answer": "part", "amount": "all of it <b>", "said": "a remark"}, "paling banyak Rp150.000"),
        ({"answer": "decline", "said": "  "}, "Tuliskan alasan Anda"),
        ({"answer": "ask"}, "Tuliskan pertanyaan Anda"),
        ({"answer": "give-me-all", "said": "a remark"}, "tidak dapat dibaca"),
    ):
        status, _headers, page = shop.pages.post(shop.link, **fields)
        assert status == 422
        assert wrong in page
        assert "<b>" not in page.partition("<form")[2]
        assert "a remark" in page or "a remark" not in fields.get("said", "") or fields["answer"] == "give-me-all"
    many = [(f"{number}.pdf", b"%PDF") for number in range(4)]
    for files in (many, [("large.pdf", b"x" * 10_500_000)], [("larger.pdf", b"x" * 11_000_000)]):
        status, _headers, page = shop.pages.upload(shop.link, *files, answer="decline", said="Barang sudah diambil.")
        assert status == 413
        assert "paling banyak 3 berkas" in page
    assert shop.now().state is RefundState.WITH_MERCHANT

    photo = ("../../tanda <terima>.pdf", b"%PDF" + b"x" * 300_000)
    said = "Sudah diambil, kartu 4111 1111 1111 1111."
    assert shop.pages.upload(shop.link, photo, answer="decline", said=said)[0] == 303
    assert shop.now().state is RefundState.DECLINED
    kept = messages(shop.desk, shop.ana)
    (file,) = [file for each in kept if each.details.get("by_link") for file in each.attachments]
    assert (file.filename, file.size) == (photo[0], 300_004)
    assert "Sudah diambil" in told(shop.desk, shop.ana)[-1]
    assert "4111 1111" not in "".join(each.text for each in kept), "cards are masked, whoever sends them"


def test_a_question_and_that_it_was_paid_already_are_answers_too(shop: Shop) -> None:
    assert shop.pages.post(shop.link, answer="ask", said="Nomor pesanan?")[0] == 303
    assert "menjawabnya dengan pesan dan tautan baru" in shop.pages.ask(shop.link)[2]
    deciding.answer_merchant(shop.desk, shop.ana, shop.refund.id, "Pesanan 77.")
    assert "Nomor pesanan?" in (page := shop.pages.ask(shop.link)[2])
    assert "Pesanan 77." in page
    assert shop.pages.post(shop.link, answer="already_paid", said="Kemarin, nomor 88.")[0] == 303
    assert shop.pages.post(shop.link, answer="already_paid", said="Kemarin, nomor 88.")[0] == 303, "a second tap"
    assert shop.now().state is RefundState.IN_REVIEW


def test_a_link_that_is_forged_old_late_or_not_needed_says_so_and_does_nothing(
    shop: Shop, clock: SettableClock
) -> None:
    first = shop.link
    for forged in (first[:-3] + "AAA", "/refund/x", "/refund/1.2.3.4", "/refund/%C3%A9"):
        for status, _headers, page in (
            shop.pages.ask(forged, Accept_Language="en"),
            shop.pages.post(forged, answer="approve"),
        ):
            assert status == 404
            assert "Toko Maju" not in page
    assert shop.pages.ask(first[:-3] + "AAA", "POST", b"x" * 70_000)[0] == 413, "strangers upload nothing"
    deciding.remind(shop.desk, shop.ana, shop.refund.id)
    gone = {
        "replaced": shop.pages.ask(f"{first}?lang=en"),
        "posted": shop.pages.post(f"{first}?lang=en", answer="approve"),
    }
    assert [each[0] for each in gone.values()] == [410, 410]
    assert all("Use the one in our latest message" in each[2] for each in gone.values())
    assert shop.now().state is RefundState.WITH_MERCHANT
    clock.advance(days=5)
    assert "The time to answer is over" in shop.pages.post(f"{shop.link}?lang=en", answer="approve")[2]
    keeping.keep(shop.desk)
    assert "The time to answer is over" in shop.pages.ask(f"{shop.link}?lang=en")[2]
    assert shop.now().state is RefundState.UNANSWERED


def test_a_link_of_a_refund_that_was_stopped_needs_no_answer(shop: Shop) -> None:
    link = shop.link
    deciding.cancel(shop.desk, shop.ana, shop.refund.id, "The customer has it.")
    status, _headers, page = shop.pages.ask(f"{link}?lang=en")
    assert status == 410
    assert "does not need your answer any more" in page


def test_of_two_answers_at_once_the_first_stands_and_the_second_hears_it(shop_on_both: Shop) -> None:
    shop, link = shop_on_both, shop_on_both.link
    together, heard = threading.Barrier(2), {}

    def post(answer: str) -> None:
        together.wait()
        heard[answer] = shop.pages.post(f"{link}?lang=en", answer=answer, said="We cannot.")

    threads = [threading.Thread(target=post, args=(each,)) for each in ("approve", "decline")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    states = {"approve": RefundState.APPROVED, "decline": RefundState.DECLINED}
    (won,) = [answer for answer, (status, _headers, _page) in heard.items() if status == 303]
    (lost,) = heard.keys() - {won}
    assert heard[lost][0] == 409
    assert {"approve": "Approved on", "decline": "Declined on"}[won] in heard[lost][2]
    assert shop.now().state is states[won]


def test_while_the_database_is_busy_nothing_that_was_typed_is_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_args: object, **_named: object) -> None:
        raise DatabaseBusyError

    link = shop.link
    for name in ("use", "seen"):
        with monkeypatch.context() as patched:
            patched.setattr(merchant_links, name, busy)
            status, _headers, page = shop.pages.post(f"{link}?lang=en", answer="decline", said='We "cannot" <now>.')
            assert status == 503
            assert "We &quot;cannot&quot; &lt;now&gt;." in page
            assert 'value="decline"' in page
            assert shop.pages.ask(link)[0] == (503 if name == "seen" else 200)
    assert shop.now().state is RefundState.WITH_MERCHANT
    assert shop.pages.post(link, answer="decline", said="We cannot.")[0] == 303


def test_an_answer_that_was_cut_short_is_none(shop: Shop) -> None:
    assert shop.pages.ask(shop.link)[0] == 200, "the program listens"
    kind = "application/x-www-form-urlencoded"
    head = f"POST {shop.link} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 90\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shop.pages.port)) as line:
        line.sendall(head.encode() + b"answer=decline&said=We+can")
        line.shutdown(socket.SHUT_WR)
        line.recv(1000)
    assert shop.pages.ask(shop.link)[0] == 200, "the link is open still"
    assert shop.now().state is RefundState.WITH_MERCHANT


def test_nobody_at_the_desk_sees_a_link_that_answers(shop: Shop) -> None:
    (asked,) = [each for each in messages(shop.desk, shop.ana) if each.side_id is not None]
    assert f"{LINK_URL}/refund/…" in asked.text
    (sent_,) = mails(shop.desk, shop.ana)
    secret = link_in(sent_).rpartition(".")[2]
    assert secret not in repr(asked)
    with shop.desk.database.read() as connection:
        name = connection.scalar(select(Message.external_id).where(Message.id == sent_.id))
    quoted = "\n".join(f"> {line}" for line in sent_.text.splitlines())
    answer = mail("m@shop.example", sender="refund@toko-maju.example", text=f"Kami cek.\n\n{quoted}",
                  in_reply_to=f"<{name}>")  # fmt: skip
    receive(shop.desk, answer)
    said = messages(shop.desk, shop.ana)[-1]
    assert "Kami cek." in said.text
    assert f"> {LINK_URL}/refund/…" in said.text
    assert secret not in repr(said)
    with pytest.raises(NotAllowedError):
        cases.raw(shop.desk, shop.ana, said.id)
    for number, way in enumerate((_in_a_scanners_link, _broken_by_lines), 1):
        text = way(f"{LINK_URL}/refund/", link_in(sent_).rpartition("/")[2])
        receive(shop.desk, mail(f"w{number}@shop.example", sender="refund@toko-maju.example", text=f"Cek:\n{text}\nya.",
                                in_reply_to=f"<{name}>"))  # fmt: skip
        said = messages(shop.desk, shop.ana)[-1]
        assert said.text.startswith("Cek:")
        assert said.text.rstrip().endswith("ya.")
        assert secret[:8] not in said.text
    plain = mail("p@shop.example", sender="refund@toko-maju.example", text="OK", in_reply_to=f"<{name}>")
    receive(shop.desk, plain)
    with pytest.raises(NotAllowedError):
        cases.raw(shop.desk, shop.ana, messages(shop.desk, shop.ana)[-1].id)


def _in_a_scanners_link(start: str, token: str) -> str:
    from urllib.parse import quote

    return f"https://scan.example/?url={quote(start + token, safe='')}&data=05"


def _broken_by_lines(start: str, token: str) -> str:
    return "\n> ".join(textwrap.wrap("> " + start + token, 40))


# The customer's page.


def test_the_customer_follows_the_steps_and_reads_nothing_about_anybody(
    shop_on_both: Shop, clock: SettableClock
) -> None:
    shop, path = shop_on_both, shop_on_both.progress
    assert path.startswith("/progress/")
    status, headers, page = shop.pages.ask(path)
    assert status == 200
    assert page.count("<li ") == 5
    assert 'aria-current="step"' in page.partition("With the merchant")[0]
    for said in ("IDR 150,000", "Toko Maju", "22 November 2026", "25 November 2026, 17:00 WIB", "by 26 November 2026"):
        assert said in page, said
    for hidden in ("Dewi", "dewi@", "<script", "<form", "Ana"):
        assert hidden not in page
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert "您的退款" in shop.pages.ask(f"{path}?lang=zh")[2]
    assert shop.pages.post(path, answer="approve")[0] == 405
    for forged in (path[:-2] + "AA", "/progress/2", "/progress/1.x", path.replace("/1.", "/2.")):
        assert shop.pages.ask(forged)[0] == 404

    assert shop.pages.post(shop.link, answer="approve")[0] == 303
    promised = look(shop.desk, path.rpartition("/")[2]).facts[-1]
    clock.advance(hours=30)
    assert look(shop.desk, path.rpartition("/")[2]).facts[-1] == promised, "the time that was told does not slide"
    assert "is over. We are sorry" in shop.pages.ask(f"{path}?lang=en")[2]
    settle(shop.desk, shop.till)
    paid = shop.pages.ask(path)[2]
    assert paid.count("✓") == 5
    assert "is back in your balance" in paid
    clock.advance(days=70)
    assert shop.pages.ask(path)[0] == 410


# What strangers write.


class Tags(HTMLParser):
    """What tags a page has, and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


OURS = {
    "html", "head", "meta", "title", "link", "body", "nav", "a", "b", "main", "h1", "h2", "p", "footer", "dl", "dt",
    "dd", "ul", "ol", "li", "span", "details", "summary", "form", "input", "label", "textarea", "button",
}  # fmt: skip


@pytest.mark.slow
def test_no_text_becomes_anything_but_text() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    row = msgspec.convert(
        {
            "id": 1, "case_id": 1, "customer_id": 1, "customer_name": "NEVER", "language": "en",
            "state": "with_merchant", "state_since": at, "reason": "not_received", "amount": 100,
            "currency": "IDR", "paid_amount": 200,
            "transaction": "T", "reference": "R", "paid_at": at, "merchant": "m", "merchant_name": "m", "key": "k",
            "opened_by": 1, "opened_by_name": "NEVER", "opened_at": at, "deadline_at": at, "next_try_at": None,
            "said": "", "wallet_reference": "",
        },
        type=listing.RefundRow,
    )  # fmt: skip
    corpus = [attacks.payload(each).decode("utf-8", "replace")[:3_000] for each in attacks.lines(archives=False)]
    for text in (each[:3_000] for each in [*OWN.values(), *HONEST, *corpus[:200], '"><script>alert(1)</script>']):
        hostile = msgspec.structs.replace(row, merchant_name=text, reference=text, said=text)
        link = LinkSeen(
            token="t", status=LinkStatus.OPEN, refund=hostile, title=text, language=Language.ENGLISH, partial=True,
            zone=ZoneInfo("Asia/Jakarta"), expires_at=at, files=(AttachmentRow(1, text, text, 5),),
            exchange=(text, text), answer=MerchantAnswer.DECLINE, answered_at=at,
        )  # fmt: skip
        typed = Typed(text, text, text, has_files=True)
        followed = Progress(
            Language.ENGLISH, text, (Step(text, is_done=False, is_now=True),), text, text, ((text, text),), text
        )
        for page in (
            asked_page(link, Language.ENGLISH, typed, text),
            asked_page(link, Language.ENGLISH, Typed("part", text, text)),
            busy_page(Language.ENGLISH, typed), closed_page(link, Language.ENGLISH), done_page(link, Language.ENGLISH),
            progress_page(followed),
        ):  # fmt: skip
            tags = Tags()
            tags.feed(page)
            assert tags.seen <= OURS, text
            assert not [name for name in tags.attributes if name.startswith("on")]
            assert ACTING.search(page.replace("\t", " ")) is None
            assert "NEVER" not in page


def _bytes(shop: Shop, file: str) -> tuple[int, dict[str, str], bytes]:
    import http.client

    line = http.client.HTTPConnection("127.0.0.1", shop.pages.port, timeout=20)
    line.request("GET", f"{shop.link}/files/{file}")
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body
