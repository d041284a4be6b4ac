"""Merchants that are asked by a program of theirs: signed webhooks to a real server, and files in a folder."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from db.kinds import OutboxState
from db.kinds_refunds import MerchantAnswer, RefundState
from desk.channels.webhook import secrets_of, signed_headers
from desk.rules.refunds.contacts import DROP
from desk.rules.sla import PolicyError
from desk.services import sides
from desk.services.errors import SideError
from desk.services.refunds import deciding, keeping, listing, merchant_links, policies
from desk.services.refunds.policy_files import ContactPart, PolicyFiles, merchant_policy, read_refund_policies
from desk.settings import Outbox, Refunds, Settings
from desk.settings_refunds import Webhook
from desk.worker import Worker
from tests.clock import SettableClock
from tests.services.acting import arrived
from tests.services.refund_world import LINK_URL, Till, messages, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from db.engine import Database
    from db.rows import AgentRow, MessageRow
    from db.rows_refunds import RefundRow
pytestmark = pytest.mark.seeded

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Receiver:
    """A merchant's server on this machine: answers as told, 204 when nothing is left to say."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.heard: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 204
                if status == 0:
                    self.connection.close()  # took it, and nobody hears so
                    return
                self.send_response(status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/refunds"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def clock() -> SettableClock:
    """A Monday in working hours, whenever the test runs."""
    return SettableClock()


@pytest.fixture
def here(seeded_sqlite_url: str, open_database: Callable[[str], Database]) -> Database:
    """A seeded SQLite file, for what does not depend on the engine."""
    return open_database(seeded_sqlite_url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.stop()


class Shop:
    """A desk whose one merchant is asked by a program."""

    def __init__(self, database: Database, folder: Path, contact: ContactPart, **webhook: str) -> None:
        from desk.services import agents
        from desk.services.desk import Desk

        self.folder = folder
        hooks = {"toko_maju": Webhook(**webhook)} if webhook else {}
        refunds = Refunds(link_url=LINK_URL, webhooks=hooks, drop_folder=str(folder / "drops"))
        settings = Settings(data_dir=str(folder), refunds=refunds, outbox=Outbox(undo_seconds=0))
        self.desk = Desk(database, settings, database.clock)
        self.me: AgentRow = agents.sign_in(self.desk, "boss")
        files = read_refund_policies()
        asked = msgspec.structs.replace(files.merchants["toko-maju"], contact=(contact,), automatic_up_to="")
        policies.apply(self.desk, self.me, PolicyFiles({**files.merchants, "toko-maju": asked}, files.paths))
        self.till = Till(folder, database.clock)  # type: ignore[arg-type]
        arrived(self.desk, self.me)
        self.refund: RefundRow = sent(self.desk, self.me, self.till.pays())
        self.worker = Worker(self.desk)

    def work(self) -> MessageRow:
        """Let the worker send; the last message to the merchant."""
        self.worker.step()
        return [each for each in messages(self.desk, self.me) if each.side_id is not None][-1]

    def token(self, payload: dict[str, Any]) -> str:
        """The token that a program got."""
        return str(payload["data"]["link"]).removeprefix(f"{LINK_URL}/refund/")

    def state(self) -> RefundState:
        """Where the refund stands."""
        return listing.show(self.desk, self.me, self.refund.id).refund.state


def is_signed(headers: dict[str, str], body: bytes, secret: str = SECRET) -> bool:
    """Whether a receiver takes it for true, by the words of the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return f"v1,{mark}" in headers["webhook-signature"].split()


def test_a_signature_is_the_one_that_the_specification_has_for_this_message() -> None:
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    keys = secrets_of(Webhook(secret=SECRET), "m")
    headers = signed_headers(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.slow
def test_a_webhook_is_signed_tried_again_under_the_same_id_and_answered_by_its_link(
    database: Database, tmp_path: Path, receiver: Receiver, clock: SettableClock
) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    contact = ContactPart("Program", webhook=receiver.url)
    shop = Shop(database, tmp_path, contact, secret_file=str(tmp_path / "secret"))
    assert receiver.heard == [], "nothing leaves before a worker sends it"
    receiver.answers = [500, 302, 0]
    for _ in range(3):
        assert shop.work().delivery.state is OutboxState.QUEUED  # type: ignore[union-attr]
        clock.advance(minutes=5)
    message = shop.work()
    assert message.delivery is not None
    assert message.delivery.state is OutboxState.SENT
    assert len(receiver.heard) == 4
    assert len({headers["webhook-id"] for headers, _body in receiver.heard}) == 1
    assert len({body for _headers, body in receiver.heard}) == 1
    assert all(is_signed(headers, body) for headers, body in receiver.heard)
    payload = json.loads(receiver.heard[-1][1])
    assert payload["type"] == "refund.asked"
    data = payload["data"]
    assert (data["refund"], data["merchant"], data["reason"]) == (shop.refund.id, "toko-maju", "not_received")
    assert (data["asked"], data["deadline"]) == ({"amount": "150000.00", "currency": "IDR"}, "2026-11-25T10:00:00Z")
    assert "Dewi" not in receiver.heard[-1][1].decode()

    # What the desk shows of it: that it went out, and where; not the link that answers.
    assert "Toko Maju" in message.text
    assert f"{LINK_URL}/refund/…" in message.text
    assert message.details["payload"]["data"]["link"] == f"{LINK_URL}/refund/…"
    assert "link" not in message.details, "what the token is made of is forgotten once it has left"
    with pytest.raises(SideError, match="program"):
        sides.answer(shop.desk, shop.me, message.side_id or 0, "Hello?")

    deciding.remind(shop.desk, shop.me, shop.refund.id)
    shop.work()
    reminder = json.loads(receiver.heard[-1][1])
    assert reminder["type"] == "refund.reminded"
    assert receiver.heard[-1][0]["webhook-id"] != receiver.heard[0][0]["webhook-id"]
    merchant_links.use(shop.desk, shop.token(reminder), MerchantAnswer.APPROVE)
    assert shop.state() is RefundState.APPROVED


@pytest.mark.slow
def test_a_worker_that_dies_while_it_posts_is_made_up_for_under_the_same_id(
    here: Database, tmp_path: Path, receiver: Receiver, clock: SettableClock
) -> None:
    from desk.services import outbox

    shop = Shop(here, tmp_path, ContactPart("Program", webhook=receiver.url), secret=SECRET)
    (lost,) = [each for each in outbox.lease(shop.desk, "dead") if each.details.get("way") == "webhook"]
    for _ in range(2):
        clock.advance(hours=1)
        message = shop.work()
    assert message.delivery is not None
    assert message.delivery.state is OutboxState.SENT
    assert [headers["webhook-id"] for headers, _body in receiver.heard] == [lost.external_id]


@pytest.mark.slow
def test_what_keeps_a_webhook_from_leaving_is_told_without_the_secret(
    here: Database, tmp_path: Path, receiver: Receiver, clock: SettableClock
) -> None:
    shop = Shop(here, tmp_path, ContactPart("Program", webhook=receiver.url))
    delivery = shop.work().delivery
    assert delivery is not None
    assert delivery.state is OutboxState.QUEUED
    assert "refunds.webhooks.toko-maju.secret_file" in (delivery.error or "")
    assert receiver.heard == [], "nothing leaves unsigned"
    shop.desk.settings.refunds.webhooks["toko-maju"] = Webhook(secret=f"whsec_short {SECRET}")
    clock.advance(minutes=5)
    delivery = shop.work().delivery
    assert delivery is not None
    assert "24 to 64 bytes" in (delivery.error or "")
    assert SECRET not in (delivery.error or "")
    old = "whsec_" + base64.b64encode(b"k" * 32).decode()
    shop.desk.settings.refunds.webhooks["toko-maju"] = Webhook(secret=f"{SECRET} {old}")
    receiver.answers = [410]
    clock.advance(minutes=5)
    delivery = shop.work().delivery
    assert delivery is not None
    assert (delivery.state, "410" in (delivery.error or "")) == (OutboxState.FAILED, True)
    assert all(is_signed(*receiver.heard[-1], secret=each) for each in (SECRET, old)), "two while one is changed"
    clock.advance(days=4)
    keeping.keep(shop.desk)
    assert shop.state() is RefundState.UNANSWERED, "a merchant that cannot be reached holds nobody up"


@pytest.mark.slow
def test_a_file_is_put_whole_once_and_over_nothing(here: Database, tmp_path: Path, clock: SettableClock) -> None:
    shop = Shop(here, tmp_path, ContactPart("Files", drop="toko-maju"))
    message = shop.work()
    assert message.delivery is not None
    assert message.delivery.state is OutboxState.SENT
    folder = tmp_path / "drops" / "toko-maju"
    (path,) = folder.iterdir()
    assert path.name == f"refund-{shop.refund.id}-asked-{message.id}.json"
    payload = json.loads(path.read_bytes())
    assert payload["data"]["asked"]["amount"] == "150000.00"

    deciding.remind(shop.desk, shop.me, shop.refund.id)
    second = folder / f"refund-{shop.refund.id}-reminded-{message.id + 1}.json"
    second.write_text("somebody else's")
    delivery = shop.work().delivery
    assert delivery is not None
    assert (delivery.state, "there already" in (delivery.error or "")) == (OutboxState.FAILED, True)
    assert second.read_text() == "somebody else's"
    assert sorted(folder.iterdir()) == sorted([path, second]), "no half files are left"
    with pytest.raises(merchant_links.RevokedLinkError):
        merchant_links.use(shop.desk, shop.token(payload), MerchantAnswer.APPROVE)


@pytest.mark.parametrize(
    ("contact", "wrong"),
    [
        (ContactPart("x"), "exactly one"),
        (ContactPart("x", "a@shop.example", webhook="https://shop.example"), "exactly one"),
        (ContactPart("x", webhook="http://shop.example/hook"), "no https:// address"),
        (ContactPart("x", webhook="https://me:secret@shop.example/hook"), "has a login"),
        (ContactPart("x", address=f"{DROP}x"), "no address that mail"),
    ],
)
def test_a_contact_that_cannot_be_reached_is_refused(contact: ContactPart, wrong: str) -> None:
    file = msgspec.structs.replace(read_refund_policies().merchants["toko-maju"], contact=(contact,))
    with pytest.raises(PolicyError, match=wrong):
        merchant_policy("toko-maju", file, 2026)
