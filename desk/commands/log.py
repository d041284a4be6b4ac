"""What the desk's own modules log, as lines on standard error while a command runs."""

from __future__ import annotations

import logging

import click

from desk.commands.failures import is_debugged
from desk.commands.output import line


class OneLine(logging.Formatter):
    """A record stays one line, whatever a server or a customer put into it; tracebacks come with DESK_DEBUG=1."""

    def __init__(self, *, with_time: bool) -> None:
        super().__init__()
        self._with_time = with_time

    def format(self, record: logging.LogRecord) -> str:
        """`desk: …`, or the time and the level for a log that is kept."""
        before = f"{self.formatTime(record)} {record.levelname.lower()}" if self._with_time else "desk:"
        told = line(f"{before} {record.getMessage()}")
        if not record.exc_info:
            return told
        if is_debugged():
            return f"{told}\n{self.formatException(record.exc_info)}"
        return line(f"{told}: {record.exc_info[1]!r}")


class OnStandardError(logging.Handler):
    """Writes to whatever standard error is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the record."""
        click.echo(self.format(record), err=True)


def tell_log(level: int = logging.WARNING, *, with_time: bool = False) -> logging.Logger:
    """Have the records of `desk` and `db` from `level` on told on standard error; the first call decides how."""
    handler = OnStandardError()
    handler.setFormatter(OneLine(with_time=with_time))
    for name in ("desk", "db"):
        log = logging.getLogger(name)
        if not any(isinstance(each, OnStandardError) for each in log.handlers):
            log.addHandler(handler)
            log.setLevel(level)
    return logging.getLogger("desk")
