"""Writing in the agent's own editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

USUAL = ("sensible-editor", "nano", "vim", "vi")


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


def edited(text: str, command: list[str]) -> str:
    """The text after it was edited in a file that nobody else can read. Raises `EditorError`."""
    handle, name = tempfile.mkstemp(prefix="desk-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            file.write(text + "\n")
        try:
            code = subprocess.run([*command, name], check=False).returncode
        except OSError as error:
            raise EditorError(
                f"{command[0]} could not be started: {error.strerror}. Your text is as before."
            ) from error
        if code != 0:
            raise EditorError(f"{command[0]} ended with {code}. Your text is as before.")
        try:
            result = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EditorError(f"What {command[0]} wrote is no UTF-8 text. Your text is as before.") from error
        return result.replace("\r\n", "\n").removesuffix("\n")
    finally:
        path.unlink(missing_ok=True)
