"""The wallet that the settings name, guarded, and ready to be asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from desk.wallet.errors import WalletSetUpError
from desk.wallet.health import WalletHealth, read_health

if TYPE_CHECKING:
    from desk.settings_wallet import Wallet as WalletSettings
    from desk.wallet.guarded import GuardedWallet
    from desk.wallet.port import Wallet
    from desk.wallet.simulator.cast import Cast


@dataclass(frozen=True, slots=True)
class Places:
    """Where a desk keeps what belongs to its wallet."""

    simulator: Path
    """The file that is the simulated wallet."""
    health: Path
    """The file of the breaker."""


def open_wallet(
    settings: WalletSettings, places: Places, *, clock: Callable[[], datetime], cast: Cast | None = None
) -> GuardedWallet:
    """The wallet in force; `cast` are the simulator's people. Close it at the end. Raises `WalletSetUpError`."""
    from desk.wallet.guarded import GuardedWallet

    return GuardedWallet(
        _simulated(settings, places, clock, cast) if settings.kind == "simulator" else _over_http(settings, clock),
        kept=places.health,
        name=name_of(settings, places),
        patience=settings.timeout_seconds,
        clock=clock,
    )


def health_of(settings: WalletSettings, places: Places) -> WalletHealth:
    """Whether the wallet in force answers, as far as is known; neither opens nor asks it."""
    return read_health(places.health, name_of(settings, places))


def name_of(settings: WalletSettings, places: Places) -> str:
    """What the wallet in force is called in the breaker's file."""
    return settings.url if settings.kind == "http" else f"simulator {places.simulator.name}"


def _simulated(settings: WalletSettings, places: Places, clock: Callable[[], datetime], cast: Cast | None) -> Wallet:
    from desk.wallet.simulator import FaultsError, FaultyWallet, Simulator

    # Each process has mishaps of its own, or all of them would have the same at the same time.
    random = Random(f"{settings.seed} {os.getpid()}")  # noqa: S311  (nothing here is a secret)
    core = Simulator(places.simulator, cast=cast, seed=settings.seed, clock=clock, random=random)
    try:
        if settings.faults:
            core.dial(settings.faults)
    except FaultsError as error:
        core.close()
        raise WalletSetUpError(f"Setting wallet.faults: {error}") from error
    return FaultyWallet(core, random=random, patience=settings.timeout_seconds)


def _over_http(settings: WalletSettings, clock: Callable[[], datetime]) -> Wallet:
    try:
        from desk.wallet.http.adapter import HttpWallet
        from desk.wallet.http.line import Access
    except ImportError as error:
        raise WalletSetUpError(
            f"Setting wallet.kind: for a wallet over HTTP desk needs {error.name}. "
            "Install it: pip install 'desk[wallet]'."
        ) from error
    access = Access(
        url=settings.url,
        partner_id=settings.partner_id,
        client_secret=_secret(settings),
        private_key=_file(settings.private_key_file, "private_key_file").encode(),
        channel_id=settings.channel_id,
        timeout_seconds=settings.timeout_seconds,
        proxy=settings.proxy,
    )
    return HttpWallet(access, clock=clock)


def _secret(settings: WalletSettings) -> str:
    if settings.client_secret_file:
        secret = _file(settings.client_secret_file, "client_secret_file").strip("\r\n")
    elif settings.keyring:
        secret = _in_keyring(settings.keyring, settings.partner_id)
    else:
        secret = settings.client_secret
    if not secret:
        raise WalletSetUpError(
            "There is no secret for the wallet; name one with `wallet.client_secret_file` or `wallet.keyring`."
        )
    return secret


def _file(name: str, key: str) -> str:
    try:
        return Path(name).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise WalletSetUpError(f"Setting wallet.{key}: {name} cannot be read: {why}.") from error


def _in_keyring(service: str, user: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise WalletSetUpError(
            "Setting wallet.keyring: it is not installed. Install it: pip install 'desk[keyring]'."
        ) from error
    try:
        return keyring.get_password(service, user) or ""
    except KeyringError as error:
        raise WalletSetUpError(
            f"The system's keyring cannot be used: {error}. Use `wallet.client_secret_file` instead."
        ) from error
