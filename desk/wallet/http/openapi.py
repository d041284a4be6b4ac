"""The contract as an OpenAPI document, made from what crosses the port: `python -m desk.wallet.http.openapi`."""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from desk.wallet.http import contract
from desk.wallet.http.contract import REFUSALS, Code, Service
from desk.wallet.port import Account, AccountMatch, Challenge, PaymentPath, Receipt, RefundReason, RefundState

TEXT: dict[str, Any] = {"type": "string"}
MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
MONEY: dict[str, Any] = {"$ref": "#/components/schemas/Money"}
REFUND: dict[str, Any] = {"$ref": "#/components/schemas/Refund"}
SAID: dict[str, Any] = {"$ref": "#/components/schemas/Said"}
TRANSACTION: dict[str, Any] = {"$ref": "#/components/schemas/Transaction"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0}
KEY: dict[str, Any] = {
    "type": "string",
    "pattern": "^[A-Za-z0-9._-]{1,64}$",
    "description": "The desk's own. What has the same key is done once; a repetition is answered with what was done.",
}

SUMMARIES = {
    Service.TOKEN: "SNAP 73: an access token, B2B",
    Service.HISTORY: "SNAP 12: transactions of an account, newest first",
    Service.DETAIL: "SNAP 13: one transaction, by its number or by the provider's reference",
    Service.REFUND: "SNAP 58: a refund, once for each partnerRefundNo; a refusal is a 403 or a 404 with its code",
    Service.FIND_ACCOUNTS: "Accounts with exactly that number or address",
    Service.ACCOUNT: "The facts about an account; nothing that opens it",
    Service.REFUND_STATUS: "What became of a refund, by the desk's key; 404 when none was taken",
    Service.REFUND_REPORT: "Every refund that was taken in [from, to), oldest first; refusals are left out",
    Service.REFUND_CHANGES: "What changed about refunds since a cursor; may tell twice and in any order (see revision)",
    Service.ACT: "Freeze, unfreeze, revoke devices, send a password reset, mail a statement",
    Service.ACT_DONE: "What was done under a key; 404 when nothing was",
    Service.SEND_CHALLENGE: "Challenge the customer's identity; the wallet sends and checks",
    Service.CHALLENGE: "Whether a challenge was passed",
}

ACTS = ("freeze", "unfreeze", "revoke_devices", "send_password_reset", "request_statement")


def document() -> dict[str, Any]:
    """The document, as plain values."""
    kinds = (AccountMatch, Account, Receipt, Challenge)
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "What a support desk needs of a wallet's core",
            "version": "1.0",
            "description": (
                "Services 12, 13, 58 and 73 are Bank Indonesia's SNAP; those from 90 on are what SNAP lacks for a "
                "desk, in the same manner. responseCode is the HTTP status, the service's two digits and the case's "
                "two. No service takes or gives a password, a PIN or an OTP. Passages marked `x-beyond-snap` are ours."
            ),
        },
        "paths": {service.path: {"post": _operation(service)} for service in Service},
        "components": {
            "parameters": {
                name: {
                    "name": name.partition("_")[0],
                    "in": "header",
                    "required": True,
                    "description": words,
                    "schema": TEXT,
                }
                for name, words in (_TOKEN_HEAD | _HEAD).items()
            },
            "schemas": {**_own_schemas(), **schemas},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(service: Service) -> dict[str, Any]:
    head = _TOKEN_HEAD if service is Service.TOKEN else _HEAD
    return {
        "operationId": service.name.lower(),
        "summary": SUMMARIES[service],
        "security": [] if service is Service.TOKEN else [{"token": []}],
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in head],
        "requestBody": {"required": True, "content": _json(_object(_REQUESTS[service]))},
        "responses": {
            status: {
                "description": "; ".join(f"{code.of(service)} {code.words}" for code in codes),
                "content": _json(_answer(_ANSWERS[service]) if status in {"200", "202"} else SAID),
            }
            for status, codes in _codes(service).items()
        },
        **({"x-beyond-snap": True} if int(service.code) >= 90 else {}),
    }


