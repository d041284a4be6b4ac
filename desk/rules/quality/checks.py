"""All checks by name, in the order in which what they find is said."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from desk.rules.quality.attachment import missing_attachment
from desk.rules.quality.greeting import empty_greeting
from desk.rules.quality.internal import internal_text
from desk.rules.quality.leaks import leaked_secrets
from desk.rules.quality.promise import empty_promises
from desk.rules.quality.spelling import misspelt_words
from desk.rules.quality.tongue import other_language
from desk.rules.quality.variables import unfilled_variables
from desk.rules.quality.written import Finding, Written

CHECKS: Mapping[str, Callable[[Written], Iterator[Finding]]] = {
    "secret": leaked_secrets,
    "variable": unfilled_variables,
    "internal": internal_text,
    "language": other_language,
    "promise": empty_promises,
    "attachment": missing_attachment,
    "greeting": empty_greeting,
    "spelling": misspelt_words,
}

TITLES: Mapping[str, str] = {
    "secret": "a card number, PIN, one-time code or password in the text",
    "variable": "a variable that was not filled in",
    "internal": "text that was meant for ourselves",
    "language": "another language than the customer's",
    "promise": "a promise for a time at which nobody works",
    "attachment": "an attachment that is spoken of and missing",
    "greeting": "a greeting without a name",
    "spelling": "a word that no dictionary has",
}


def findings(written: Written, checks: Collection[str] = tuple(CHECKS)) -> tuple[Finding, ...]:
    """What the named checks find, in the order of `CHECKS`."""
    return tuple(found for name, check in CHECKS.items() if name in checks for found in check(written))
