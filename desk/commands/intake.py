"""`desk intake`: messages from files and pipes into the desk; it ends with the codes of sysexits.h."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from desk.commands import failures
from desk.commands.failures import say
from desk.commands.opening import at_desk

if TYPE_CHECKING:
    from types import FrameType

    from db.rows import AgentRow
    from desk.channels.mail.mailboxes import Mailboxes
    from desk.commands.taking import Run
    from desk.services.desk import Desk

STDIN = "-"
MAIL_PIPE = "desk.mail_pipe"
"""In a context's `meta` while a mail server waits for what becomes of its message."""


class ClosedInputError(Exception):
    """There is nothing to read from; how the command is called has to be mended."""


class Intake(click.Group):
    """Ends as a mail server expects: whatever may be better later is 75, so that it tries again."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """As any group does, with the code for wrong usage."""
        with _sysexits_usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that nobody foresaw must not lose a message, so it is 75 as well."""
        try:
            with _sysexits_usage():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if failures.is_debugged():
                raise
            say(failures.sentence(error))
            code = failures.code_of(error)
            foreseen = code == failures.NOT_ALLOWED or _is_of_settings(error)
            # Any other code than 75 has some mail servers return the message, also for what somebody mends in an hour.
            ctx.exit(code if foreseen and code and MAIL_PIPE not in ctx.meta else failures.TRY_LATER)


def _is_of_settings(error: Exception) -> bool:
    from desk.settings import SettingsError

    return isinstance(error, SettingsError)


@contextmanager
def _sysexits_usage() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        error.exit_code = failures.NO_USAGE_BY_SYSEXITS  # type: ignore[misc]
        raise


@click.group("intake", cls=Intake, help="Take messages in; what is known already is not taken in twice.")
def command() -> None:
    """The group of ways in."""


@command.command("mail")
@click.argument("paths", nargs=-1, required=True, type=click.Path(allow_dash=True))
@click.option("--mailbox", metavar="NAME", help="The mailbox of the settings that the mail belongs to.")
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document.")
@click.pass_context
def mail(ctx: click.Context, paths: tuple[str, ...], *, mailbox: str | None, as_json: bool) -> None:
    """Take in mail from each PATH: a message, an mbox, a Maildir, or a folder of these.

    With - one message is read from standard input, as a mail server's pipe hands it over; the code 0 then means
    that it is stored, and 75 that the server should try again.
    """
    if STDIN in paths:
        if len(paths) > 1:
            raise click.UsageError("- stands for one message on standard input; it goes with no other path.")
        ctx.meta[MAIL_PIPE] = True
        _mail_from_pipe(ctx, mailbox=mailbox, as_json=as_json)
        return
    missing = [path for path in paths if not Path(path).exists()]
    if missing:
        say(f"there is nothing at {', '.join(missing)}; nothing was taken in.")
        ctx.exit(failures.NO_INPUT)
    _mail_from_paths(ctx, [Path(path) for path in paths], mailbox=mailbox, as_json=as_json)


