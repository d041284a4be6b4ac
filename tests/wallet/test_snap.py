"""The contract as bytes: signatures, headers and response codes of SNAP, asked without our own adapter."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import httpx2 as httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from desk.wallet.errors import UnknownOutcomeError, WalletAnswerError, WalletSetUpError, WalletUnavailableError
from desk.wallet.http.adapter import HttpWallet
from desk.wallet.http.contract import Service, WireError, as_moment, as_money, read_money
from desk.wallet.http.line import external_id
from desk.wallet.http.openapi import document
from desk.wallet.http.server import Server
from desk.wallet.http.serving import papers
from desk.wallet.http.signing import is_token_signed, signature, token_signature
from desk.wallet.port import RefundReason, RefundRequest, RefundState
from desk.wallet.simulator import AT_ONCE, Character, Simulator
from tests.clock import SettableClock

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


class OnePerson:
    """A cast of one."""

    world = "one"
    merchants = ()
    who = Character(7, "Dewi", "+6281234567890", "dewi@example.org", datetime(2025, 1, 1, tzinfo=UTC))

    def by_phone(self, phone: str) -> Character | None:
        return self.who if phone == self.who.phone else None

    def by_email(self, email: str) -> Character | None:
        return self.who if email == self.who.email else None

    def by_number(self, number: int) -> Character | None:
        return self.who if number == self.who.number else None


class Desk:
    """A client that signs by hand."""

    def __init__(self, folder: Path) -> None:
        self.papers = papers(folder, "desk")
        self.clock = SettableClock(NOW)
        self.core = Simulator(folder / "wallet.db", cast=OnePerson(), clock=self.clock, course=AT_ONCE)
        self.secret = self.papers.secret.read_text(encoding="ascii")
        server = Server(
            self.core, "desk", self.secret, self.papers.public_key.read_bytes(), random=Random(1), clock=self.clock
        )
        self.client = TestClient(server.application())
        self.numbers = 10**9

    def token(self, **changed: str) -> httpx.Response:
        timestamp = as_moment(self.clock())
        head = {
            "X-CLIENT-KEY": "desk",
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": token_signature(self.papers.private_key.read_bytes(), "desk", timestamp),
        }
        return self.client.post(Service.TOKEN.path, json={"grantType": "client_credentials"}, headers=head | changed)

    def ask(self, service: Service, body: Any, token: str = "", **changed: str) -> httpx.Response:
        token = token or self.token().json()["accessToken"]
        content, timestamp = json.dumps(body, separators=(",", ":")).encode(), as_moment(self.clock())
        self.numbers += 1
        head = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": signature(self.secret, "POST", service.path, token, content, timestamp),
            "X-PARTNER-ID": "desk",
            "X-EXTERNAL-ID": str(self.numbers),
            "CHANNEL-ID": "95221",
        }
        return self.client.post(service.path, content=content, headers=head | changed)


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    """A desk and its wallet, at a time that stands still."""
    made = Desk(tmp_path)
    yield made
    made.client.close()
    made.core.close()


def test_the_signature_is_what_openssl_says(tmp_path: Path) -> None:
    body = b'{"partnerRefundNo":"R1"}'
    words = f"POST:/v1.0/debit/refund:TOKEN:{sha256(body).hexdigest()}:2026-11-25T15:00:00+07:00"
    done = subprocess.run(
        ["openssl", "dgst", "-sha512", "-hmac", "s3cret", "-binary"],
        input=words.encode(),
        capture_output=True,
        check=True,
    )
    signed = signature("s3cret", "post", "/v1.0/debit/refund", "TOKEN", body, "2026-11-25T15:00:00+07:00")
    assert b64decode(signed) == done.stdout
    known = papers(tmp_path, "desk")
    given = token_signature(known.private_key.read_bytes(), "desk", "2026-11-25T15:00:00+07:00")
    (tmp_path / "signature").write_bytes(b64decode(given))
    verified = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", known.public_key, "-signature", tmp_path / "signature"],
        input=b"desk|2026-11-25T15:00:00+07:00", capture_output=True, check=False,
    )  # fmt: skip
    assert verified.stdout.strip() == b"Verified OK"
    assert not is_token_signed(given, known.public_key.read_bytes(), "other", "2026-11-25T15:00:00+07:00")
    assert known.private_key.stat().st_mode & 0o077 == 0
    assert known.secret.stat().st_mode & 0o077 == 0


def test_a_response_code_is_status_service_and_case(desk: Desk) -> None:
    account = {"additionalInfo": {"accountId": "WA00000007"}}
    span = {"fromDateTime": "2026-10-20T00:00:00+07:00", "toDateTime": "2026-11-26T00:00:00+07:00"}
    listed = desk.ask(Service.HISTORY, account | span).json()
    assert (listed["responseCode"], listed["responseMessage"]) == ("2001200", "Successful")
    payment = next(one for one in listed["detailData"] if one["type"] == "PAYMENT" and one["status"] == "SUCCESS")
    assert payment["dateTime"].endswith("+07:00")
    number = payment["additionalInfo"]["transactionId"]
    assert desk.ask(Service.DETAIL, {"originalPartnerReferenceNo": number}).json()["responseCode"] == "2001300"
    assert desk.ask(Service.DETAIL, {"originalPartnerReferenceNo": "none"}).json()["responseCode"] == "4041301"
    refund = {
        "originalReferenceNo": number, "partnerRefundNo": "R1", "refundAmount": {"value": "100.00", "currency": "IDR"},
    }  # fmt: skip
    first = desk.ask(Service.REFUND, refund)
    assert (first.status_code, first.json()["responseCode"]) == (202, "2025800")
    again = desk.ask(Service.REFUND, refund)
    assert (again.status_code, again.json()["responseCode"]) == (200, "2005800")
    assert again.json()["refundNo"] == first.json()["refundNo"]
    other = {**refund, "refundAmount": {"value": "200.00", "currency": "IDR"}}
    assert desk.ask(Service.REFUND, other).json()["responseCode"] == "4045818"
    much = {**refund, "partnerRefundNo": "R2", "refundAmount": {"value": "99999999999.00", "currency": "IDR"}}
    assert desk.ask(Service.REFUND, much).json()["responseCode"] == "4035802"
    assert desk.core.books() == {number: 10_000}


def test_who_is_not_this_desk_now_is_refused(desk: Desk) -> None:
    asked = {"accountId": "WA00000007"}
    assert desk.ask(Service.ACCOUNT, asked).json()["responseCode"] == "2009100"
    assert desk.ask(Service.ACCOUNT, asked, token="made-up").json()["responseCode"] == "4019101"
    for changed in (
        {"X-SIGNATURE": b64encode(bytes(64)).decode()},
        {"X-PARTNER-ID": "other"},
        {"X-TIMESTAMP": as_moment(NOW - timedelta(hours=1))},
        {"X-TIMESTAMP": "now"},
    ):
        assert desk.ask(Service.ACCOUNT, asked, **changed).json()["responseCode"] == "4019100"
    assert desk.token(**{"X-SIGNATURE": "AAAA"}).json()["responseCode"] == "4017300"
    assert desk.token(**{"X-CLIENT-KEY": "other"}).json()["responseCode"] == "4017300"
    token = desk.token().json()["accessToken"]
    desk.clock.advance(minutes=16)
    assert desk.ask(Service.ACCOUNT, asked, token=token).json()["responseCode"] == "4019101"


def test_an_external_id_is_used_once_a_day_by_jakartas_clock(desk: Desk) -> None:
    asked, once = {"accountId": "WA00000007"}, {"X-EXTERNAL-ID": "20261125000001"}
    assert desk.ask(Service.ACCOUNT, asked, **once).json()["responseCode"] == "2009100"
    assert desk.ask(Service.ACCOUNT, asked, **once).json()["responseCode"] == "4099100"
    desk.clock.moment = datetime(2026, 11, 25, 17, 1, tzinfo=UTC)  # a minute past midnight there
    assert desk.ask(Service.ACCOUNT, asked, **once).json()["responseCode"] == "2009100"
    assert desk.ask(Service.ACCOUNT, asked, **{"X-EXTERNAL-ID": "not-a-number"}).json()["responseCode"] == "4009101"


@pytest.mark.parametrize("body", [[], {"accountId": None}, {}, {"accountId": ["x"]}, "text"])
@pytest.mark.parametrize("service", [each for each in Service if each is not Service.TOKEN])
def test_nonsense_is_answered_by_the_contract(desk: Desk, service: Service, body: Any) -> None:
    answer = desk.ask(service, body)
    assert answer.json()["responseCode"].startswith(f"{answer.status_code}{service.code}")
    assert answer.status_code < 500


@given(st.integers(0, 10**15), st.sampled_from(["IDR", "USD", "JPY"]))
def test_money_goes_over_and_comes_back(amount: int, currency: str) -> None:
    assert read_money(as_money(amount, currency), "amount") == (amount, currency)


@pytest.mark.parametrize("value", ["1,5", "1.5", "-1.00", "1e3", "", "1.005", "١.00", None, 5])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(WireError):
        read_money({"value": value, "currency": "IDR"}, "amount")


def test_rupiah_have_two_digits_on_the_wire() -> None:
    assert as_money(15_000_000, "IDR") == {"value": "150000.00", "currency": "IDR"}
    assert as_money(500, "JPY") == {"value": "500.00", "currency": "JPY"}


def test_external_ids_are_numbers_and_new_each_time() -> None:
    drawn = {external_id(NOW) for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(len(each) <= 36 and each.isdigit() and each.startswith("20261125150000") for each in drawn)


def test_the_published_document_is_the_contract() -> None:
    published = json.loads((ROOT / "docs" / "wallet-openapi.json").read_text(encoding="utf-8"))
    assert published == document(), "write it again: python -m desk.wallet.http.openapi > docs/wallet-openapi.json"
    assert set(published["paths"]) == {service.path for service in Service}


class Line(httpx.BaseTransport):
    """A server that gives a token, and then answers every request with the same."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == Service.TOKEN.path:
            return httpx.Response(200, json={"responseCode": "2007300", "accessToken": "t", "expiresIn": "900"})
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        status, body = self.answer
        return httpx.Response(status, content=body if isinstance(body, bytes) else json.dumps(body).encode())


