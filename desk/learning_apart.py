"""Learning all past cases anew in a process of its own: it takes seconds of a core, and no screen shall wait for it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from desk.services import suggestions

if TYPE_CHECKING:
    from desk.services.desk import Desk


def learn_apart(desk: Desk) -> subprocess.Popen[bytes] | None:
    """Begin to learn anew if enough was sent since the last time; the process that does, or None.

    It claims the work itself, so any number of workers may ask; when it fails, the next one tries after a while.
    """
    if not suggestions.is_stale(desk):
        return None
    address = desk.database.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-m", "desk", "answers", "learn", "--if-stale"],
        env={**os.environ, "DESK_DATABASE_URL": address},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
