"""Guides: steps that an agent walks through with a customer; what a guide is, whether it is sound, how it is walked."""

from __future__ import annotations

from desk.rules.guides.checking import problems
from desk.rules.guides.fields import Field, FieldError, FieldKind, read_value
from desk.rules.guides.guide import CANNOT, DID_NOT, WORKED, End, EndKind, Guide, Step, Words, in_language
from desk.rules.guides.walking import Turn, WalkError, after, before, collected_text

__all__ = [
    "CANNOT", "DID_NOT", "WORKED", "End", "EndKind", "Field", "FieldError", "FieldKind", "Guide", "Step", "Turn",
    "WalkError", "Words", "after", "before", "collected_text", "in_language", "problems", "read_value",
]  # fmt: skip
