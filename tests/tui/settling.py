"""Waiting until an application under test has done what it can do now.

Textual's pilot watches the processor's time for that, in steps of 20 ms and for up to a second at each key; here the
event loop is asked: it rests when nothing is ready to run and no thread works for it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import TYPE_CHECKING, Any

import textual.app
import textual.constants
import textual.pilot
from textual.css.stylesheet import Stylesheet

if TYPE_CHECKING:
    import pytest

TURNS_AT_REST = 2
"""So many turns in a row without anything to do count as rest."""

FRAME_SECONDS = 1 / textual.constants.MAX_FPS

THREADS_SECONDS = 0.15
"""Work in threads is waited for so long."""

_in_threads: set[Future[Any]] = set()


async def settled(_least: float = 0.0, most: float = 1.0) -> None:
    """Until the event loop rests, or `most` seconds."""
    loop: Any = asyncio.get_running_loop()
    begun = monotonic()
    resting = 0
    while resting < TURNS_AT_REST and monotonic() < begun + most:
        # A thread may also be stuck, as with a locked database; keys go on meanwhile.
        works = bool(_in_threads) and monotonic() < begun + THREADS_SECONDS
        # To ask again at once would keep threads from the processor while a timer is waited for.
        await asyncio.sleep(0 if loop._ready and not works else 0.001)
        resting = 0 if works or loop._ready or _is_about_to_work(loop) else resting + 1


def _is_about_to_work(loop: Any) -> bool:
    """Whether a timer is due at once: screens are painted so many times a second, not with each change."""
    soon = loop.time() + FRAME_SECONDS
    return any(handle.when() < soon and not handle.cancelled() for handle in loop._scheduled)


_parsed: dict[Any, Any] = {}


def _parse_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have applications share the rules that they read from the same style sheet with the same colours."""
    parse = Stylesheet._parse_rules

    def parsed(sheet: Stylesheet, *how: Any, **named: Any) -> Any:
        key = (how, tuple(named.items()), frozenset(sheet._variables.items()))
        if key not in _parsed:
            _parsed[key] = parse(sheet, *how, **named)
        return _parsed[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parsed)


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pilots wait in this way, and applications start sooner."""
    _parse_once(monkeypatch)
    submit = ThreadPoolExecutor.submit

    def noted(pool: ThreadPoolExecutor, *work: Any, **named: Any) -> Future[Any]:
        future = submit(pool, *work, **named)
        _in_threads.add(future)
        future.add_done_callback(_in_threads.discard)
        return future

    monkeypatch.setattr(ThreadPoolExecutor, "submit", noted)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", settled)
    monkeypatch.setattr(textual.app, "wait_for_idle", settled)
