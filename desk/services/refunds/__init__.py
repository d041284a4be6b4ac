"""Use cases of refunds: opened on a case, asked of a merchant, decided, paid by the wallet, compared with its books.

The modules are imported when they are first named, as those of `desk.services` are.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desk.services.refunds import (
        deciding,
        keeping,
        listing,
        looking,
        merchant_links,
        merchants,
        nightly,
        opening,
        paying,
        policies,
        reconciling,
    )

__all__ = [
    "deciding",
    "keeping",
    "listing",
    "looking",
    "merchant_links",
    "merchants",
    "nightly",
    "opening",
    "paying",
    "policies",
    "reconciling",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"desk.services.refunds.{name}")
    raise AttributeError(f"desk.services.refunds has no use case module {name!r}")
