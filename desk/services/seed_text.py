"""Words in the desk's languages and keys, as files that people review hold them."""

from __future__ import annotations

from typing import Annotated

import msgspec

Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]*(\.[a-z0-9-]+)*$", max_length=64)]
Words = Annotated[str, msgspec.Meta(min_length=1)]


class InEachLanguage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same few words in the desk's languages."""

    id: Words
    en: Words
    zh: Words