ODD = [
    pytest.param((200, b"<html>"), id="no JSON"),
    pytest.param((200, []), id="no object"),
    pytest.param((200, {"responseCode": "2001200"}), id="another service's code"),
    pytest.param((200, {"responseCode": "2005800"}), id="nothing in it"),
    pytest.param((302, b""), id="elsewhere"),
    pytest.param((403, b"blocked"), id="a wall on the way"),
    pytest.param((502, b"bad gateway"), id="bad gateway"),
    pytest.param((504, {"responseCode": "5045800"}), id="timeout"),
    pytest.param((200, b"x" * 5_000_000), id="endless"),
    pytest.param(httpx.ReadTimeout("slow"), id="silent"),
    pytest.param(httpx.ReadError("reset"), id="hung up"),
    pytest.param(httpx.RemoteProtocolError("no HTTP"), id="no HTTP"),
]


def over(answer: Any, folder: Path) -> tuple[HttpWallet, Line]:
    """The adapter on such a line."""
    from desk.wallet.http.line import Access

    known = papers(folder, "desk")
    wallet = HttpWallet(Access("http://127.0.0.1:1", "desk", "s", known.private_key.read_bytes()), clock=lambda: NOW)
    line = Line(answer)
    wallet._line._client._transport = line
    return wallet, line