_TOKEN_HEAD = {
    "X-CLIENT-KEY": "The partner's id",
    "X-TIMESTAMP": "2026-11-25T22:10:05+07:00; at most 15 minutes off",
    "X-SIGNATURE_TOKEN": "base64 of SHA256withRSA over X-CLIENT-KEY|X-TIMESTAMP",
}
_HEAD = {
    "X-TIMESTAMP": "2026-11-25T22:10:05+07:00; at most 15 minutes off",
    "X-SIGNATURE": "base64 of HMAC-SHA512 over POST:path:token:lower case hex of SHA-256 of the body:X-TIMESTAMP",
    "X-PARTNER-ID": "The partner's id",
    "X-EXTERNAL-ID": "Digits, at most 36, used once in a day of Jakarta's",
    "CHANNEL-ID": "Five digits",
}

_REQUESTS: dict[Service, dict[str, Any]] = {
    Service.TOKEN: {"grantType": {"const": "client_credentials"}},
    Service.HISTORY: {
        "fromDateTime": MOMENT,
        "toDateTime": MOMENT,
        "pageSize": TEXT,
        "pageNumber": TEXT,
        "additionalInfo": {"type": "object", "properties": {"accountId": TEXT}, "required": ["accountId"]},
    },
    Service.DETAIL: {"originalPartnerReferenceNo": TEXT},
    Service.REFUND: {
        "originalReferenceNo": TEXT,
        "originalPartnerReferenceNo": TEXT,
        "partnerRefundNo": KEY,
        "refundAmount": MONEY,
        "reason": {"type": "string", "maxLength": 256},
    },
    Service.FIND_ACCOUNTS: {"phone": {"type": ["string", "null"]}, "email": {"type": ["string", "null"]}},
    Service.ACCOUNT: {"accountId": TEXT},
    Service.REFUND_STATUS: {"partnerRefundNo": KEY},
    Service.REFUND_REPORT: {"from": MOMENT, "to": MOMENT, "pageSize": NUMBER, "pageNumber": NUMBER},
    Service.REFUND_CHANGES: {"after": NUMBER, "limit": NUMBER},
    Service.ACT: {
        "act": {"enum": list(ACTS)},
        "accountId": TEXT,
        "key": KEY,
        "reason": {"type": "string", "description": "Of a freeze or its end."},
        "from": {**MOMENT, "description": "Of a statement."},
        "to": {**MOMENT, "description": "Of a statement."},
    },
    Service.ACT_DONE: {"key": KEY},
    Service.SEND_CHALLENGE: {"accountId": TEXT, "key": KEY},
    Service.CHALLENGE: {"challengeId": TEXT},
}
_OPTIONAL = {"reason", "from", "to", "phone", "email", "originalPartnerReferenceNo", "limit", "pageSize", "pageNumber"}

_ANSWERS: dict[Service, dict[str, Any]] = {
    Service.TOKEN: {"accessToken": TEXT, "tokenType": {"const": "Bearer"}, "expiresIn": TEXT},
    Service.HISTORY: {"detailData": {"type": "array", "items": TRANSACTION}},
    Service.DETAIL: TRANSACTION,
    Service.REFUND: REFUND,
    Service.FIND_ACCOUNTS: {"accounts": {"type": "array", "items": {"$ref": "#/components/schemas/AccountMatch"}}},
    Service.ACCOUNT: {"account": {"$ref": "#/components/schemas/Account"}},
    Service.REFUND_STATUS: REFUND,
    Service.REFUND_REPORT: {"refunds": {"type": "array", "items": REFUND}},
    Service.REFUND_CHANGES: {
        "changes": {"type": "array", "items": {"type": "object", "properties": {"number": NUMBER, "refund": REFUND}}},
        "cursor": NUMBER,
    },
    Service.ACT: {"receipt": {"$ref": "#/components/schemas/Receipt"}},
    Service.ACT_DONE: {"receipt": {"$ref": "#/components/schemas/Receipt"}},
    Service.SEND_CHALLENGE: {"challenge": {"$ref": "#/components/schemas/Challenge"}},
    Service.CHALLENGE: {"challenge": {"$ref": "#/components/schemas/Challenge"}},
}


