"""`desk mail`: what the desk makes of messages, without taking them in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from desk.commands.json_questions import answer_questions
from desk.commands.output import print_json

if TYPE_CHECKING:
    from desk.channels.mail import ParsedMail


@click.group(name="mail", help="Look at mail as the desk reads it.")
def command() -> None:
    """The group; its commands store nothing."""


@command.command(name="parse")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--jsonl", is_flag=True, help='Read lines of {"id","path"} and write a line for each.')
def parse(files: tuple[Path, ...], *, jsonl: bool) -> None:
    """Print as JSON what would be taken in of each FILE; nothing is stored."""
    if jsonl:
        answer_questions("path", lambda path: _read(Path(path)))
        return
    if not files:
        raise click.UsageError("Name at least one file, or give --jsonl and lines on standard input.")
    failed = False
    for path in files:
        answer = _read(path)
        failed = failed or "subject" not in answer
        print_json(answer)
    if failed:
        raise click.exceptions.Exit(1)


def _read(path: Path) -> dict[str, Any]:
    from desk.channels.mail import read_mail

    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as reason:
        return {"error": f"the file cannot be read: {reason}"}
    return taken_in(read_mail(raw))


def taken_in(mail: ParsedMail) -> dict[str, Any]:
    """A message as JSON can hold it: attachments by name, type and size only."""
    return {
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "from_email": mail.from_email,
        "from_name": mail.from_name,
        "reply_to": [list(address) for address in mail.reply_to],
        "to": [list(address) for address in mail.to],
        "cc": [list(address) for address in mail.cc],
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "reply_text": mail.reply_text,
        "attachments": [
            {"filename": a.filename, "content_type": a.content_type, "size": a.size, "inline": a.inline}
            for a in mail.attachments
        ],
        "is_auto": mail.is_auto,
        "is_bounce": mail.is_bounce,
        "language": mail.language,
        "language_certainty": round(mail.language_certainty, 3),
        "digest": mail.stable_digest,
        "notes": list(mail.notes),
        "error": mail.error,
    }
