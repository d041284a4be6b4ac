"""`desk doctor`: looks at everything that the desk depends on, and says what to do."""

from __future__ import annotations

import click

from desk.commands import failures
from desk.commands.output import line, print_json


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="The findings as one JSON document.")
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Look at settings, database, mailboxes, outgoing mail, the wallet, folders and disk; nothing is changed.

    It ends with 0 when all is well, and with 1 when something is wrong. No secret is printed.
    """
    from desk.doctor import State, examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            click.echo(line(f"{finding.state:<5}  {finding.about}: {finding.words}"))
    is_well = all(finding.state is not State.WRONG for finding in findings)
    if as_json:
        told = [{"about": each.about, "state": each.state.value, "words": each.words} for each in findings]
        print_json({"well": is_well, "findings": told})
    ctx.exit(0 if is_well else failures.FAILED)
