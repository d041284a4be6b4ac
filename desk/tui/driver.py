"""The way to the terminal: columns stay in place, and a window that is closed does not hold the desk."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any

from desk.tui.steady import steadied

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver


class Outlet:
    """A terminal's stream until writing to it fails; from then on it leads nowhere, and `failed` is told once.

    Textual hands its output to a thread that ends with the first failure, and waits for it once thirty writes are due.
    """

    def __init__(self, stream: IO[str], failed: Callable[[], None]) -> None:
        self._stream = stream
        self._failed = failed

    def write(self, text: str) -> int:
        """Write, as long as somebody is there; how many characters were taken."""
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        self._try(self._stream.flush)

    def fileno(self) -> int:
        """The stream's number."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except OSError:  # Linux answers EIO once the window is closed
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())  # also what Python still flushes when the program ends
            os.close(nowhere)
            self._failed()


def desk_driver(base: type[Driver]) -> type[Driver]:
    """The platform's driver `base`, made to write steadied output and to outlive its window.

    Its app then begins to leave.
    """

    class DeskDriver(base):  # type: ignore[misc, valid-type]
        """Writes steadied output as long as the window is there."""

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if hasattr(self, "_file"):  # what is drawn for tests or a browser has no window to close
                self._file: Any = Outlet(self._file, self.hang_up)

        def write(self, data: str) -> None:
            super().write(steadied(data))

        def hang_up(self) -> None:
            """Read no more keys, of which a closed window says without end that there are none; tell the app."""
            self.exit_event.set()
            self._app.call_later(self._app.leaving.begin)

    return DeskDriver
