"""What `desk doctor` looks at: everything that the desk depends on, each finding in plain words and with the fix."""

from __future__ import annotations

from collections.abc import Iterator

from desk.doctor.findings import Finding, State

__all__ = ["Finding", "State", "examine"]


def examine() -> Iterator[Finding]:
    """Look at everything, one after the other; it may take a minute when servers do not answer. Raises nothing."""
    from desk import settings as configuration
    from desk.doctor import mailboxes, merchants, outgoing, places, wallet

    try:
        settings = configuration.load()
    except configuration.SettingsError as error:
        yield Finding("settings", State.WRONG, str(error))
        return
    yield from places.settings_found(settings)
    yield from places.database_found()
    yield from places.folders_found(settings)
    for name, mailbox in settings.mail.mailboxes.items():
        yield from mailboxes.mailbox_found(name, mailbox)
    yield from outgoing.smtp_found(settings.mail.smtp)
    yield from wallet.wallet_found()
    yield from merchants.merchants_found(settings)