@pytest.mark.parametrize("answer", ODD)
def test_whatever_comes_back_a_refund_is_unknown_and_a_question_unanswered(answer: Any, tmp_path: Path) -> None:
    wallet, line = over(answer, tmp_path)
    with pytest.raises(UnknownOutcomeError) as caught:
        wallet.refund(RefundRequest("R1", "T1", 100, "IDR"))
    assert caught.value.key == "R1"
    assert len(line.asked) == 1, "what may have been done is not sent again by the adapter"
    with pytest.raises((WalletUnavailableError, WalletAnswerError)):
        wallet.account("WA00000007")
    wallet.close()


@pytest.mark.parametrize(
    "answer",
    [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), (429, {"responseCode": "4295800"}),
     (409, {"responseCode": "4095800"})],
    ids=["refused", "no connection", "too many", "conflict"],
)  # fmt: skip
def test_what_certainly_did_nothing_may_be_asked_again(answer: Any, tmp_path: Path) -> None:
    wallet, _ = over(answer, tmp_path)
    with pytest.raises(WalletUnavailableError):
        wallet.refund(RefundRequest("R1", "T1", 100, "IDR"))
    wallet.close()


def test_a_plain_refusal_of_snap_is_understood(tmp_path: Path) -> None:
    wallet, _ = over(
        (403, {"responseCode": "4035806", "responseMessage": "Feature Not Allowed At This Time"}), tmp_path
    )
    refund = wallet.refund(RefundRequest("R1", "T1", 100, "IDR"))
    assert (refund.state, refund.reason) == (RefundState.REFUSED, RefundReason.NOT_AT_THIS_TIME)
    wallet.close()


def test_an_answer_about_another_refund_is_not_believed(tmp_path: Path, desk: Desk) -> None:
    span = {"fromDateTime": "2026-10-20T00:00:00+07:00", "toDateTime": "2026-11-26T00:00:00+07:00"}
    listed = desk.ask(Service.HISTORY, {"additionalInfo": {"accountId": "WA00000007"}, **span}).json()["detailData"]
    number = next(one for one in listed if one["type"] == "PAYMENT")["additionalInfo"]["transactionId"]
    money = {"value": "1.00", "currency": "IDR"}
    body = desk.ask(
        Service.REFUND, {"originalReferenceNo": number, "partnerRefundNo": "R1", "refundAmount": money}
    ).json()
    for asked in (
        RefundRequest("R2", number, 100, "IDR"),
        RefundRequest("R1", "T1", 100, "IDR"),
        RefundRequest("R1", number, 200, "IDR"),
    ):
        wallet, _ = over((202, body), tmp_path)
        with pytest.raises(UnknownOutcomeError):
            wallet.refund(asked)
        assert wallet.refund(replace(asked, key="R1", transaction_id=number, amount=100)).key == "R1"
        wallet.close()


def test_a_wrong_secret_is_told_as_something_to_set_right(tmp_path: Path) -> None:
    wallet, _ = over((401, {"responseCode": "4015800", "responseMessage": "Unauthorized. signature"}), tmp_path)
    with pytest.raises(WalletSetUpError, match=r"does not accept this desk.*signature"):
        wallet.refund(RefundRequest("R1", "T1", 100, "IDR"))
    wallet.close()
