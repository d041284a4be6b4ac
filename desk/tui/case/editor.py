"""Writing in the agent's own editor."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App

USUAL = ("sensible-editor", "nano", "vim", "vi")
AS_BEFORE = "Your text is as before."


class EditorError(Exception):
    """The editor did not give a text back; what was typed is as it was before."""


def editor_command(environ: Mapping[str, str] = os.environ) -> list[str]:
    """`$VISUAL`, else `$EDITOR`, else an editor that is there. Raises `EditorError`."""
    for name in ("VISUAL", "EDITOR"):
        try:
            command = shlex.split(environ.get(name, ""))
        except ValueError as error:
            raise EditorError(f"${name} cannot be read as a command: {error}.") from error
        if command:
            return command
    for name in USUAL:
        if shutil.which(name):
            return [name]
    raise EditorError("There is no editor. Set $VISUAL or $EDITOR to one.")


@contextmanager
def suspended(app: App[Any]) -> Iterator[None]:
    """Give the terminal away for a while. It comes back also after an error: Textual's own `suspend` keeps it then."""
    failed: BaseException | None = None
    with app.suspend():
        try:
            yield
        except BaseException as error:  # noqa: BLE001  (raised again, once the terminal is back)
            failed = error
    if failed is not None:
        raise failed


def edited(text: str, command: list[str]) -> str:
    """The text after it was edited in a file that nobody else can read. Raises `EditorError` whatever goes wrong."""
    try:
        handle, name = tempfile.mkstemp(prefix="desk-", suffix=".txt")
    except OSError as error:
        raise EditorError(f"No file could be made to edit in: {error.strerror}. {AS_BEFORE}") from error
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(text + "\n")
        with _interrupts_are_the_editors():
            _run([*command, name])
        return path.read_text(encoding="utf-8").replace("\r\n", "\n").removesuffix("\n")
    except UnicodeError as error:
        raise EditorError(f"What {command[0]} wrote is no UTF-8 text. {AS_BEFORE}") from error
    except OSError as error:
        raise EditorError(
            f"The file that was edited cannot be read or written: {error.strerror}. {AS_BEFORE}"
        ) from error
    finally:
        with suppress(OSError):
            path.unlink()


def _run(command: list[str]) -> None:
    try:
        code = subprocess.run(command, check=False).returncode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise EditorError(f"{command[0]} could not be started: {why}. Set $VISUAL or $EDITOR. {AS_BEFORE}") from error
    if code != 0:
        raise EditorError(f"{command[0]} ended with {code}. {AS_BEFORE}")


@contextmanager
def _interrupts_are_the_editors() -> Iterator[None]:
    """What is typed to interrupt the editor reaches every program of the terminal, and is not to end the desk."""
    usual = signal.signal(signal.SIGINT, lambda _number, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
