"""`desk case`: one case with all that was said."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from desk.commands import documents
from desk.commands.case_text import case_lines
from desk.commands.failures import say
from desk.commands.opening import opened
from desk.commands.output import block, line, print_json

if TYPE_CHECKING:
    from db.rows import CaseDetail, MessageRow
    from desk.bootstrap import Opened

LARGEST = 2**31 - 1


def case_number(_ctx: click.Context, _param: click.Parameter, value: str) -> int:
    found = re.fullmatch(r"#?([0-9]{1,18})", value)
    if found is None:
        raise click.BadParameter(f"{line(value)!r} is no reference; it looks like 1042 or '#1042'.")
    return int(found[1])


@click.command("case")
@click.argument("reference", metavar="REF", callback=case_number)
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
@click.option("--raw", "raw_id", type=click.IntRange(1, LARGEST), metavar="N", help="Message N's bytes as received.")
@click.pass_obj
def command(login: str | None, *, reference: int, as_json: bool, raw_id: int | None) -> None:
    """Show the case REF (1042 or '#1042') with its messages, oldest first."""
    from desk.services import cases
    from desk.services.errors import CaseNotFoundError

    with opened(login) as at:
        if reference > LARGEST:
            raise CaseNotFoundError(reference)
        detail = cases.open_case(at.desk, at.me, reference)
        messages = _all_messages(at, detail)
        if raw_id is not None:
            _print_raw(at, reference, messages, raw_id)
        elif as_json:
            print_json(documents.case_in_full(detail, messages))
        else:
            for text in case_lines(detail, messages):
                click.echo(text)


def _all_messages(at: Opened, detail: CaseDetail) -> list[MessageRow]:
    from desk.services import cases

    messages = list(detail.messages)
    while len(messages) < detail.earlier + len(detail.messages):
        earlier = cases.earlier_messages(at.desk, at.me, detail.case.id, messages[0].id)
        if not earlier:
            break
        messages[:0] = earlier
    return messages


def _print_raw(at: Opened, case_id: int, messages: list[MessageRow], message_id: int) -> None:
    from desk.services import cases
    from desk.services.errors import CaseError

    if all(each.id != message_id for each in messages):
        raise CaseError(f"There is no message {message_id} in #{case_id}. `desk case {case_id}` shows their numbers.")
    data = cases.raw(at.desk, at.me, message_id)
    if sys.stdout.isatty():  # these are a stranger's bytes, and a terminal would obey them
        click.echo(block(data.decode("utf-8", "surrogateescape")))
        say("shown with its control characters made visible; send it into a file for the bytes as they are.")
        return
    out = sys.stdout.buffer
    out.write(data)
    out.flush()
