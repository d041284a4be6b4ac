"""Whether somebody sits at a terminal."""

from __future__ import annotations

import sys


def is_here() -> bool:
    """Whether what is typed, printed and said of errors all go by a terminal; the screens are drawn on the last."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams)
