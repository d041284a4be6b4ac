"""Memory that is not needed any more goes back to the system, so that the desk leaves room for what runs beside it."""

from __future__ import annotations

import sys

MOST_ARENAS = (-8, 2)
"""M_ARENA_MAX of glibc's malloc.h: threads share two heaps instead of having sixteen, each with holes of its own."""
LARGE = (-3, 128 * 1024)
"""M_MMAP_THRESHOLD: what is larger goes back when it is freed. Left alone, the limit grows with what was freed."""
TRIMMED = (-1, 128 * 1024)
"""M_TRIM_THRESHOLD: so does the end of a heap."""


def give_back() -> None:
    """From now on; nothing where the C library is not glibc, or has no such choices."""
    if sys.platform != "linux":
        return
    import ctypes  # takes as long as a key press may

    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        for name, value in (MOST_ARENAS, LARGE, TRIMMED):
            library.mallopt(name, value)
