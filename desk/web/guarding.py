"""What holds for every request: headers that keep browsers from doing more than reading, and bounds."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 65_536
"""The largest body that is taken."""
MOST_PATH = 2_000

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
     b"base-uri 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)  # fmt: skip

log = logging.getLogger(__name__)


class Guard:
    """Wraps an application. Nothing of a request is written to a log but its method: addresses may hold secrets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what is too large, and put the headers on every answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {name.lower() for name, _ in message["headers"]}
                more = [each for each in HEADERS if each[0] not in given]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_PATH:
            await _plain(guarded, 414, "The address is too long.")
            return
        body = await _body(scope, receive)
        if body is None:
            await _plain(guarded, 413, "That is too large.")
            return
        try:
            await self._app(scope, _once(body, receive), guarded)
        except Exception:
            log.exception("a %s request failed", scope["method"])
            if not begun:
                await _plain(guarded, 500, "Something went wrong here. Please try again in a minute.")


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than may be."""
    if scope["method"] in {"GET", "HEAD"}:
        return b""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        size += len(message.get("body", b""))
        if size > MOST_BYTES:
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _plain(send: Send, status: int, words: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})
