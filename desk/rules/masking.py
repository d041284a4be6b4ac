"""What of an incoming message is hidden before anybody sees it: secrets in its texts, its subject and its names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from desk.rules.incoming import Incoming
from desk.rules.secrets import TEXT_LENGTH, Secret, masked, secrets_in

OVERLAP = 500
"""Characters that two neighbouring pieces of a long text share: no secret with its word is longer."""

Found = Mapping[str, int]
"""How many secrets there were, by kind (`card`, `pin`, `otp`, `password`); never what they were."""


def masked_text(text: str) -> tuple[str, Found]:
    """A text of any length with its secrets hidden, as long as before, and how many there were of each kind."""
    found: list[Secret] = []
    for start in range(0, max(len(text) - OVERLAP, 1), TEXT_LENGTH - OVERLAP):
        for each in secrets_in(text[start : start + TEXT_LENGTH]):
            secret = replace(each, start=each.start + start, end=each.end + start)
            if not found or found[-1].end <= secret.start:
                found.append(secret)
            elif secret.end > found[-1].end:  # the piece before ended within it
                found[-1] = replace(found[-1], end=secret.end)
    if not found:
        return text, {}
    return masked(text, tuple(found)), dict(Counter(each.kind.value for each in found))


def masked_incoming(incoming: Incoming) -> tuple[Incoming, Found]:
    """A message with its secrets hidden wherever a person or search would read them, and how many there were.

    Its files' bytes, its ids and its addresses are as they were. What is in its text and again in `new_text` counts
    once.
    """
    counts: Counter[str] = Counter()

    def hide(text: str) -> str:
        hidden, found = masked_text(text)
        counts.update(found)
        return hidden

    text = hide(incoming.text)
    new_text = text if incoming.new_text == incoming.text else incoming.new_text
    if new_text is not text and (counts or new_text not in incoming.text):
        new_text, only_new = masked_text(new_text)
        counts |= only_new  # of each kind the larger number
    subject, name = hide(incoming.subject), hide(incoming.sender_name)
    files = tuple(replace(each, filename=hide(each.filename)) for each in incoming.files)
    details = {key: hide(value) if isinstance(value, str) else value for key, value in incoming.details.items()}
    if not counts:
        return incoming, {}
    changed: dict[str, Any] = {"text": text, "new_text": new_text, "subject": subject, "sender_name": name}
    report = incoming.report and replace(incoming.report, words=masked_text(incoming.report.words)[0])
    return replace(incoming, **changed, files=files, details=details, report=report), dict(counts)
