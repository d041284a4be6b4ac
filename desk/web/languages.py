"""Which of our languages a browser gets: by the link that was followed, else by what it asks for (RFC 9110, 12.5.4)."""

from __future__ import annotations

from db.kinds import Language

OFFERED = (Language.INDONESIAN, Language.ENGLISH, Language.CHINESE)
NAMES = {Language.INDONESIAN: "Bahasa Indonesia", Language.ENGLISH: "English", Language.CHINESE: "中文"}
MOST_ASKED = 20


def chosen(link: str, accept: str, fallback: str) -> Language:
    """The language of a page: `?lang=`, the best of `Accept-Language`, or the desk's own."""
    if link in OFFERED:
        return Language(link)
    asked: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:400].split(",")[:MOST_ASKED]):
        name, _, quality = part.strip().partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        asked.append((-weight, place, name.partition("-")[0].lower()))
    for weight, _, name in sorted(asked):
        if weight < 0 and name in OFFERED:
            return Language(name)
    return Language(fallback)
