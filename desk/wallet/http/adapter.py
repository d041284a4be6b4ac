"""The wallet's port over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from desk.wallet.errors import (
    ActRefusedError,
    KeyReusedError,
    UnknownAccountError,
    UnknownChallengeError,
    UnknownOutcomeError,
    UnknownTransactionError,
    WalletAnswerError,
    WalletError,
)
from desk.wallet.http import forms
from desk.wallet.http.contract import INCONSISTENT, NOT_PERMITTED, UNKNOWN_ACCOUNT, Code, Service, WireError, as_moment
from desk.wallet.http.line import Access, Answer, Line
from desk.wallet.port import (
    Account,
    AccountMatch,
    Challenge,
    Receipt,
    Refund,
    RefundChange,
    RefundChanges,
    RefundRequest,
    RefundState,
    Transaction,
    require_key,
)

T = TypeVar("T")
Did = TypeVar("Did", Receipt, Challenge)

PAGE = 100
MOST_PAGES = 1000


def _now() -> datetime:
    return datetime.now(UTC)


class HttpWallet:
    """A wallet's core that is asked over HTTP; threads may share it. `clock` is aware, and has to go right."""

    def __init__(self, access: Access, *, clock: Callable[[], datetime] = _now) -> None:
        self._line = Line(access, clock)
        self._clock = clock

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def find_accounts(self, *, phone: str | None = None, email: str | None = None) -> tuple[AccountMatch, ...]:
        """See `desk.wallet.port.Wallet`."""
        answer = self._asked(Service.FIND_ACCOUNTS, {"phone": phone, "email": email})
        return _convert(answer.body.get("accounts"), tuple[AccountMatch, ...])

    def account(self, account_id: str) -> Account:
        """See `desk.wallet.port.Wallet`."""
        return _convert(self._asked(Service.ACCOUNT, {"accountId": account_id}).body.get("account"), Account)

    def transactions(
        self, account_id: str, *, since: datetime, until: datetime, limit: int = 100
    ) -> tuple[Transaction, ...]:
        """See `desk.wallet.port.Wallet`."""
        found: list[Transaction] = []
        for number in range(MOST_PAGES):
            body = {
                "fromDateTime": as_moment(since),
                "toDateTime": as_moment(until + timedelta(seconds=1)),  # SNAP's times have no part of a second
                "pageSize": str(PAGE),
                "pageNumber": str(number),
                "additionalInfo": {"accountId": account_id},
            }
            page = _each(self._asked(Service.HISTORY, body).body.get("detailData"), forms.read_transaction)
            found += (one for one in page if since <= one.at < until)
            if len(page) < PAGE or len(found) >= limit:
                break
        return tuple(found[:limit])

    def transaction(self, transaction_id: str) -> Transaction:
        """See `desk.wallet.port.Wallet`."""
        answer = self._line.ask(Service.DETAIL, {"originalPartnerReferenceNo": transaction_id})
        if answer.status == 404:
            raise UnknownTransactionError(f"The wallet has no transaction {transaction_id}.")
        _require(answer)
        return _form(answer.body, forms.read_transaction)

    def refund(self, request: RefundRequest) -> Refund:
        """See `desk.wallet.port.Wallet`."""
        require_key(request.key)
        if request.amount <= 0:
            raise ValueError(f"A refund has an amount above zero; {request.amount} is none.")
        answer = self._line.ask(Service.REFUND, forms.as_refund_request(request), request.key)
        if _is(answer, INCONSISTENT):
            raise KeyReusedError(f"The refund key {request.key} stands for another refund. Use a new key.")
        reason = forms.refusal_of(answer.status, answer.case)
        if reason is not None and "additionalInfo" not in answer.body:
            now = self._clock()
            return Refund(
                request.key, request.transaction_id, request.amount, request.currency, RefundState.REFUSED, 1, "",
                now, now, reason, answer.words,
            )  # fmt: skip
        try:
            refund = forms.read_refund(answer.body)
        except WireError as error:
            raise UnknownOutcomeError(f"What the wallet answered cannot be read: {error}.", request.key) from error
        asked = (request.key, request.transaction_id, request.amount, request.currency)
        if (refund.key, refund.transaction_id, refund.amount, refund.currency) != asked:
            raise UnknownOutcomeError("The wallet answered about another refund.", request.key)
        return refund

    def refund_status(self, key: str) -> Refund | None:
        """See `desk.wallet.port.Wallet`."""
        answer = self._line.ask(Service.REFUND_STATUS, {"partnerRefundNo": key})
        if answer.status == 404:
            return None
        _require(answer)
        return _form(answer.body, forms.read_refund)

    def refunds(self, *, since: datetime, until: datetime) -> tuple[Refund, ...]:
        """See `desk.wallet.port.Wallet`."""
        found: list[Refund] = []
        for number in range(MOST_PAGES):
            body = {"from": since.isoformat(), "to": until.isoformat(), "pageSize": PAGE, "pageNumber": number}
            page = _each(self._asked(Service.REFUND_REPORT, body).body.get("refunds"), forms.read_refund)
            found += page
            if len(page) < PAGE:
                break
        return tuple(found)

    def refund_changes(self, after: int, *, limit: int = 100) -> RefundChanges:
        """See `desk.wallet.port.Wallet`."""
        answer = self._asked(Service.REFUND_CHANGES, {"after": after, "limit": limit})
        changes = _each(answer.body.get("changes"), _change)
        return RefundChanges(changes, _convert(answer.body.get("cursor"), int))

    def freeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act("freeze", account_id, key, {"reason": reason})

    def unfreeze(self, account_id: str, *, key: str, reason: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act("unfreeze", account_id, key, {"reason": reason})

    def revoke_devices(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act("revoke_devices", account_id, key, {})

    def send_password_reset(self, account_id: str, *, key: str) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        return self._act("send_password_reset", account_id, key, {})

    def send_challenge(self, account_id: str, *, key: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        return self._done(Service.SEND_CHALLENGE, {"accountId": account_id, "key": key}, key, "challenge", Challenge)

    def challenge(self, challenge_id: str) -> Challenge:
        """See `desk.wallet.port.Wallet`."""
        answer = self._line.ask(Service.CHALLENGE, {"challengeId": challenge_id})
        if answer.status == 404:
            raise UnknownChallengeError(f"The wallet has no challenge {challenge_id}.")
        _require(answer)
        return _convert(answer.body.get("challenge"), Challenge)

    def request_statement(self, account_id: str, *, key: str, since: datetime, until: datetime) -> Receipt:
        """See `desk.wallet.port.Wallet`."""
        if since >= until:
            raise ValueError("A statement begins before it ends.")
        span = {"from": since.isoformat(), "to": until.isoformat()}
        return self._act("request_statement", account_id, key, span)

    def act_done(self, key: str) -> Receipt | None:
        """See `desk.wallet.port.Wallet`."""
        answer = self._line.ask(Service.ACT_DONE, {"key": key})
        if answer.status == 404:
            return None
        _require(answer)
        return _convert(answer.body.get("receipt"), Receipt)

    def _asked(self, service: Service, body: dict[str, Any]) -> Answer:
        answer = self._line.ask(service, body)
        if _is(answer, UNKNOWN_ACCOUNT):
            raise UnknownAccountError(f"The wallet has no such account: {answer.words}.")
        _require(answer)
        return answer

    def _act(self, name: str, account_id: str, key: str, detail: dict[str, str]) -> Receipt:
        body = {"act": name, "accountId": account_id, "key": key, **detail}
        return self._done(Service.ACT, body, key, "receipt", Receipt)

    def _done(self, service: Service, body: dict[str, Any], key: str, name: str, kind: type[Did]) -> Did:
        require_key(key)
        answer = self._line.ask(service, body, key)
        if answer.status != 200:
            raise _refusal(answer, key)
        try:
            made = msgspec.convert(answer.body.get(name), kind)
        except msgspec.ValidationError as error:
            raise UnknownOutcomeError(f"What the wallet answered cannot be read: {error}.", key) from error
        if made.key != key:
            raise UnknownOutcomeError("The wallet answered about something else.", key)
        return made


def _refusal(answer: Answer, key: str) -> WalletError:
    if _is(answer, UNKNOWN_ACCOUNT):
        return UnknownAccountError(f"The wallet has no such account: {answer.words}.")
    if _is(answer, INCONSISTENT):
        return KeyReusedError(f"The key {key} stands for something else. Use a new key.")
    if _is(answer, NOT_PERMITTED):
        return ActRefusedError(f"{answer.body.get('reason') or answer.words}")
    return UnknownOutcomeError(f"The wallet answered what is no answer to that: {answer.words}.", key)


def _is(answer: Answer, code: Code) -> bool:
    return (answer.status, answer.case) == (code.status, code.case)


def _require(answer: Answer) -> None:
    if answer.status != 200:
        raise WalletAnswerError(f"The wallet does not answer that: {answer.words}.")


def _convert(value: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise WalletAnswerError(f"What the wallet answered cannot be read: {error}.") from error


def _form(value: Any, read: Callable[[Any], T]) -> T:
    try:
        return read(value)
    except WireError as error:
        raise WalletAnswerError(f"What the wallet answered cannot be read: {error}.") from error


def _each(value: Any, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(value, list):
        raise WalletAnswerError("What the wallet answered cannot be read: it has no list.")
    return tuple(_form(one, read) for one in value)


def _change(value: Any) -> RefundChange:
    if not isinstance(value, dict) or not isinstance(value.get("number"), int):
        raise WireError("a change has no number")
    return RefundChange(value["number"], forms.read_refund(value.get("refund")))
