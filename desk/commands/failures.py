"""How a command ends that could not do its work: one sentence on standard error, and a code that says why."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import UTC, datetime
from typing import NoReturn

import click

from desk import __version__
from desk.rules.shown import line

FAILED = 1
USAGE = 2
NO_USAGE_BY_SYSEXITS = 64
BAD_DATA = 65
NO_INPUT = 66
FAULT = 70
CANNOT_WRITE = 74
TRY_LATER = 75
NOT_ALLOWED = 77
BAD_SETTINGS = 78
"""The codes from 64 on are those of sysexits.h."""

FAULTS = "faults.log"
"""The file in the data folder for faults that nobody expected."""

CODES = {
    "click.exceptions.UsageError": NO_USAGE_BY_SYSEXITS,
    "db.errors.DatabaseUnavailableError": TRY_LATER,
    "db.migrate.ForeignDatabaseError": BAD_SETTINGS,
    "db.migrate.NewerDatabaseError": BAD_SETTINGS,
    "desk.bootstrap.OlderDatabaseError": BAD_SETTINGS,
    "desk.commands.intake.ClosedInputError": TRY_LATER,
    "desk.rules.permissions.NotAllowedError": NOT_ALLOWED,
    "desk.rules.search_operators.SearchSyntaxError": USAGE,
    "desk.services.agents.UnknownAgentError": NOT_ALLOWED,
    "desk.rules.refunds.approving.ApprovalError": NOT_ALLOWED,
    "desk.rules.refunds.life.RefundStateError": FAILED,
    "desk.services.answer_files.AnswerFilesError": FAILED,
    "desk.services.answer_review.AnswersError": FAILED,
    "desk.services.errors.CaseError": FAILED,
    "desk.services.hours.HoursError": FAILED,
    "desk.services.routing_checks.RoutingError": FAILED,
    "desk.services.seed_files.SeedError": FAILED,
    "desk.services.suggestions.NotInstalledError": FAILED,
    "desk.settings_errors.SettingsError": BAD_SETTINGS,
    "desk.wallet.errors.WalletError": FAILED,
    "desk.wallet.errors.WalletSetUpError": BAD_SETTINGS,
    "desk.wallet.errors.WalletUnavailableError": TRY_LATER,
    "db.backup.BackupError": FAILED,
}
"""By name: to ask whether an error is one of these, the modules that define them need not be imported."""


def code_of(error: BaseException) -> int | None:
    """The exit code of an error that the desk has a name for; None for any other."""
    for kind in type(error).__mro__:
        code = CODES.get(f"{kind.__module__}.{kind.__qualname__}")
        if code is not None:
            return code
    return None


def sentence(error: BaseException) -> str:
    """What to say of an error: its own words when it is ours, else what kind of fault it is."""
    if code_of(error) is not None:
        return line(str(error))
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return line(f"{name}{error.strerror}.")
    words = str(error).strip().splitlines()
    told = f": {words[0]}" if words else ""
    return line(f"unexpected fault, {type(error).__name__}{told} (set DESK_DEBUG=1 to see where)")


def end(error: Exception) -> NoReturn:
    """Say what is wrong on standard error and end; with DESK_DEBUG=1 the error is raised on instead."""
    if is_debugged():
        raise error
    code = code_of(error)
    if code is None and not isinstance(error, OSError):
        say(_kept(error) or sentence(error))
    else:
        say(sentence(error))
    if code is None:
        code = CANNOT_WRITE if isinstance(error, OSError) else FAULT
    sys.exit(code)


def _kept(error: BaseException) -> str:
    """Put a fault that nobody expected into a file; what to say of it, or nothing where no file can be written.

    Its words and its traceback may quote customers: they are for the file's owner, not for the terminal.
    """
    from desk.settings import load

    try:
        path = load().data_folder / FAULTS
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, desk {__version__}\n")
            log.writelines(traceback.format_exception(error))
    except Exception:  # noqa: BLE001  (what cannot be kept is told in short instead)
        return ""
    return f"unexpected fault, {type(error).__name__}; what happened is in {path}"


def is_debugged() -> bool:
    """Whether somebody wants to see tracebacks."""
    return os.environ.get("DESK_DEBUG") == "1"


def say(words: str) -> None:
    """One line on standard error, whatever strangers' words are in it."""
    click.echo(f"desk: {line(words)}", err=True)
