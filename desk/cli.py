"""The command `desk`: finds each command's file when it is called, and opens the screens when none is named."""

from __future__ import annotations

import errno
from importlib import import_module
from typing import Any

import click

from desk import __version__

COMMANDS = {
    "agents": "Who works at the desk, and what they are handed.",
    "answers": "Canned answers: files, review, figures, and which fit a message.",
    "case": "Show one case.",
    "codes": "The wallet's error codes and what comes next.",
    "completion": "Print the shell's completion script.",
    "config": "Settings in force, and where each comes from.",
    "db": "The database: upgrade, check, path, backup.",
    "doctor": "Look at everything that the desk depends on.",
    "demo": "Make a demo world and open the desk on it.",
    "guides": "Troubleshooting step by step: check, apply, figures.",
    "hours": "When a channel is open, and service time.",
    "incidents": "Known outages and planned work: open, tell, resolve.",
    "intake": "Take messages in.",
    "language": "Language of a text.",
    "mail": "Read mail without storing it.",
    "open": "Open the screens.",
    "quality": "What is looked at before an answer is sent.",
    "queue": "List the queue.",
    "refunds": "Money back to customers, and the merchants who owe an answer.",
    "route": "Which queue a case goes into, and why.",
    "safety": "Mask card numbers, PINs, codes and passwords that are stored.",
    "search": "Find cases.",
    "simulate": "Play a month of arrivals against a roster.",
    "serve": "Take mail that a mail server delivers, and serve pages: status, refunds.",
    "sla": "What is owed by when: policies and clocks.",
    "stats": "Figures of each channel.",
    "wallet": "Whether the wallet answers, and a simulated one.",
    "worker": "Fetch mail and send what is due, without screens.",
}


class Commands(click.Group):
    """A group that imports a command's module only when it is asked for, and ends every error in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"desk.commands.{cmd_name}").command
        assert isinstance(found, click.Command)  # noqa: S101  (a module without its command is our own mistake)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(130)
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # click ends the program quietly when nobody reads on
            from desk.commands.failures import end

            end(error)


@click.command(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="desk")
@click.option("--as", "login", metavar="LOGIN", help="Who acts; else DESK_AGENT, the settings, or the system's user.")
@click.pass_context
def cli(ctx: click.Context, login: str | None) -> None:
    """The support desk of a mobile wallet, worked from a terminal.

    Without a command it opens the screens; where there is no terminal it prints the queue.
    """
    ctx.obj = login
    if ctx.invoked_subcommand is None:
        from desk.commands.open import open_or_print

        open_or_print(login)
