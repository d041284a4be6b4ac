"""One signed request to the wallet and its answer, or the error that says truly what may have happened."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from desk.wallet.errors import UnknownOutcomeError, WalletAnswerError, WalletSetUpError, WalletUnavailableError
from desk.wallet.http.contract import (
    CONFLICT,
    INVALID_TOKEN,
    MOST_BYTES,
    TOO_MANY,
    UNAUTHORIZED,
    WIB,
    Service,
    as_moment,
)
from desk.wallet.http.signing import signature, token_signature

NOTHING_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""What httpx raises while no byte of a request can have left."""

IDLE_SECONDS = 3.0
"""A connection that lay still for longer is not used again: the other side may be closing it just then."""

TOKEN_MARGIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Access:
    """What the wallet knows this desk by."""

    url: str
    partner_id: str
    client_secret: str
    private_key: bytes
    """RSA, in PEM."""
    channel_id: str = "95221"
    """Five digits (SNAP's CHANNEL-ID)."""
    timeout_seconds: float = 8.0
    connect_seconds: float = 3.0
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the contract's form: HTTP status, the case's two digits, the words, the body."""

    status: int
    case: str
    words: str
    body: dict[str, Any]


class Line:
    """A connection to the wallet; threads may share it."""

    def __init__(self, access: Access, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._token_until = datetime.min.replace(tzinfo=UTC)
        self._client = httpx.Client(
            base_url=access.url.rstrip("/"),
            timeout=httpx.Timeout(access.timeout_seconds, connect=access.connect_seconds),
            limits=httpx.Limits(max_connections=20, keepalive_expiry=IDLE_SECONDS),
            proxy=access.proxy or None,
            trust_env=False,  # what leads to money goes where the settings say, and nowhere else
            follow_redirects=False,
        )

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def ask(self, service: Service, body: dict[str, Any], key: str | None = None) -> Answer:
        """The wallet's answer, whatever it says, as long as it is one by the contract and no fault of the server.

        Raises `WalletUnavailableError`, `WalletSetUpError`, `WalletAnswerError` (questions only) and
        `UnknownOutcomeError` (what acts only, with its `key`).
        """
        content = msgspec.json.encode(body)
        answer = self._sent(service, content, self._access_token(), key)
        if (answer.status, answer.case) == (INVALID_TOKEN.status, INVALID_TOKEN.case):
            self._forget_token()
            answer = self._sent(service, content, self._access_token(), key)
        if answer.status == UNAUTHORIZED.status:
            raise WalletSetUpError(
                f"The wallet does not accept this desk: {answer.words}. Check [wallet] and the clock."
            )
        if answer.status in {TOO_MANY.status, CONFLICT.status}:
            raise WalletUnavailableError(f"The wallet has done nothing for now: {answer.words}.")
        if answer.status == 400:
            raise WalletSetUpError(f"The wallet does not understand this desk: {answer.words}.")
        return answer

    def _sent(self, service: Service, content: bytes, token: str, key: str | None) -> Answer:
        timestamp = as_moment(self._clock())
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "X-TIMESTAMP": timestamp,
            "X-SIGNATURE": signature(self._access.client_secret, "POST", service.path, token, content, timestamp),
            "X-PARTNER-ID": self._access.partner_id,
            "X-EXTERNAL-ID": external_id(self._clock()),
            "CHANNEL-ID": self._access.channel_id,
        }
        return self._posted(service, content, headers, key)

    def _posted(self, service: Service, content: bytes, headers: dict[str, str], key: str | None) -> Answer:
        until = time.monotonic() + self._access.timeout_seconds + self._access.connect_seconds
        received = bytearray()
        try:
            with self._client.stream("POST", service.path, content=content, headers=headers) as response:
                for part in response.iter_bytes():
                    received += part
                    if len(received) > MOST_BYTES or time.monotonic() > until:
                        raise httpx.ReadTimeout("The answer does not end.")
        except NOTHING_LEFT as error:
            raise WalletUnavailableError(f"The wallet cannot be reached: {_why(error)}.") from error
        except httpx.HTTPError as error:
            raise _no_answer(service, f"The wallet did not answer: {_why(error)}.", key) from error
        if response.status_code >= 500:
            raise _no_answer(service, f"The wallet answered with an error of its own ({response.status_code}).", key)
        answer = _read(service, response.status_code, bytes(received))
        if answer is not None:
            return answer
        said = f"What the wallet answered ({response.status_code}) is no answer by the contract."
        if service.acts:
            raise UnknownOutcomeError(said, key)
        raise WalletAnswerError(said)

    def _access_token(self) -> str:
        with self._lock:
            now = self._clock()
            if now >= self._token_until:
                self._token, lasts = self._new_token(now)
                self._token_until = now + max(timedelta(seconds=lasts) - TOKEN_MARGIN, timedelta())
            return self._token

    def _new_token(self, now: datetime) -> tuple[str, int]:
        timestamp = as_moment(now)
        headers = {
            "Content-Type": "application/json",
            "X-TIMESTAMP": timestamp,
            "X-CLIENT-KEY": self._access.partner_id,
            "X-SIGNATURE": token_signature(self._access.private_key, self._access.partner_id, timestamp),
        }
        content = msgspec.json.encode({"grantType": "client_credentials"})
        answer = self._posted(Service.TOKEN, content, headers, None)
        token, lasts = answer.body.get("accessToken"), str(answer.body.get("expiresIn", ""))
        if answer.status != 200:
            raise WalletSetUpError(
                f"The wallet gives this desk no token: {answer.words}. Check [wallet] and the clock."
            )
        if not isinstance(token, str) or not re.fullmatch(r"[A-Za-z0-9._~+/=-]{1,2048}", token) or not lasts.isdigit():
            raise WalletAnswerError("The wallet answered with a token that is none.")
        return token, int(lasts)

    def _forget_token(self) -> None:
        with self._lock:
            self._token_until = datetime.min.replace(tzinfo=UTC)


def external_id(now: datetime) -> str:
    """A new X-EXTERNAL-ID, 32 digits: Jakarta's day and time, and 18 that are drawn."""
    return f"{now.astimezone(WIB):%Y%m%d%H%M%S}{secrets.randbelow(10**18):018d}"


def _read(service: Service, status: int, received: bytes) -> Answer | None:
    """An answer by the contract; None for anything else."""
    try:
        body = msgspec.json.decode(received)
    except msgspec.DecodeError:
        return None
    code = body.get("responseCode") if isinstance(body, dict) else None
    if not isinstance(code, str) or not re.fullmatch(rf"{status}{service.code}\d\d", code, re.ASCII):
        return None
    words = str(body.get("responseMessage") or "no reason given")
    return Answer(status, code[-2:], words[:300].rstrip("."), body)


def _no_answer(service: Service, said: str, key: str | None) -> Exception:
    return UnknownOutcomeError(said, key) if service.acts else WalletUnavailableError(said)


def _why(error: httpx.HTTPError) -> str:
    kinds: dict[type[httpx.HTTPError], str] = {
        httpx.ConnectTimeout: "no connection in time",
        httpx.ReadTimeout: "no answer in time",
    }
    return kinds.get(type(error)) or str(error).rstrip(".") or type(error).__name__
