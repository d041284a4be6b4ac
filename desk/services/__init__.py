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
        answer_folders,
        answer_review,
        answers,
        attachments,
        callbacks,
        callers,
        calls,
        cases,
        changes,
        claims,
        codes,
        delivery,
        draft_files,
        drafts,
        events,
        figures,
        guide_ends,
        guide_figures,
        guide_store,
        guides,
        hour_edits,
        hours,
        incident_links,
        incidents,
        intake,
        mailbox_readers,
        mailboxes,
        merging,
        outbox,
        proposals,
        quality,
        queue,
        refunds,
        replies,
        safety,
        scheduling,
        search,
        sides,
        sla,
        snippets,
        spam,
        suggestions,
        wallets,
    )

__all__ = [
    "agent_work",
    "agents",
    "answer_folders",
    "answer_review",
    "answers",
    "attachments",
    "callbacks",
    "callers",
    "calls",
    "cases",
    "changes",
    "claims",
    "codes",
    "delivery",
    "draft_files",
    "drafts",
    "events",
    "figures",
    "guide_ends",
    "guide_figures",
    "guide_store",
    "guides",
    "hour_edits",
    "hours",
    "incident_links",
    "incidents",
    "intake",
    "mailbox_readers",
    "mailboxes",
    "merging",
    "outbox",
    "proposals",
    "quality",
    "queue",
    "refunds",
    "replies",
    "safety",
    "scheduling",
    "search",
    "sides",
    "sla",
    "snippets",
    "spam",
    "suggestions",
    "wallets",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"desk.services.{name}")
    raise AttributeError(f"desk.services has no use case module {name!r}")
