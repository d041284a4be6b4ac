"""A SQLite file of the wallet's own, for its owner's eyes alone."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def make(path: Path) -> None:
    """Make an empty file that only its owner may read, and its folder likewise, unless they stand there.

    SQLite gives its log the same rights. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
