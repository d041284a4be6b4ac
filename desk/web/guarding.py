"""What holds for every request: headers that keep browsers from doing more than reading, and bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 65_536
"""The largest body that is taken of anybody."""
MOST_DRAINED = 100_000_000
"""So much of a body that is too large is read and thrown away, so that the browser reads the answer."""
MOST_LARGE_AT_ONCE = 4
"""Larger bodies are held in memory by so many requests together; the others wait."""
MOST_SECONDS = 120.0
"""How long a body may take to arrive."""
TOO_LARGE = "desk.too_large"
"""What the scope of a request is marked with whose body was too large, where a page says so itself."""
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


class _HungUpError(Exception):
    """The other side has gone before all of its request was here."""


class Guard:
    """Wraps an application. Nothing of a request is written to a log but its method: addresses may hold secrets."""

    def __init__(self, app: ASGIApp, most_bytes: Callable[[Scope], Awaitable[int]]) -> None:
        """`most_bytes` says how large a body may be that is larger than others; it is asked about no other."""
        self._app = app
        self._most_bytes = most_bytes
        self._large = asyncio.Semaphore(MOST_LARGE_AT_ONCE)

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
        try:
            async with self._room(scope) as most:
                await self._handed_on(scope, receive, guarded, most)
        except _HungUpError:
            return  # half a body is no request: a refusal cut short must not be taken
        except Exception:
            log.exception("a %s request failed", scope["method"])
            if not begun:
                await _plain(guarded, 500, "Something went wrong here. Please try again in a minute.")

    @asynccontextmanager
    async def _room(self, scope: Scope) -> AsyncIterator[int]:
        """How large the body may be, while there is room for it."""
        if _announced(scope) <= MOST_BYTES:
            yield MOST_BYTES
            return
        most = await self._most_bytes(scope)
        if most <= MOST_BYTES:
            yield most
            return
        async with self._large:
            yield most

    async def _handed_on(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        try:
            async with asyncio.timeout(MOST_SECONDS):
                body = await _body(scope, receive, most)
        except TimeoutError:
            await _plain(send, 408, "That took too long. Please try again.")
            return
        if body is None and most <= MOST_BYTES:
            await _plain(send, 413, "That is too large.")
            return
        if body is None:
            scope = {**scope, TOO_LARGE: True}
        await self._app(scope, _once(body or b"", receive), send)


def _announced(scope: Scope) -> int:
    """How large a body is by its own word; a body that does not say is no large one, or is refused."""
    given = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(given) if given.isdigit() else 0


async def _body(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The whole body; None when it is larger than may be, and where larger ones may be, then it has been read."""
    if scope["method"] in {"GET", "HEAD"}:
        return b""
    parts: list[bytes] = []
    size, drained = 0, MOST_DRAINED if most > MOST_BYTES else 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _HungUpError
        size += len(message.get("body", b""))
        if size <= most:
            parts.append(message.get("body", b""))
        else:
            parts.clear()
            if size > max(most, drained):
                return None
        if not message.get("more_body"):
            return b"".join(parts) if size <= most else None


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