def _codes(service: Service) -> dict[str, list[Code]]:
    """The codes of a service, by HTTP status."""
    codes = [contract.SUCCESSFUL, contract.BAD_REQUEST, contract.INVALID_FIELD, contract.UNAUTHORIZED]
    if service is not Service.TOKEN:
        codes += [contract.INVALID_TOKEN, contract.CONFLICT, contract.TOO_MANY]
    if service is Service.REFUND:
        codes += [contract.IN_PROGRESS, contract.INCONSISTENT, *REFUSALS.values()]
    if service in {Service.ACT, Service.SEND_CHALLENGE}:
        codes += [contract.UNKNOWN_ACCOUNT, contract.INCONSISTENT, contract.NOT_PERMITTED]
    if service in {Service.ACCOUNT, Service.HISTORY}:
        codes.append(contract.UNKNOWN_ACCOUNT)
    if service in {Service.DETAIL, Service.REFUND_STATUS, Service.ACT_DONE, Service.CHALLENGE}:
        codes.append(contract.NOT_FOUND)
    codes += [contract.GENERAL_ERROR, contract.TIMEOUT]
    told: dict[str, list[Code]] = {}
    for code in sorted(codes, key=lambda one: (one.status, one.case)):
        told.setdefault(str(code.status), []).append(code)
    return told


def _answer(more: dict[str, Any]) -> dict[str, Any]:
    return {"allOf": [SAID, more if "$ref" in more else _object(more)]}


def _own_schemas() -> dict[str, Any]:
    state = {"enum": [state.value for state in RefundState]}
    reason = {"enum": [*(reason.value for reason in RefundReason), None]}
    beyond = {"type": "object", "x-beyond-snap": True}
    return {
        "Said": _object({"responseCode": {"type": "string", "pattern": r"^\d{7}$"}, "responseMessage": TEXT}),
        "Money": _object({
            "value": {"type": "string", "pattern": r"^\d{1,16}\.\d{2}$", "description": "150000.00 is Rp 150.000"},
            "currency": {"type": "string", "description": "ISO 4217"},
        }),
        "Refund": _object({
            "originalReferenceNo": TEXT, "originalPartnerReferenceNo": TEXT, "refundNo": TEXT, "partnerRefundNo": KEY,
            "refundAmount": MONEY, "refundTime": MOMENT,
            "additionalInfo": {
                **beyond,
                "properties": {
                    "state": state, "revision": NUMBER, "requestedAt": MOMENT, "changedAt": MOMENT, "reason": reason,
                    "said": TEXT,
                },
            },
        }),
        "Transaction": _object({
            "dateTime": MOMENT, "amount": MONEY, "remark": TEXT,
            "sourceOfFunds": {"type": "array", "items": _object({"source": TEXT, "amount": MONEY})},
            "status": {"enum": ["SUCCESS", "PENDING", "CANCELLED", "FAILED"]},
            "latestTransactionStatus": {"enum": ["00", "03", "05", "06"]},
            "type": TEXT,
            "additionalInfo": {
                **beyond,
                "properties": {
                    "transactionId": TEXT, "accountId": TEXT, "merchantId": {"type": ["string", "null"]},
                    "merchantName": {"type": ["string", "null"]},
                    "paymentPath": {"enum": [*(path.value for path in PaymentPath), None]}, "reference": TEXT,
                    "deviceId": {"type": ["string", "null"]}, "refunded": MONEY, "refundPending": MONEY,
                    "failure": TEXT,
                },
            },
        }),
    }  # fmt: skip


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    required = [name for name in properties if name not in _OPTIONAL]
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


if __name__ == "__main__":
    json.dump(document(), sys.stdout, indent=1)
    sys.stdout.write("\n")
