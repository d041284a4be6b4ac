"""One use case a function; each opens one unit of work and commits once.

The modules are imported when they are first named (`services.queue`), so that a screen can be painted before
SQLAlchemy is there.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.services import (
        agent_work,
        agents,
        answers,
        attachments,
        callbacks,
        calls,
        cases,
        changes,
        claims,
        delivery,
        draft_files,
        drafts,
        events,
        figures,
        hour_edits,
        hours,
        intake,
        mailbox_readers,
        mailboxes,
        merging,
        outbox,
        proposals,
        queue,
        refunds,
        replies,
        scheduling,
        search,
        sides,
        sla,
        spam,
    )

__all__ = [
    "agent_work",
    "agents",
    "answers",
    "attachments",
    "callbacks",
    "calls",
    "cases",
    "changes",
    "claims",
    "delivery",
    "draft_files",
    "drafts",
    "events",
    "figures",
    "hour_edits",
    "hours",
    "intake",
    "mailbox_readers",
    "mailboxes",
    "merging",
    "outbox",
    "proposals",
    "queue",
    "refunds",
    "replies",
    "scheduling",
    "search",
    "sides",
    "sla",
    "spam",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"desk.services.{name}")
    raise AttributeError(f"desk.services has no use case module {name!r}")
