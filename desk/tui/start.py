"""Starting the screens, quickly: what can wait is imported behind the first frame."""

from __future__ import annotations

import gc
import os
import sys

from desk.head_start import HeadStart


def open_desk(url: str | None = None, login: str | None = None, head_start: HeadStart | None = None) -> None:
    """Open the screens on `url`, or on the database in force, and stay until they are left.

    `head_start` was begun for the same desk and agent; without one, it is begun here. Raises what
    `desk.bootstrap.open_desk` raises.
    """
    head_start = head_start or HeadStart.begin(url, login)
    gc.disable()  # most of starting is making objects that stay; the application turns it on again
    os.environ.setdefault("TEXTUAL_FPS", "120")  # a key's repaint waits for the next frame: half as long at 120
    from desk.tui.app import DeskApp
    from desk.tui.gateway import Gateway

    gateway = Gateway(url=url, login=login, head_start=head_start)
    app = DeskApp(gateway)
    try:
        app.run()
    finally:
        gateway.close()
    if app.failure is not None:
        raise app.failure
    if app.return_code:
        sys.exit(app.return_code)
