"""`desk wallet`: whether the wallet answers, and a simulated one to try the desk with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import click

from desk.commands.log import tell_log
from desk.commands.opening import at_desk
from desk.commands.output import iso, line, local, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from desk.services.desk import Desk
    from desk.wallet.health import WalletHealth
    from desk.wallet.simulator import Simulator

PARTNER = "desk"


@click.group(name="wallet", help="Whether the wallet answers, and a simulated one.")
def command() -> None:
    """The group."""


@command.command(name="status")
@click.option("--ask/--no-ask", default=True, show_default=True, help="Ask the wallet something harmless first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; docs/command-line.md describes it.")
def status(*, ask: bool, as_json: bool) -> None:
    """Say which wallet is in force and whether it answers. Ends with 75 when it does not."""
    from desk.commands.failures import TRY_LATER
    from desk.services import wallets

    with at_desk() as desk:
        said = _asked(desk) if ask else ""
        health, settings = wallets.health(desk), desk.settings.wallet
        where = settings.url if settings.kind == "http" else str(wallets.places_of(desk).simulator)
    answers = not said and health.answering != "no"
    if as_json:
        print_json({
            "kind": settings.kind, "where": where, "answers": answers, "state": health.answering.value,
            "since": iso(health.since), "failures": health.failures, "said": said or health.said,
            "retry_at": iso(health.retry_at),
        })  # fmt: skip
    else:
        click.echo(line(f"{settings.kind} at {where}"))
        for row in _told(health, said):
            click.echo(line(row))
    if not answers:
        raise SystemExit(TRY_LATER)


@command.command(name="simulate")
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="A port of this machine; 0 for a free one.")
@click.option("--faults", default=None, help="What goes wrong: slow=0.2,timeout_after=0.1,… or full.")
@click.option("--patience", type=click.FloatRange(0.1, 60), help="Seconds that the desk waits; answers are lost later.")
@click.option("--at-once", is_flag=True, help="Pay refunds and answer challenges at once.")
def simulate(*, port: int, faults: str | None, patience: float | None, at_once: bool) -> None:
    """Serve the simulated wallet of this desk over HTTP, by docs/wallet-openapi.json, until told to stop.

    Accounts are the desk's customers. What to set at the desk that shall use it is said at the start.
    """
    from desk.wallet.errors import WalletSetUpError

    try:
        from desk.wallet.http.server import Server
        from desk.wallet.http.serving import HOST, papers, serve
    except ImportError as error:
        raise WalletSetUpError(
            f"To serve the simulated wallet desk needs {error.name}. Install it: pip install 'desk[serve,wallet]'."
        ) from error
    tell_log(logging.INFO, with_time=True)
    log = logging.getLogger("desk")
    with at_desk() as desk:
        core = _simulator(desk, at_once=at_once)
        try:
            if faults is not None:
                _dial(core, faults)
            known = papers(desk.settings.data_folder / "wallet-simulator", PARTNER)
            server = Server(
                core,
                PARTNER,
                known.secret.read_text(encoding="ascii"),
                known.public_key.read_bytes(),
                patience=patience or desk.settings.wallet.timeout_seconds,
                clock=desk.clock,
            )

            def listening(number: int) -> None:
                for row in _settings_for(f"http://{HOST}:{number}", known.secret, known.private_key):
                    click.echo(row)
                log.info("the simulated wallet listens at http://%s:%s", HOST, number)

            serve(server.application(), port, listening)
        finally:
            core.close()


@command.command(name="faults")
@click.argument("dials", required=False)
def faults_command(*, dials: str | None) -> None:
    """Let things go wrong at the simulated wallet, also while it is served: DIALS is slow=0.2,… or full or none.

    Without DIALS it says what goes wrong now.
    """
    with at_desk() as desk:
        core = _simulator(desk)
        try:
            if dials is not None:
                _dial(core, "" if dials == "none" else dials)
            click.echo(line(core.dialled() or "none"))
        finally:
            core.close()


def _simulator(desk: Desk, *, at_once: bool = False) -> Simulator:
    from desk.services import wallets
    from desk.wallet.simulator import AT_ONCE, Course, Simulator

    return Simulator(
        wallets.places_of(desk).simulator,
        cast=wallets.cast_of(desk),
        seed=desk.settings.wallet.seed,
        clock=desk.clock,
        course=AT_ONCE if at_once else Course(),
    )


def _dial(core: Simulator, faults: str) -> None:
    from desk.wallet.simulator import FaultsError

    try:
        core.dial(faults)
    except FaultsError as error:
        raise click.UsageError(str(error)) from error


def _asked(desk: Desk) -> str:
    """What went wrong with a harmless question; empty when it was answered."""
    from desk.services import wallets
    from desk.wallet.errors import WalletAnswerError, WalletUnavailableError

    try:
        wallets.wallet_of(desk).refund_status("desk-wallet-status")
    except (WalletUnavailableError, WalletAnswerError) as error:
        return str(error)
    finally:
        wallets.close_wallet(desk)
    return ""


def _told(health: WalletHealth, said: str) -> list[str]:
    if health.answering == "yes" and not said:
        return ["The wallet answers."]
    rows = [f"The wallet has not been answering since {local(health.since)}."] if health.since else []
    rows.append(said or health.said)
    if health.retry_at is not None:
        rows.append(f"It is left alone until {local(health.retry_at)}; refunds are kept and sent later.")
    return rows


def _settings_for(url: str, secret: Path, private_key: Path) -> list[str]:
    return [
        "[wallet]",
        'kind = "http"',
        f'url = "{url}"',
        f'partner_id = "{PARTNER}"',
        f'client_secret_file = "{secret}"',
        f'private_key_file = "{private_key}"',
    ]
