"""Guides: steps that an agent walks through with a customer; what a guide is, whether it is sound, how it is walked."""

from __future__ import annotations

from desk.rules.guides.asking_secrets import asks_for_secret
from desk.rules.guides.checking import problems
from desk.rules.guides.fields import Field, FieldError, FieldKind, read_value
from desk.rules.guides.guide import CANNOT, DID_NOT, LANGUAGES, WORKED, End, EndKind, Guide, Step, Words, in_language
from desk.rules.guides.walking import Turn, WalkError, after, before, collected_text

# From outside they are named here alone: one thread that imports the package and another one that imports a module of
# it wait for each other, and Python then gives up one of the two imports.
__all__ = [
    "CANNOT", "DID_NOT", "LANGUAGES", "WORKED", "End", "EndKind", "Field", "FieldError", "FieldKind", "Guide", "Step",
    "Turn", "WalkError", "Words", "after", "asks_for_secret", "before", "collected_text", "in_language", "problems",
    "read_value",
]  # fmt: skip
