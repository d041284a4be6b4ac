"""Use cases of account safety: signs of a takeover, the playbook for a stolen account, disputes, the watch list.

The modules are imported when they are first named, as those of `desk.services` are.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.services.safety import acting, asking, owning, playbook, reading, signs, watching

__all__ = ["acting", "asking", "owning", "playbook", "reading", "signs", "watching"]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"desk.services.safety.{name}")
    raise AttributeError(f"desk.services.safety has no use case module {name!r}")
