"""The command `desk`."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from desk import terminal


def main() -> None:
    """Run the command line; the program's only entry point."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # whatever the locale says
    try:
        if not sys.argv[1:] and terminal.is_here():
            _open_screens()
        else:
            from desk.cli import cli

            cli(prog_name="desk")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        _flush()


def _open_screens() -> None:
    """What plain `desk` does in a terminal, without waiting for the command line's import."""
    from desk.head_start import HeadStart

    head_start = HeadStart.begin()  # first of all: it runs beside everything that is imported from here on
    try:
        from desk.tui.start import open_desk

        open_desk(head_start=head_start)
    except Exception as error:  # noqa: BLE001  (every error ends in one sentence)
        from desk.commands.failures import end
        from desk.commands.opening import open_again

        try:
            open_again(error)
        except Exception as failure:  # noqa: BLE001  (likewise)
            end(failure)


def _flush() -> None:
    """Write what is still held back; if nobody can take it, the interpreter shall not complain about it either."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)


if __name__ == "__main__":
    main()
