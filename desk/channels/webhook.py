"""Signed webhooks as the Standard Webhooks specification (standardwebhooks.com) has them, to merchants' programs.

The signing is a dozen lines of hmac here; the specification's own library would bring more than that.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from db.rows import OutgoingRow
from desk.channels.mail.mailbox_errors import MailboxError
from desk.channels.mail.secrets import in_file, in_keyring
from desk.channels.sending import RefusedError, Taken, TryLaterError, unnoted
from desk.settings_refunds import Refunds, Webhook

if TYPE_CHECKING:
    import httpx2

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
"""Of a secret, as the specification asks."""
MOST_SECONDS = 20.0
"""How long all of one attempt may take."""
GONE = 410
"""By which a receiver says that it takes no more, ever."""


class WebhookSender:
    """Posts a message's payload. Only 2xx is a yes: whatever else is tried again, under the same id.

    Nobody marks where it begins: a receiver knows an id that it has had before, so what may have arrived is sent again.
    """

    def __init__(self, settings: Refunds, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._clock = clock

    def send(self, message: OutgoingRow, _begun: Callable[[], object] = unnoted) -> Taken:
        """Post it. Raises `TryLaterError`, and `RefusedError` when the receiver is gone for good."""
        try:
            import httpx2
        except ImportError as error:
            raise TryLaterError("For webhooks desk needs httpx2. Install it: pip install 'desk[webhooks]'.") from error
        merchant = str(message.details.get("merchant", ""))
        keys = secrets_of(self._settings.webhook(merchant), merchant)
        body = msgspec.json.encode(message.details["payload"])
        headers = signed_headers(keys, str(message.external_id), self._clock(), body)
        url = str(message.details["to"])
        try:
            answer = asyncio.run(_post(url, headers, body))
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            what = "it took too long" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise TryLaterError(f"{url} did not take it: {what}") from error
        if answer == GONE:
            raise RefusedError(f"{url} answers 410: it takes no more. Ask the merchant for the new address.")
        if not 200 <= answer < 300:
            raise TryLaterError(f"{url} answers {answer}, and only 2xx is a yes")
        return Taken(message.external_id)


def signed_headers(keys: tuple[bytes, ...], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one attempt: its id, its second, and a signature by each key."""
    seconds = str(int(at.timestamp()))
    content = f"{message_id}.{seconds}.".encode() + body
    marks = (base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys)
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


def secrets_of(webhook: Webhook, merchant: str) -> tuple[bytes, ...]:
    """The keys of a merchant's webhook: one, or two while it is changed. Raises `TryLaterError`, without them."""
    where = f"refunds.webhooks.{merchant}"
    try:
        if webhook.secret_file:
            text = in_file(webhook.secret_file)
        elif webhook.keyring:
            text = in_keyring(webhook.keyring, merchant)
        else:
            text = webhook.secret
    except MailboxError as error:
        raise TryLaterError(f"Setting {where}: {error}") from error
    if not text.split():
        raise TryLaterError(
            f"There is no secret for this webhook; name one with {where}.secret_file or {where}.keyring."
        )
    try:
        keys = tuple(base64.b64decode(each.removeprefix(PREFIX), validate=True) for each in text.split())
    except (binascii.Error, ValueError):
        keys = ()
    if not keys or not all(LEAST_BYTES <= len(key) <= MOST_BYTES for key in keys):
        raise TryLaterError(f"The secret of {where} is not {PREFIX} and 24 to 64 bytes in base64.")
    return keys


async def _post(url: str, headers: dict[str, str], body: bytes) -> int:
    """The answer's status; what else the other side says is not read."""
    import httpx2

    options: dict[str, Any] = {"timeout": MOST_SECONDS, "follow_redirects": False, "trust_env": False}
    client: httpx2.AsyncClient
    async with (
        asyncio.timeout(MOST_SECONDS),  # of all phases together: a receiver that drips holds up no mail
        httpx2.AsyncClient(**options) as client,
        client.stream("POST", url, headers=headers, content=body) as answer,
    ):
        return answer.status_code
