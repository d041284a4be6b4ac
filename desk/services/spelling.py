"""Spelling of answers by Hunspell's dictionaries, through spylls: the extra `desk[spell]`.

American English comes with spylls. Indonesian is read where its dictionary is installed (`hunspell-id`, LibreOffice);
Chinese has no such dictionary, because it has no spelling to get wrong. Loading one takes a second or two, so that
happens in a thread and nothing is found until it is there.
"""

from __future__ import annotations

import io
import re
import threading
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from db.kinds import Language

if TYPE_CHECKING:
    from spylls.hunspell import Dictionary

PLACES = (Path("/usr/share/hunspell"), Path("/usr/share/myspell/dicts"), Path("/Library/Spelling"))
NAMES = {Language.INDONESIAN: "id_ID", Language.ENGLISH: "en_US"}
MOST_WORDS = 400

# Lower-case words only: names, places, abbreviations and codes are in no dictionary.
_WORD = re.compile(r"(?<![\w@./:#{<'’-])[a-z]{4,40}(?![\w@/:}>-])(?!\.\w)")
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_loaded: dict[Language, Dictionary | None] = {}
_loading = threading.Lock()


def misspelt(text: str, language: Language) -> tuple[tuple[int, int], ...]:
    """Where words stand that the language's dictionary does not have: character offsets; nothing without one."""
    dictionary = _dictionary(language)
    if dictionary is None:
        return ()
    own = _QUOTED.sub(lambda quoted: " " * len(quoted[0]), text)
    found = []
    for count, match in enumerate(_WORD.finditer(own)):
        if count >= MOST_WORDS:
            break
        if not _knows(dictionary, match[0]):
            found.append(match.span())
    return tuple(found)


def wait_for(language: Language) -> bool:
    """Load the dictionary now; whether there is one."""
    with _loading:
        if language not in _loaded:
            _loaded[language] = _load(language)
    return _loaded[language] is not None


def _dictionary(language: Language) -> Dictionary | None:
    if language not in NAMES:
        return None
    if language not in _loaded and not _loading.locked():
        threading.Thread(target=wait_for, args=(language,), name="desk-dictionary", daemon=True).start()
    return _loaded.get(language)


@cache
def _knows(dictionary: Dictionary, word: str) -> bool:
    return word in OUR_WORDS or any(dictionary.lookup(each) for each in (word, *_american(word)))


def _american(word: str) -> list[str]:
    """A British spelling as the American dictionary has it: recognise, cancelled, favour, centre."""
    pairs = (("is", "iz"), ("ll", "l"), ("our", "or"), ("tre", "ter"), ("yse", "yze"), ("ence", "ense"))
    return [word.replace(british, american) for british, american in pairs if british in word]


OUR_WORDS = frozenset({"screenshot", "wallet", "login", "refund", "email", "app", "wifi", "online", "chat", "hotspot"})
"""Words of our trade that dictionaries lack."""


def _load(language: Language) -> Dictionary | None:
    try:
        import spylls.hunspell
    except ModuleNotFoundError:
        return None
    name = NAMES[language]
    shipped = Path(spylls.hunspell.__file__).parent / "data" / name[:2]
    for place in (*PLACES, shipped):
        if (place / f"{name}.dic").is_file() and (place / f"{name}.aff").is_file():
            return _read(place / name)
    return None


def _read(stem: Path) -> Dictionary:
    from spylls.hunspell import Dictionary, readers
    from spylls.hunspell.readers.file_reader import FileReader

    class Reader(FileReader):  # type: ignore[misc]
        """Reads the whole file at once: the library's own never closes it."""

        def _open(self, path: str, encoding: str) -> io.StringIO:
            return io.StringIO(Path(path).read_text(encoding=encoding, errors="surrogateescape"))

    aff, context = readers.read_aff(Reader(f"{stem}.aff"))
    return Dictionary(aff, readers.read_dic(Reader(f"{stem}.dic", encoding=context.encoding), aff=aff, context=context))
