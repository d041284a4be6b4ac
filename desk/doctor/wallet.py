"""The doctor's look at the wallet: which it is, whether it answers and knows us, and when the books were compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from db.engine import DatabaseUnavailableError
from db.models import Refund, RefundComparison
from desk.doctor.findings import Finding, note, well, wrong
from desk.services import wallets
from desk.services.desk import Desk
from desk.settings import SettingsError
from desk.wallet.errors import WalletError, WalletRestingError
from desk.wallet.health import Answering

ABOUT, BOOKS = "wallet", "refunds"
COMPARED_WITHIN = timedelta(days=2)


def wallet_found() -> Iterator[Finding]:
    """The wallet, then the books of refunds."""
    from desk.bootstrap import build

    try:
        desk = build()
        with closing(desk.database):
            yield from _answering(desk)
            yield from _books(desk)
    except (DatabaseUnavailableError, SettingsError):
        return  # what is wrong with the database is told by its own finding


def _answering(desk: Desk) -> Iterator[Finding]:
    settings, places = desk.settings.wallet, wallets.places_of(desk)
    is_simulated = settings.kind == "simulator"
    where = f"The simulated wallet at {places.simulator}" if is_simulated else settings.url
    if is_simulated and not places.simulator.exists():
        yield note(ABOUT, f"{where} is made when it is first asked; it moves no real money.")
        return
    try:
        wallets.wallet_of(desk).refund_status("desk-doctor")
    except WalletRestingError as error:
        yield wrong(ABOUT, f"{where} is left alone for now: {error}{_since(desk)}")
    except WalletError as error:
        yield wrong(ABOUT, f"{where}: {error}{_since(desk)}")
    else:
        health = wallets.health(desk)
        if is_simulated:
            yield note(ABOUT, f"{where} answers; it moves no real money.")
        else:
            yield well(ABOUT, f"{where} answers, and knows this desk as {settings.partner_id}.")
        if health.answering is Answering.NOT_ALWAYS:
            yield note(ABOUT, f"It does not always answer: {health.failures} calls in a row have failed.")
    finally:
        wallets.close_wallet(desk)


def _since(desk: Desk) -> str:
    health = wallets.health(desk)
    if health.answering is not Answering.NO or health.since is None:
        return ""
    return f" It has not been answering since {health.since:%Y-%m-%d %H:%M} UTC; refunds are kept and sent later."


def _books(desk: Desk) -> Iterator[Finding]:
    """When the books were last compared, where there is anything to compare."""
    if desk.database.path is not None and not desk.database.path.exists():
        return
    newest = select(RefundComparison.ended_at, RefundComparison.differences).where(
        RefundComparison.ended_at.is_not(None)
    )
    trouble = select(RefundComparison.said).where(RefundComparison.ended_at.is_(None)).order_by(RefundComparison.id)
    try:
        with desk.database.read() as connection:
            if connection.scalar(select(Refund.id).limit(1)) is None:
                return
            last = connection.execute(newest.order_by(RefundComparison.ended_at.desc()).limit(1)).first()
            said = connection.scalars(trouble).all()
    except SQLAlchemyError:  # a database of another age, which has its own finding
        return
    if last is None or desk.clock() - last.ended_at > COMPARED_WITHIN:
        when = f"last compared with the wallet's at {last.ended_at:%Y-%m-%d %H:%M} UTC" if last else "never compared"
        why = f" {said[-1]}" if said and said[-1] else " Start `desk worker`, or run: desk refunds reconcile --wallet"
        yield note(BOOKS, f"The books were {when}.{why}")
    else:
        found = f"{last.differences} differences, each a case" if last.differences else "they are equal"
        yield well(BOOKS, f"The books were compared with the wallet's at {last.ended_at:%Y-%m-%d %H:%M} UTC: {found}.")
