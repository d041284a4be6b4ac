"""The simulator behind the HTTP contract, with faults as a network makes them: an ASGI application."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from desk.wallet.errors import (
    ActRefusedError,
    KeyReusedError,
    UnknownAccountError,
    UnknownChallengeError,
    UnknownTransactionError,
)
from desk.wallet.http import contract, forms
from desk.wallet.http.contract import Code, Service, WireError, read_moment
from desk.wallet.http.signing import is_signed, is_token_signed
from desk.wallet.port import RefundState
from desk.wallet.simulator.core import Simulator
from desk.wallet.simulator.faults import Mishap, read_faults

TOKEN_SECONDS = 900
SKEW = timedelta(minutes=15)
MOST_BODY = 65_536
MOST_PAGE = 1000

Body = dict[str, Any]
Told = tuple[Code, Body]


def _now() -> datetime:
    return datetime.now(UTC)


class _RefusedError(Exception):
    def __init__(self, code: Code, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass
class Server:
    """What the simulated wallet knows of the one desk that may ask it; what was dialled goes wrong.

    `patience` is how many seconds the desk waits: answers that are lost come after it, if at all.
    """

    core: Simulator
    partner_id: str
    client_secret: str
    public_key: bytes
    random: Random = field(default_factory=Random)
    patience: float = 8.0
    clock: Callable[[], datetime] = _now
    _tokens: dict[str, datetime] = field(default_factory=dict)

    def application(self) -> Starlette:
        """The services of the contract."""
        routes = [Route(Service.TOKEN.path, self._give_token, methods=["POST"])]
        for service, does in SERVICES.items():
            routes.append(Route(service.path, self._serving(service, does), methods=["POST"]))
        return Starlette(routes=routes)

    def _serving(
        self, service: Service, does: Callable[[Simulator, Body], Told]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                body = await self._admitted(service, request)
            except _RefusedError as error:
                return _response(service, error.code, reason=error.reason)
            except ClientDisconnect:
                return _response(service, contract.BAD_REQUEST)
            return await self._answered(service, does, body)

        return serve

    async def _answered(self, service: Service, does: Callable[[Simulator, Body], Told], body: Body) -> Response:
        faults = read_faults(await run_in_threadpool(self.core.dialled))
        mishap = faults.draw(self.random, acts=service.acts)
        if mishap is Mishap.BUSY:
            return _response(service, contract.TOO_MANY)
        if mishap is Mishap.LATE and service is Service.REFUND:
            await run_in_threadpool(_held_up, self.core, body)
        if mishap in {Mishap.LATE, Mishap.TIMEOUT_BEFORE}:
            return await self._lost(service)
        if mishap is Mishap.REPEAT:
            await run_in_threadpool(_safely, does, self.core, body)
        code, more = await run_in_threadpool(_safely, does, self.core, body)
        if mishap is Mishap.TIMEOUT_AFTER:
            return await self._lost(service)
        if mishap is Mishap.ERROR_AFTER:
            return _response(service, contract.GENERAL_ERROR)
        if mishap is Mishap.SLOW:
            await asyncio.sleep(faults.slow_seconds)
        return _response(service, code, more)

    async def _lost(self, service: Service) -> Response:
        await asyncio.sleep(self.patience * 1.25 + 0.1)
        return _response(service, contract.TIMEOUT)  # nobody listens any more

    async def _give_token(self, request: Request) -> Response:
        service, head = Service.TOKEN, request.headers
        client, timestamp = head.get("X-CLIENT-KEY", ""), head.get("X-TIMESTAMP", "")
        known = hmac.compare_digest(client.encode(), self.partner_id.encode())
        given = head.get("X-SIGNATURE", "")
        if not (known and self._is_now(timestamp) and is_token_signed(given, self.public_key, client, timestamp)):
            return _response(service, contract.UNAUTHORIZED, reason="client, time or signature")
        if (await _json(request)).get("grantType") != "client_credentials":
            return _response(service, contract.INVALID_FIELD, reason="grantType")
        token, now = secrets.token_urlsafe(32), self.clock()
        self._tokens = {each: until for each, until in self._tokens.items() if until > now}
        self._tokens[token] = now + timedelta(seconds=TOKEN_SECONDS)
        more = {"accessToken": token, "tokenType": "Bearer", "expiresIn": str(TOKEN_SECONDS)}
        return _response(service, contract.SUCCESSFUL, more)

    async def _admitted(self, service: Service, request: Request) -> Body:
        """The body of a request that the desk has signed. Raises `_RefusedError`."""
        head = request.headers
        token = head.get("Authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, datetime.min.replace(tzinfo=UTC)) <= self.clock():
            raise _RefusedError(contract.INVALID_TOKEN)
        content, timestamp = await _content(request), head.get("X-TIMESTAMP", "")
        signed = is_signed(
            head.get("X-SIGNATURE", ""), self.client_secret, "POST", service.path, token, content, timestamp
        )
        if not (signed and self._is_now(timestamp) and head.get("X-PARTNER-ID") == self.partner_id):
            raise _RefusedError(contract.UNAUTHORIZED, "partner, time or signature")
        external, channel = head.get("X-EXTERNAL-ID", ""), head.get("CHANNEL-ID", "")
        if not (external.isascii() and external.isdigit() and len(external) <= 36):
            raise _RefusedError(contract.INVALID_FIELD, "X-EXTERNAL-ID")
        if not (channel.isascii() and channel.isdigit() and len(channel) == 5):
            raise _RefusedError(contract.INVALID_FIELD, "CHANNEL-ID")
        day = f"{self.clock().astimezone(contract.WIB):%Y-%m-%d}"
        if not await run_in_threadpool(self.core.use_external_id, day, self.partner_id, external):
            raise _RefusedError(contract.CONFLICT, "X-EXTERNAL-ID was used before today")
        return await _json(request)

    def _is_now(self, timestamp: str) -> bool:
        try:
            return abs(read_moment(timestamp, "X-TIMESTAMP") - self.clock()) <= SKEW
        except WireError:
            return False


async def _content(request: Request) -> bytes:
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > MOST_BODY:
            raise _RefusedError(contract.BAD_REQUEST, "the body is too large")
    request.state.content = content
    return content


async def _json(request: Request) -> Body:
    content = getattr(request.state, "content", None)
    try:
        body = msgspec.json.decode(content if content is not None else await _content(request))
    except msgspec.DecodeError:
        raise _RefusedError(contract.BAD_REQUEST, "the body is no JSON") from None
    if not isinstance(body, dict):
        raise _RefusedError(contract.BAD_REQUEST, "the body is no object")
    return body


def _response(service: Service, code: Code, more: Body | None = None, reason: str = "") -> Response:
    words = f"{code.words}. {reason}" if reason else code.words
    body = {"responseCode": code.of(service), "responseMessage": words, **(more or {})}
    headers = {"X-TIMESTAMP": contract.as_moment(_now()), "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), code.status, headers, "application/json")


def _safely(does: Callable[[Simulator, Body], Told], core: Simulator, body: Body) -> Told:
    try:
        return does(core, body)
    except UnknownAccountError:
        return contract.UNKNOWN_ACCOUNT, {}
    except (UnknownTransactionError, UnknownChallengeError):
        return contract.NOT_FOUND, {}
    except KeyReusedError:
        return contract.INCONSISTENT, {}
    except ActRefusedError as error:
        return contract.NOT_PERMITTED, {"reason": str(error)}
    except (ValueError, KeyError, TypeError) as error:  # WireError is a ValueError
        return contract.INVALID_FIELD, {"reason": str(error)[:200]}


def _held_up(core: Simulator, body: Body) -> None:
    core.delay_refund(forms.read_refund_request(body))


def _history(core: Simulator, body: Body) -> Told:
    size, number = _page(body)
    found = core.transactions(
        str(body["additionalInfo"]["accountId"]),
        since=read_moment(body["fromDateTime"], "fromDateTime"),
        until=read_moment(body["toDateTime"], "toDateTime"),
        limit=MOST_PAGE,
    )
    page = found[size * number : size * (number + 1)]
    return contract.SUCCESSFUL, {"detailData": [forms.as_transaction(one) for one in page]}


def _detail(core: Simulator, body: Body) -> Told:
    return contract.SUCCESSFUL, forms.as_transaction(core.transaction(str(body["originalPartnerReferenceNo"])))


def _refund(core: Simulator, body: Body) -> Told:
    refund = core.refund(forms.read_refund_request(body))
    if refund.reason is not None:
        return contract.REFUSALS[refund.reason], forms.as_refund(refund)
    code = contract.SUCCESSFUL if refund.state is RefundState.PAID else contract.IN_PROGRESS
    return code, forms.as_refund(refund)


def _refund_status(core: Simulator, body: Body) -> Told:
    refund = core.refund_status(str(body["partnerRefundNo"]))
    return (contract.NOT_FOUND, {}) if refund is None else (contract.SUCCESSFUL, forms.as_refund(refund))


def _refund_report(core: Simulator, body: Body) -> Told:
    size, number = _page(body)
    found = core.refunds(since=read_moment(body["from"], "from"), until=read_moment(body["to"], "to"))
    page = found[size * number : size * (number + 1)]
    return contract.SUCCESSFUL, {"refunds": [forms.as_refund(one) for one in page]}


def _refund_changes(core: Simulator, body: Body) -> Told:
    told = core.refund_changes(int(body["after"]), limit=int(body.get("limit", 100)))
    changes = [{"number": one.number, "refund": forms.as_refund(one.refund)} for one in told.changes]
    return contract.SUCCESSFUL, {"changes": changes, "cursor": told.cursor}


def _find_accounts(core: Simulator, body: Body) -> Told:
    found = core.find_accounts(phone=body.get("phone"), email=body.get("email"))
    return contract.SUCCESSFUL, {"accounts": found}


def _account(core: Simulator, body: Body) -> Told:
    return contract.SUCCESSFUL, {"account": core.account(str(body["accountId"]))}


def _act(core: Simulator, body: Body) -> Told:
    account, key, name = str(body["accountId"]), str(body["key"]), body["act"]
    if name in {"freeze", "unfreeze"}:
        does = core.freeze if name == "freeze" else core.unfreeze
        return contract.SUCCESSFUL, {"receipt": does(account, key=key, reason=str(body["reason"]))}
    if name == "request_statement":
        since, until = read_moment(body["from"], "from"), read_moment(body["to"], "to")
        return contract.SUCCESSFUL, {"receipt": core.request_statement(account, key=key, since=since, until=until)}
    plain = {"revoke_devices": core.revoke_devices, "send_password_reset": core.send_password_reset}
    if name not in plain:
        raise WireError(f"there is no act {str(name)[:40]!r}")
    return contract.SUCCESSFUL, {"receipt": plain[name](account, key=key)}


def _act_done(core: Simulator, body: Body) -> Told:
    receipt = core.act_done(str(body["key"]))
    return (contract.NOT_FOUND, {}) if receipt is None else (contract.SUCCESSFUL, {"receipt": receipt})


def _send_challenge(core: Simulator, body: Body) -> Told:
    return contract.SUCCESSFUL, {"challenge": core.send_challenge(str(body["accountId"]), key=str(body["key"]))}


def _challenge(core: Simulator, body: Body) -> Told:
    return contract.SUCCESSFUL, {"challenge": core.challenge(str(body["challengeId"]))}


def _page(body: Body) -> tuple[int, int]:
    size, number = int(body.get("pageSize", 100)), int(body.get("pageNumber", 0))
    if not (0 < size <= MOST_PAGE and 0 <= number <= MOST_PAGE):
        raise WireError("pageSize goes from 1 to 1000, and pageNumber from 0")
    return size, number


SERVICES: dict[Service, Callable[[Simulator, Body], Told]] = {
    Service.HISTORY: _history,
    Service.DETAIL: _detail,
    Service.REFUND: _refund,
    Service.FIND_ACCOUNTS: _find_accounts,
    Service.ACCOUNT: _account,
    Service.REFUND_STATUS: _refund_status,
    Service.REFUND_REPORT: _refund_report,
    Service.REFUND_CHANGES: _refund_changes,
    Service.ACT: _act,
    Service.ACT_DONE: _act_done,
    Service.SEND_CHALLENGE: _send_challenge,
    Service.CHALLENGE: _challenge,
}