@command.command("message")
@click.argument("source", metavar="FILE", type=click.Path(allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document.")
@click.pass_context
def message(ctx: click.Context, source: str, *, as_json: bool) -> None:
    """Take in calls, chats and social messages from FILE (- for standard input): one JSON object a line.

    {"channel","external_id","from":{"name","email"|"phone"|"handle"},"subject"?,"text","at","language"?,"case"?}
    """
    from desk.commands import taking
    from desk.commands.message_lines import take_lines

    if source != STDIN and not Path(source).is_file():
        say(f"there is no file {source}; nothing was taken in.")
        ctx.exit(failures.NO_INPUT)
    run = taking.new_run()
    with _input(source) as file, at_desk() as desk, _told(ctx, run, as_json=as_json):
        take_lines(desk, _who(ctx, desk, pipe=source == STDIN), file, run, is_live=source == STDIN)
        run.is_complete = True
    ctx.exit(failures.BAD_DATA if run.refused else 0)


@contextmanager
def _input(source: str) -> Iterator[IO[bytes]]:
    if source == STDIN:
        yield _standard_input()
        return
    with Path(source).open("rb") as file:
        yield file


def _standard_input() -> IO[bytes]:
    """What is handed over. Raises `ClosedInputError` where the caller has closed it."""
    if sys.stdin is None:
        raise ClosedInputError("standard input is closed, so nothing was taken in; hand the message over there.")
    return sys.stdin.buffer


def _mail_from_pipe(ctx: click.Context, *, mailbox: str | None, as_json: bool) -> None:
    from db.kinds import Channel
    from desk.channels.mail import mbox
    from desk.channels.mail.incoming import read_incoming
    from desk.commands import taking
    from desk.services.intake import Delivery

    raw = mbox.without_from_line(_standard_input().read(mbox.MOST_BYTES + 1))
    if not raw.strip():
        say("there is no message on standard input.")
        ctx.exit(failures.BAD_DATA)
    if len(raw) > mbox.MOST_BYTES:
        say(f"the message is longer than {mbox.MOST_BYTES // 1_000_000} MB.")
        ctx.exit(failures.BAD_DATA)
    run = taking.new_run()
    with at_desk() as desk:
        _require_mailbox(ctx, desk, mailbox, code=failures.TRY_LATER)
        delivery = Delivery(raw, "stdin", mailbox=mailbox, is_live=True)  # a mail server hands it over as it arrives
        run.take(desk, _who(ctx, desk, pipe=True), Channel.EMAIL, [delivery], read_incoming)
        run.is_complete = True
    if as_json or sys.stdout.isatty():
        run.print_summary(as_json=as_json)


def _mail_from_paths(ctx: click.Context, paths: list[Path], *, mailbox: str | None, as_json: bool) -> None:
    from db.kinds import Channel
    from desk.channels.mail.mailboxes import Mailboxes
    from desk.channels.mail.reading_ahead import ReadingAhead
    from desk.commands import taking
    from desk.services.intake import Delivery

    run, boxes = taking.new_run(), Mailboxes()
    with ReadingAhead() as ahead, at_desk() as desk, _told(ctx, run, as_json=as_json), _progress(paths, boxes):
        me = _who(ctx, desk, pipe=False)
        _require_mailbox(ctx, desk, mailbox, code=failures.NO_USAGE_BY_SYSEXITS)
        found = (Delivery(each.raw, each.source, mailbox=mailbox) for path in paths for each in boxes.messages(path))
        for piece, read in ahead.over(taking.pieces(found)):
            run.take(desk, me, Channel.EMAIL, piece, read)
            _tell_unreadable(run, boxes)
        _tell_unreadable(run, boxes)
        run.is_complete = True
    ctx.exit(failures.NO_INPUT if run.refused else 0)


def _require_mailbox(ctx: click.Context, desk: Desk, name: str | None, *, code: int) -> None:
    """End with this code for a mailbox that the settings do not have."""
    if name is not None and name not in desk.settings.mail.mailboxes:
        known = ", ".join(sorted(desk.settings.mail.mailboxes)) or "none"
        say(f"there is no mailbox {name!r} in the settings, there are: {known}; nothing was taken in.")
        ctx.exit(code)


def _tell_unreadable(run: Run, boxes: Mailboxes) -> None:
    run.skipped = boxes.skipped
    for place, reason in boxes.unreadable:
        run.refuse(place, reason)
    boxes.unreadable.clear()


@contextmanager
def _told(ctx: click.Context, run: Run, *, as_json: bool) -> Iterator[None]:
    """However the run ends, say how far it has come."""
    try:
        with _noting_interrupts(run):
            yield
    except KeyboardInterrupt:
        say("stopped. What is counted here is stored; the same command again takes in the rest.")
        run.print_summary(as_json=as_json)
        ctx.exit(130)
    except Exception:
        if run.report.taken_in or run.report.known:
            say("stopped before the end. What is counted here is stored; the same command again takes in the rest.")
        run.print_summary(as_json=as_json)
        raise
    run.print_summary(as_json=as_json)


@contextmanager
def _noting_interrupts(run: Run) -> Iterator[None]:
    """Python drops an interrupt that comes within a weak reference's callback: the next piece ends the run then.

    It would also print where that was, which is nothing for who pressed ctrl+c.
    """
    usual = signal.getsignal(signal.SIGINT)
    if not callable(usual) or threading.current_thread() is not threading.main_thread():
        yield
        return

    def noted(number: int, frame: FrameType | None) -> None:
        run.is_interrupted = True
        usual(number, frame)

    def told(dropped: sys.UnraisableHookArgs) -> None:
        if not isinstance(dropped.exc_value, KeyboardInterrupt):
            tell(dropped)

    tell, sys.unraisablehook = sys.unraisablehook, told
    signal.signal(signal.SIGINT, noted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
        sys.unraisablehook = tell


@contextmanager
def _progress(paths: list[Path], boxes: Mailboxes) -> Iterator[None]:
    """A bar on standard error, where somebody watches it."""
    if not sys.stderr.isatty():
        yield
        return
    from desk.commands.taking import size_of

    with click.progressbar(length=size_of(paths), label="Taking in", file=sys.stderr, update_min_steps=100_000) as bar:
        boxes.on_read = bar.update
        yield


def _who(ctx: click.Context, desk: Desk, *, pipe: bool) -> AgentRow | None:
    """Who takes messages in by hand; a pipe acts as the desk itself, unless it is told otherwise."""
    login = ctx.find_root().obj
    if pipe and login is None:
        return None
    from desk.bootstrap import acting

    return acting(desk, login)
